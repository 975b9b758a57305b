import type { Command } from "./command.ts";
import { rotateMasterKey } from "./rotate-master-key.ts";

const rotateSigningKeys: Command = {
  name: "rotate-signing-keys",
  summary: "Put the next signing key of access tokens into use; nobody is signed out",
  help: "Tokens that were signed by the former key stay valid until they end, in servers that run as well.",
  async run({ accounts }, say) {
    for (const { kid, algorithm, state } of await accounts.rotateSigningKeys()) say(`${kid}  ${algorithm}  ${state}`);
    return 0;
  },
};

const verifyAudit: Command = {
  name: "verify-audit",
  summary: "Check that nothing in the audit log was changed, exchanged or taken out",
  help: "Compares the log with itself and with its heads in the data directory. Ends with 1 when something does not fit.",
  async run({ accounts }, say) {
    const { intact, checked, head, faults } = await accounts.verifyAudit();
    for (const { sequence, fault } of faults) say(`Entry ${sequence}: ${fault}.`);
    const last = head === null ? "" : ` The last is ${head.sequence}, with the hash ${head.hash}.`;
    say(`${checked} entries were checked; the log is ${intact ? "intact" : "NOT intact"}.${last}`);
    return intact ? 0 : 1;
  },
};

const setupToken: Command = {
  name: "setup-token",
  summary: "Print the link by which somebody becomes the first administrator",
  help: "Whoever is signed in and opens the link becomes an administrator. It holds until somebody has done so.",
  async run({ accounts, settings: { http, server } }, say) {
    const token = await accounts.openSetupToken();
    if (token === undefined) {
      say("This installation has had its first administrator. An administrator gives the role to others.");
      return 1;
    }
    say(`${http.publicUrl ?? `http://localhost:${server.port}`}/setup#token=${token}`);
    return 0;
  },
};

const checkUsage: Command = {
  name: "check-usage",
  summary: "Compare requests, ledger, counters and sums of usage with each other",
  help: "Ends with 1 when something does not fit. Reads everything: on a large database it takes its time.",
  async run({ usage }, say) {
    const differences = await usage.check();
    for (const { what, count, example } of differences) say(`${count} ${what}, such as ${example}.`);
    if (differences.length === 0) say("Requests, ledger, counters and sums fit together.");
    return differences.length === 0 ? 0 : 1;
  },
};

const rebuildUsage: Command = {
  name: "rebuild-usage",
  summary: "Make the sums of usage by the hour anew from the requests",
  help: "Bills and the ledger are only read. Servers may run meanwhile; their reports wait until it is done.",
  async run({ usage }, say) {
    say(`${await usage.rebuild()} sums were made.`);
    return 0;
  },
};

/** In the order in which they are listed. */
export const allCommands: readonly Command[] = [
  rotateSigningKeys,
  rotateMasterKey,
  verifyAudit,
  setupToken,
  checkUsage,
  rebuildUsage,
];

/**
 * Whether the time of a reply tells that an address has an account: pairs of the same request, one for an address with an
 * account and one without, in turns, over sockets, on the server's own accounts with a real PostgreSQL. Usage:
 *
 *     node bench/accounts/reply-times.ts [--pairs 60]
 *
 * Compares the two by the rank test of Mann and Whitney (normal approximation, two-sided). Prints a table, writes
 * bench/accounts/reply-times.json, and fails when chance alone would give such a difference less often than once in a
 * hundred times. Run it on a quiet machine. That the same work is done is tested by count in no-disclosure.int.test.ts.
 */
import { writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startBenchDatabase } from "../bench-database.ts";
import { goodPassword, newEmail } from "../../server/src/accounts/testing/account-fixture.ts";
import { createAccountServer } from "../../server/src/accounts/testing/account-server.ts";

const { values } = parseArgs({ options: { pairs: { type: "string", default: "60" } } });
const pairs = Number(values.pairs);
const leastProbability = 0.01;

const { database, stop } = await startBenchDatabase();
const many = 1_000_000;
const limits = {
  registrationsPerAddress: many,
  signInFailuresPerAddress: many,
  mailRequestsPerAddress: many,
  sessionsPerUser: many,
};
const open = await createAccountServer(database, { config: limits });
const byMail = await createAccountServer(database, {
  masterKey: open.masterKey,
  config: { ...limits, emailVerification: "required" },
});

const { access_token: token } = await open.signUp();
const requests: Record<string, (email: string) => Promise<{ status: number }>> = {
  "sign in": (email) => open.call("POST", "/api/auth/login", { body: { email, password: "wrong horse battery" } }),
  "register by mail": (email) => byMail.call("POST", "/api/auth/register", { body: { email, password: goodPassword } }),
  "reset password": (email) => open.call("POST", "/api/auth/reset-password", { body: { email } }),
  "change address": (email) =>
    open.call("POST", "/api/auth/change-email", {
      token,
      body: { new_email: email, current_password: goodPassword },
    }),
};

async function timed(request: () => Promise<{ status: number }>): Promise<number> {
  const startedMs = performance.now();
  const { status } = await request();
  if (status === 429 || status >= 500) throw new Error(`the request was answered ${status}`);
  return performance.now() - startedMs;
}

const median = (samples: readonly number[]): number =>
  samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN;

/** Abramowitz and Stegun 7.1.26: exact to 1.5e-7. */
function twoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return series * Math.exp(-x * x);
}

/** How often chance alone would give two samples that differ at least as much as these. */
function rankTest(first: readonly number[], second: readonly number[]): number {
  const ranked = [...first.map((ms) => ({ ms, of: 1 })), ...second.map((ms) => ({ ms, of: 2 }))].toSorted(
    (a, b) => a.ms - b.ms,
  );
  const rankSum = ranked.reduce((sum, { of }, index) => (of === 1 ? sum + index + 1 : sum), 0);
  const product = first.length * second.length;
  const u = rankSum - (first.length * (first.length + 1)) / 2;
  return twoSided((u - product / 2) / Math.sqrt((product * (first.length + second.length + 1)) / 12));
}

async function compare(name: string, request: (email: string) => Promise<{ status: number }>) {
  const known: number[] = [];
  const unknown: number[] = [];
  for (let pair = 0; pair < pairs + 5; pair += 1) {
    const { email } = await open.signUp();
    const ask = { known: () => request(email), unknown: () => request(newEmail()) };
    const order = pair % 2 === 0 ? (["known", "unknown"] as const) : (["unknown", "known"] as const);
    for (const which of order) {
      const ms = await timed(ask[which]);
      // The first pairs warm the program up.
      if (pair >= 5) (which === "known" ? known : unknown).push(ms);
    }
  }
  const row = { knownMs: median(known), unknownMs: median(unknown), probability: rankTest(known, unknown) };
  console.log(
    `${name.padEnd(18)} with account ${row.knownMs.toFixed(2)} ms, without ${row.unknownMs.toFixed(2)} ms, p = ${row.probability.toFixed(3)}`,
  );
  return { request: name, ...row };
}

const results = [];
for (const [name, request] of Object.entries(requests)) results.push(await compare(name, request));

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGib: Math.round(totalmem() / 2 ** 30),
};
writeFileSync(
  join(import.meta.dirname, "reply-times.json"),
  `${JSON.stringify({ machine: { ...machine, system: release(), node: process.version }, pairs, results }, null, 2)}\n`,
);
await open.close();
await byMail.close();
await stop();
if (results.some(({ probability }) => probability < leastProbability)) {
  console.error("The time of a reply tells whether an address has an account.");
  process.exitCode = 1;
}

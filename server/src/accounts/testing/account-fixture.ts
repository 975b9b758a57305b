import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SettingsOf } from "../../platform/config/setting.ts";
import type { Database } from "../../platform/database/database.ts";
import { randomBase62 } from "../../platform/ids.ts";
import { silentLog } from "../../platform/log/log.ts";
import { createMovableClock } from "../../platform/testing/movable-clock.ts";
import { testSecrets } from "../../platform/testing/test-secrets.ts";
import { createHeldMailer } from "../../platform/mail/testing/held-mailer.ts";
import { createHeldQueue } from "../../platform/queue/testing/held-queue.ts";
import { configOf } from "../../platform/testing/test-app.ts";
import { type AccountsDependencies, createAccountParts } from "../account-parts.ts";
import { accountsSettings } from "../accounts.config.ts";
import type { SessionOrigin } from "../sessions/sessions.store.ts";
import { networkOf } from "../../platform/http/network.ts";

export const goodPassword = "correct horse battery staple";

export const originOf = (address: string): SessionOrigin => ({
  address,
  network: networkOf(address),
  userAgent: "vitest",
});

/** An address of documentation networks that no other test of the run uses. */
export const newOrigin = (): SessionOrigin =>
  originOf(`2001:db8:${randomBytes(2).toString("hex")}:${randomBytes(2).toString("hex")}::1`);

export const newEmail = (): string => `${randomBase62(12).toLowerCase()}@example.org`;

interface FixtureOptions {
  config?: Partial<SettingsOf<typeof accountsSettings>>;
  masterKey?: Uint8Array;
  /** Where heads of the audit log go; a folder that does not exist where no test asks. */
  dataDir?: string;
  clock?: ReturnType<typeof createMovableClock>;
  installation?: AccountsDependencies["installation"];
}

/** The accounts of one process on the given database; several stand for several processes. */
export function createAccountFixture(database: Database, options: FixtureOptions = {}) {
  const clock = options.clock ?? createMovableClock();
  const masterKey = options.masterKey ?? randomBytes(32);
  const config = configOf(accountsSettings, options.config);
  const held = createHeldQueue();
  const post = createHeldMailer();
  const dependencies: AccountsDependencies = {
    database,
    clock,
    log: silentLog,
    config,
    ...testSecrets(masterKey),
    queue: held.queue,
    mailer: post.mailer,
    personalData: () => [],
    dataDir: options.dataDir ?? join(tmpdir(), `llm-tuner-accounts-${randomBase62(8)}`),
    publicUrl: () => "https://tuner.test",
    ...(options.installation === undefined ? {} : { installation: options.installation }),
    revokeKeysOf: async () => 0,
    tierExists: async (name) => ["standard", "team-large"].includes(name),
  };
  const parts = createAccountParts(dependencies);
  const register = async (email = newEmail()) => {
    const tokens = await parts.accounts.register({ email, password: goodPassword }, newOrigin());
    if (tokens === null) throw new Error("the fixture's people are signed in when they register");
    return { ...tokens, email };
  };
  /** Works on the mails that wait, and gives what was sent. */
  const deliverMails = async () => {
    for (const job of held.take("accounts.mail")) {
      for (const worker of parts.mailedLinks.workers) await worker.handle(job, new AbortController().signal);
    }
    return post.take();
  };
  return { ...parts, dependencies, held, post, deliverMails, clock, masterKey, config, register };
}

import { createSecretKey, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { createAccountsModule } from "../../accounts/accounts.module.ts";
import { accountsSettings } from "../../accounts/accounts.config.ts";
import type { Database } from "../../platform/database/database.ts";
import type { SettingsOf } from "../../platform/config/setting.ts";
import type { Authenticator, Caller } from "../../platform/http/caller.ts";
import type { httpSettings } from "../../platform/http/http.config.ts";
import { randomBase62 } from "../../platform/ids.ts";
import { silentLog } from "../../platform/log/log.ts";
import { createHeldMailer } from "../../platform/mail/testing/held-mailer.ts";
import { createHeldQueue } from "../../platform/queue/testing/held-queue.ts";
import { createMovableClock } from "../../platform/testing/movable-clock.ts";
import { configOf, createTestApp } from "../../platform/testing/test-app.ts";
import { testSecrets } from "../../platform/testing/test-secrets.ts";
import { keysSettings } from "../keys.config.ts";
import { createKeysModule, isClientToken } from "../keys.module.ts";

export const pageOrigin = "https://app.example.org";

/** A database that remembers what is asked of it. */
function remembering(database: Database): { database: Database; statements: () => readonly string[] } {
  const statements: string[] = [];
  return {
    statements: () => statements,
    database: {
      ...database,
      rows: (...query) => (statements.push(query[1]), database.rows(...query)),
      row: (...query) => (statements.push(query[1]), database.row(...query)),
      execute: (...query) => (statements.push(query[0]), database.execute(...query)),
      transaction: (work) => (statements.push("begin"), database.transaction(work)),
    },
  };
}

/** What accounts read anew every few seconds, whoever calls: exceptional people, revoked sessions, signing keys. */
export const isReadByTheClock = (statement: string): boolean =>
  /is_disabled, tier from users\b|from sessions where revoked_at > |from signing_keys\b/.test(statement);

interface KeyPartsOptions {
  accounts?: Partial<SettingsOf<typeof accountsSettings>>;
  keys?: Partial<SettingsOf<typeof keysSettings>>;
  http?: Partial<SettingsOf<typeof httpSettings>>;
}

/** Accounts and keys of one process on a migrated database, with the HTTP application before them. */
export async function createKeyParts(plain: Database, options: KeyPartsOptions = {}) {
  const { database, statements } = remembering(plain);
  const clock = createMovableClock();
  const masterKey = randomBytes(32);
  const dataDir = await mkdtemp(join(tmpdir(), "llm-tuner-keys-"));
  const tierExists = async (name: string) => name === "small";
  const accounts = createAccountsModule({
    database,
    clock,
    log: silentLog,
    config: configOf(accountsSettings, options.accounts),
    ...testSecrets(masterKey),
    publicUrl: () => "https://tuner.test",
    queue: createHeldQueue().queue,
    mailer: createHeldMailer().mailer,
    dataDir,
    personalData: () => [],
    revokeKeysOf: async () => 0,
    tierExists,
  });
  /** Nano-USD by subject and period, as the ledger would tell it. */
  const spent = new Map<string, number>();
  /** Keys of one more process, or of another installation on the same database. */
  const createKeys = (secret: Uint8Array = masterKey) =>
    createKeysModule({
      database,
      accounts,
      clock,
      log: silentLog,
      config: configOf(keysSettings, { keysPerUser: 5, ...options.keys }),
      allowedOrigins: () => [pageOrigin, "https://tuner.test"],
      spentOf: async (counters) =>
        new Map(counters.map(({ subject, period }) => [subject, spent.get(`${subject} ${period}`) ?? 0])),
      tierExists,
      ...testSecrets(secret),
    });
  const keys = createKeys();
  await accounts.start?.();
  await keys.start?.();
  /** Of people who registered, by their first access token: here it works however far the clock is moved. */
  const signedIn = new Map<string, Caller>();
  const authenticator: Authenticator = {
    async authenticate({ bearer, apiKey, origin }) {
      const secret = bearer ?? apiKey;
      if (secret === undefined) return null;
      const person = signedIn.get(secret);
      if (person !== undefined) return person;
      if (isClientToken(secret)) return keys.authenticateClientToken(secret, origin);
      return secret.startsWith("lp_") ? keys.authenticateApiKey(secret) : accounts.authenticateAccessToken(secret);
    },
  };
  const app = await createTestApp({ modules: [accounts, keys], authenticator, config: options.http ?? {} });

  const call = (
    method: "GET" | "POST" | "PATCH" | "DELETE",
    url: string,
    { as, body, headers = {} }: { as: string; body?: unknown; headers?: Record<string, string> },
  ) =>
    app.inject({
      method,
      url,
      headers: {
        ...(as === "" ? {} : { authorization: `Bearer ${as}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });

  /** Somebody new who is signed in. */
  async function register() {
    const email = `${randomBase62(12).toLowerCase()}@example.org`;
    const answer = await call("POST", "/api/auth/register", {
      as: "",
      body: { email, password: "correct horse battery staple" },
    });
    const token = Tokens.parse(answer.json()).access_token ?? "";
    const caller = await accounts.authenticateAccessToken(token);
    signedIn.set(token, caller);
    return { token, email, userId: caller.userId, sessionId: caller.sessionId ?? "" };
  }

  return {
    database: plain,
    statements,
    clock,
    pepper: createSecretKey(testSecrets(masterKey).secretOf("keys/mac")),
    accounts,
    keys,
    createKeys,
    spent,
    authenticator,
    app,
    call,
    register,
    async close() {
      await app.close();
      await keys.stop?.();
      await accounts.stop?.();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

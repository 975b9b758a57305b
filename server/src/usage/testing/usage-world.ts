import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { invalidApiKey, rateLimited } from "@llm-tuner/gateway/errors.ts";
import { createGateway } from "@llm-tuner/gateway/gateway.ts";
import { type CallerBounds, type GatewayCaller, noBounds } from "@llm-tuner/gateway/ports.ts";
import { startFakeUpstream } from "@llm-tuner/gateway/testing/fake-upstream.ts";
import { accountsSettings } from "../../accounts/accounts.config.ts";
import { createAccountsModule } from "../../accounts/accounts.module.ts";
import { keysSettings } from "../../keys/keys.config.ts";
import { createKeysModule } from "../../keys/keys.module.ts";
import type { SettingsOf } from "../../platform/config/setting.ts";
import type { Database } from "../../platform/database/database.ts";
import { createPgDatabase } from "../../platform/database/pg-database.ts";
import { httpSettings } from "../../platform/http/http.config.ts";
import { createRateLimits } from "../../platform/http/rate-limits.ts";
import { newId, randomBase62 } from "../../platform/ids.ts";
import { silentLog } from "../../platform/log/log.ts";
import { createHeldMailer } from "../../platform/mail/testing/held-mailer.ts";
import { createHeldQueue } from "../../platform/queue/testing/held-queue.ts";
import { createMovableClock } from "../../platform/testing/movable-clock.ts";
import { configOf } from "../../platform/testing/test-app.ts";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { testSecrets } from "../../platform/testing/test-secrets.ts";
import { usageSettings } from "../usage.config.ts";
import { createUsageModule, type UsageModule } from "../usage.module.ts";
import { unequalCounters } from "./ledger-sums.ts";

interface ModuleChanges {
  database?: Database;
  /** Of another machine. */
  dataDir?: string;
  config?: Partial<SettingsOf<typeof usageSettings>>;
}

/** Accounts, keys and usage as one process has them, on a database of their own; more processes can be opened. */
export async function createUsageWorld({ spendPerMinute = 100_000 }: { spendPerMinute?: number } = {}) {
  const { database, url, drop } = await createTestDatabase();
  const clock = createMovableClock();
  const dataDir = await mkdtemp(join(tmpdir(), "llm-tuner-usage-"));
  const secrets = testSecrets(randomBytes(32));
  const accounts = createAccountsModule({
    database,
    clock,
    log: silentLog,
    config: configOf(accountsSettings),
    ...secrets,
    publicUrl: () => "https://tuner.test",
    queue: createHeldQueue().queue,
    mailer: createHeldMailer().mailer,
    dataDir,
    personalData: () => [],
    revokeKeysOf: async () => 0,
    tierExists: (name) => usage.tierExists(name),
  });
  const keys = createKeysModule({
    database,
    accounts,
    clock,
    log: silentLog,
    config: configOf(keysSettings),
    allowedOrigins: () => [],
    spentOf: (counters) => usage.spentOf(counters),
    tierExists: (name) => usage.tierExists(name),
    ...secrets,
  });
  const createModule = (changed: ModuleChanges = {}): UsageModule =>
    createUsageModule({
      database: changed.database ?? database,
      dataDir: changed.dataDir ?? dataDir,
      clock,
      accounts,
      keys,
      rateLimits: createRateLimits(configOf(httpSettings, { spendPerMinute })),
      log: silentLog,
      config: configOf(usageSettings, changed.config),
    });
  const usage = createModule();
  await usage.start?.();

  /** What was settled in this process is in the database afterwards. */
  const flush = async (): Promise<void> => void (await usage.spentOf([{ subject: "nobody", period: "total" }]));

  async function addUser(): Promise<string> {
    const id = newId("user");
    await database.execute(
      "insert into users (id, email, password_hash, created_at) values ($1, lower($1) || '@example.org', 'x', $2)",
      [id, clock.now()],
    );
    return id;
  }

  const callerOf = (accountId: string, changed: Partial<CallerBounds & { tier: unknown }> = {}): GatewayCaller => ({
    accountId,
    keyId: "key_000000000000",
    scopes: new Set(["chat"]),
    tier: "standard",
    bounds: { ...noBounds, ...changed },
    headers: {},
  });

  return {
    database,
    url,
    dataDir,
    clock,
    accounts,
    keys,
    usage,
    createModule,
    addUser,
    callerOf,
    /** One more connection to the same database, as another process has it. */
    openDatabase: () => createPgDatabase({ url, log: silentLog, poolSize: 8 }),
    flush,
    async unequalCounters() {
      await flush();
      return unequalCounters(database);
    },
    async close() {
      await usage.stop?.();
      await drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
export type UsageWorld = Awaited<ReturnType<typeof createUsageWorld>>;

/** A gateway of one process on a real port, before a fake provider whose answers cost 7 × 20 + 5 × 60 nano-USD. */
export async function startMeteredGateway({ clock }: Pick<UsageWorld, "clock">, usage: UsageModule) {
  const upstream = await startFakeUpstream();
  const callers = new Map<string, GatewayCaller>();
  const gateway = createGateway({
    admission: {
      async authenticate({ bearer = "" }) {
        const caller = callers.get(bearer);
        if (caller === undefined) throw invalidApiKey();
        try {
          await usage.countCall({ userId: caller.accountId, tier: caller.tier });
        } catch (error) {
          throw rateLimited({ message: String(error), retryAfterSeconds: 60 });
        }
        return caller;
      },
    },
    models: {
      list: async () => [],
      find: async (_caller, model) => ({
        steps: [
          [
            {
              weight: 1,
              route: {
                deployment: "dep_test",
                provider: model === "unpriced" ? "elsewhere" : "tuned",
                adapter: "openai-compatible",
                upstreamModel: "upstream-model",
                priceModel: "starter",
                maxOutputTokens: null,
                onDisconnect: { whole: "abort", stream: "abort" },
                acquire: async () => ({ origin: upstream.origin, headers: {}, release: () => undefined }),
              },
            },
          ],
        ],
      }),
    },
    meter: usage.meter,
    clock,
    newRequestId: () => newId("request"),
    log: silentLog,
  });
  // A machine that was busy for seconds must not find the connection closed in the middle of a request.
  const server = createServer(
    { keepAliveTimeout: 600_000 },
    (request, response) => void gateway.handleNode(request, response),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server's address is always an object.
  const { port } = server.address() as AddressInfo;
  return {
    upstream,
    /** A chat of 50 tokens at most, unless the body says more; a connection of its own for each. */
    ask(caller: GatewayCaller, body: Record<string, unknown> = {}, signal?: AbortSignal): Promise<Response> {
      const token = randomBase62(16);
      callers.set(token, caller);
      return fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({
          model: "tuned",
          messages: [{ role: "user", content: "Hello there, my dear!" }],
          max_tokens: 50,
          ...body,
        }),
        ...(signal === undefined ? {} : { signal }),
      });
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await gateway.close();
      await upstream.close();
    },
  };
}

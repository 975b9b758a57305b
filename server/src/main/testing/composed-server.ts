import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import type { EnvironmentText } from "../../platform/config/read-settings.ts";
import { masterKeysOf } from "../../platform/crypto/master-keys.ts";
import { createApplication } from "../../platform/http/application.ts";
import { createRateLimits } from "../../platform/http/rate-limits.ts";
import { type Log, silentLog } from "../../platform/log/log.ts";
import { startPgBossQueue } from "../../platform/queue/pg-boss-queue.ts";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { compose } from "../compose.ts";
import { parseSettings } from "../environment.ts";
import { openSecrets } from "../secrets.ts";
import { operationsRoutes } from "../operations.routes.ts";

interface ComposedServer {
  environment?: EnvironmentText;
  log?: Log;
  webDirectory?: string;
  apiDocs?: "public" | "callers";
}

/** Tests call far more often than a person does. */
const manyCalls = {
  authPerMinute: 1_000_000,
  readPerMinute: 1_000_000,
  writePerMinute: 1_000_000,
  uploadPerMinute: 1_000_000,
  probePerMinute: 1_000_000,
  spendPerMinute: 1_000_000,
};

/** The whole server, on a database of its own, in this process; only what answers is started, no background work. */
export async function createComposedServer({
  environment = {},
  log = silentLog,
  webDirectory,
  apiDocs = "public",
}: ComposedServer = {}) {
  const { database, url, cut, restore, drop } = await createTestDatabase();
  const queue = await startPgBossQueue({ url, log });
  const dataDir = await mkdtemp(join(tmpdir(), "llm-tuner-composed-"));
  const settings = parseSettings(environment);
  const rateLimits = createRateLimits({ ...settings.http, ...manyCalls });
  const publicUrl = () => settings.http.publicUrl ?? "http://127.0.0.1:5000";
  const masterKey = randomBytes(32);
  const keys = masterKeysOf([masterKey]);
  const secrets = await openSecrets(database, { keys, oldest: masterKey, file: undefined });
  const surroundings = { environment, database, queue, rateLimits, ...secrets, dataDir, publicUrl, log };
  const composition = compose({ ...surroundings, settings });
  const routes = [
    ...composition.modules.flatMap(({ module }) => module.routes),
    ...operationsRoutes({
      database: "embedded",
      checks: { database: () => database.execute("SELECT 1") },
      apiDocs,
      telemetry: composition.telemetry,
      metricsToken: settings.telemetry.metricsToken,
    }),
  ];
  const app = await createApplication({
    routes,
    raw: composition.raw,
    authenticator: composition.authenticator,
    onRefused: composition.onRefused,
    config: settings.http,
    rateLimits,
    log,
    ...(webDirectory === undefined ? {} : { webDirectory }),
  });
  for (const { name, module } of composition.modules) {
    if (["accounts", "keys", "usage", "providers"].includes(name)) await module.start?.();
  }
  return {
    app,
    database,
    dataDir,
    cutDatabase: cut,
    restoreDatabase: restore,
    /** Begins the background work of one domain. */
    work: (domain: string) =>
      queue.work(composition.modules.filter(({ name }) => name === domain).flatMap(({ module }) => module.workers)),
    /** Operation ids of the endpoints that read, admit and answer by themselves. */
    rawIds: new Set(composition.raw.endpoints.map(({ id }) => id)),
    served: [...routes.map(({ endpoint }) => endpoint), ...composition.raw.endpoints],
    async close() {
      await app.close();
      await queue.stopWorking(1000);
      for (const { module } of composition.modules.toReversed()) await module.stop?.();
      await composition.close();
      await queue.stop();
      await drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { FastifyInstance } from "fastify";
import type { EnvironmentText } from "../platform/config/read-settings.ts";
import type { Database } from "../platform/database/database.ts";
import { createApplication } from "../platform/http/application.ts";
import { createRateLimits, type RateLimits } from "../platform/http/rate-limits.ts";
import type { Log } from "../platform/log/log.ts";
import { startPgBossQueue } from "../platform/queue/pg-boss-queue.ts";
import type { Settings } from "./all-settings.ts";
import { type Composition, compose } from "./compose.ts";
import { takeDataDirectory } from "./data-directory.ts";
import { projectDirectory } from "./environment.ts";
import { listen, requireFreePort } from "./listen.ts";
import { loadMasterKeys } from "./master-key.ts";
import { openDatabase, startDatabase } from "./open-database.ts";
import { operationsRoutes } from "./operations.routes.ts";
import { openSecrets } from "./secrets.ts";
import { createTeardown, type Teardown } from "./teardown.ts";

export interface RunServer {
  settings: Settings;
  environment: EnvironmentText;
  log: Log;
  /** Called when the server cannot go on, so that the process ends and whoever supervises it starts it again. */
  onLost: (error: unknown) => void;
}

export interface RunningServer {
  /** For a browser on this machine; undefined for a process that only works. */
  url: string | undefined;
  /** Where somebody becomes the first administrator; undefined when nobody may. It is a secret. */
  setupUrl: string | undefined;
  /** Takes no more requests, lets those in progress end, and stops everything in reverse order. */
  stop(): Promise<void>;
}

interface Starting extends RunServer {
  dataDir: string;
  teardown: Teardown;
}

async function startDomains({ settings, teardown }: Starting, { modules, close }: Composition): Promise<void> {
  teardown.add("the composition", close);
  for (const { name, module, background } of modules) {
    const { stop } = module;
    if (stop !== undefined) teardown.add(name, () => stop.call(module));
    if (!background || settings.server.mode !== "web") await module.start?.();
  }
}

/** Streams and answers in progress may end in time; then their connections are cut. */
async function closeApplication(app: FastifyInstance, stopSeconds: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), stopSeconds * 1000);
  await app.close();
  clearTimeout(cut);
}

const existing = async (directory: string): Promise<string | undefined> =>
  (await stat(join(directory, "index.html")).catch(() => undefined)) === undefined ? undefined : directory;

async function serve(
  starting: Starting,
  composition: Composition,
  database: Database,
  rateLimits: RateLimits,
): Promise<string> {
  const { settings, dataDir, log, teardown } = starting;
  const { host, port, databaseUrl, production, stopSeconds } = settings.server;
  const webDirectory = await existing(resolve(projectDirectory, settings.server.webDirectory));
  if (webDirectory === undefined) log.warn({}, "the web client is not built; only the API answers");
  const checks = {
    database: () => database.execute("SELECT 1"),
    data_directory: () => access(dataDir, constants.W_OK),
  };
  const app = await createApplication({
    routes: [
      ...composition.modules.flatMap(({ module }) => module.routes),
      ...operationsRoutes({
        database: databaseUrl === undefined ? "embedded" : "external",
        checks,
        apiDocs: settings.http.apiDocs ?? (production ? "callers" : "public"),
        telemetry: composition.telemetry,
        metricsToken: settings.telemetry.metricsToken,
      }),
    ],
    authenticator: composition.authenticator,
    config: settings.http,
    log: log.child({ part: "http" }),
    rateLimits,
    raw: composition.raw,
    onRefused: composition.onRefused,
    ...(webDirectory === undefined ? {} : { webDirectory }),
  });
  teardown.add("the HTTP server", () => closeApplication(app, stopSeconds));
  return listen(app, { host, port });
}

async function start(starting: Starting): Promise<Pick<RunningServer, "url" | "setupUrl">> {
  const { settings, dataDir, log, teardown } = starting;
  const { mode, host, port, secretKey, formerSecretKeys } = settings.server;
  if (mode !== "worker") await requireFreePort({ host, port });
  const lock = await takeDataDirectory(dataDir, mode);
  teardown.add("the data directory", () => lock.release());
  const masterKeys = await loadMasterKeys({ dataDir, secretKey, formerKeys: formerSecretKeys, log });
  const url = await startDatabase(starting, starting.onLost);
  const database = await openDatabase(starting, url);
  const secrets = await openSecrets(database, masterKeys);
  const queue = await startPgBossQueue({ url, log: log.child({ part: "queue" }) });
  teardown.add("the queue", () => queue.stop());
  const rateLimits = createRateLimits(settings.http);
  const place: { url: string | undefined } = { url: undefined };
  const publicUrl = () => settings.http.publicUrl ?? place.url ?? `http://${host}:${port}`;
  const composition = compose({ ...starting, database, queue, rateLimits, ...secrets, publicUrl });
  await startDomains(starting, composition);
  if (mode !== "web") {
    teardown.add("the workers", () => queue.stopWorking());
    await queue.work(composition.modules.flatMap(({ module }) => module.workers));
  }
  if (mode === "worker") return { url: undefined, setupUrl: undefined };
  place.url = await serve(starting, composition, database, rateLimits);
  const setupToken = await composition.openSetupToken();
  return { url: place.url, setupUrl: setupToken && `${publicUrl()}/setup#token=${setupToken}` };
}

/** Starts all parts in order; what had been started is stopped again when a later one fails. */
export async function runServer(options: RunServer): Promise<RunningServer> {
  const teardown = createTeardown(options.log);
  const dataDir = resolve(projectDirectory, options.settings.server.dataDir);
  try {
    const addresses = await start({ ...options, dataDir, teardown });
    return { ...addresses, stop: () => teardown.run() };
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

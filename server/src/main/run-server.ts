import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { FastifyInstance } from "fastify";
import type { EnvironmentText } from "../platform/config/read-settings.ts";
import { StartupError } from "../platform/config/startup-error.ts";
import { createEnvelope } from "../platform/crypto/envelope.ts";
import type { Database } from "../platform/database/database.ts";
import { startEmbeddedPostgres } from "../platform/database/embedded/embedded-postgres.ts";
import { migrate } from "../platform/database/migrations.ts";
import { createPgDatabase } from "../platform/database/pg-database.ts";
import { createApplication } from "../platform/http/application.ts";
import { createRateLimits, type RateLimits } from "../platform/http/rate-limits.ts";
import type { Log } from "../platform/log/log.ts";
import { redactText } from "../platform/log/redact.ts";
import { startPgBossQueue } from "../platform/queue/pg-boss-queue.ts";
import type { Settings } from "./all-settings.ts";
import { type Composition, compose } from "./compose.ts";
import { takeDataDirectory } from "./data-directory.ts";
import { projectDirectory } from "./environment.ts";
import { listen, requireFreePort } from "./listen.ts";
import { loadMasterKey } from "./master-key.ts";
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
  /** Takes no more requests, lets those in progress end, and stops everything in reverse order. */
  stop(): Promise<void>;
}

const migrationsDirectory = join(import.meta.dirname, "../../migrations");

interface Starting extends RunServer {
  dataDir: string;
  teardown: Teardown;
}

async function databaseUrl({ settings, dataDir, log, onLost, teardown }: Starting): Promise<string> {
  const { databaseUrl, embeddedPostgresUser } = settings.server;
  if (databaseUrl !== undefined) return databaseUrl;
  const postgres = await startEmbeddedPostgres({
    dataDirectory: dataDir,
    unprivilegedUser: embeddedPostgresUser,
    log: log.child({ part: "postgres" }),
    onLost,
  });
  teardown.add("the embedded database", () => postgres.stop());
  return postgres.url();
}

/** A wrong address, name or password of an external database is the person's to mend, like a setting. */
async function requireReachable(database: Database, { settings }: Starting): Promise<void> {
  try {
    await database.execute("SELECT 1");
  } catch (cause) {
    if (settings.server.databaseUrl === undefined) throw cause;
    const reason = cause instanceof AggregateError ? cause.errors.map(String).join(", ") : String(cause);
    throw new StartupError({
      message: `The database that DATABASE_URL names cannot be used: ${redactText(reason)}`,
      remedy: "Start that database and check the address, the name, the user and the password in DATABASE_URL.",
      cause,
    });
  }
}

async function openDatabase(starting: Starting, url: string): Promise<Database> {
  const { settings, log, teardown } = starting;
  const database = createPgDatabase({
    url,
    log: log.child({ part: "database" }),
    poolSize: settings.server.databasePoolSize,
  });
  teardown.add("the database connections", () => database.close());
  await requireReachable(database, starting);
  await migrate({ database, directory: migrationsDirectory, log });
  return database;
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
  const { host, port, databaseUrl, stopSeconds } = settings.server;
  const webDirectory = await existing(resolve(projectDirectory, settings.server.webDirectory));
  if (webDirectory === undefined) log.warn({}, "the web client is not built; only the API answers");
  const checks = {
    database: () => database.execute("SELECT 1"),
    data_directory: () => access(dataDir, constants.W_OK),
  };
  const app = await createApplication({
    routes: [
      ...composition.modules.flatMap(({ module }) => module.routes),
      ...operationsRoutes({ database: databaseUrl === undefined ? "embedded" : "external", checks }),
    ],
    authenticator: composition.authenticator,
    config: settings.http,
    log: log.child({ part: "http" }),
    rateLimits,
    raw: composition.raw,
    ...(webDirectory === undefined ? {} : { webDirectory }),
  });
  teardown.add("the HTTP server", () => closeApplication(app, stopSeconds));
  return listen(app, { host, port });
}

async function start(starting: Starting): Promise<string | undefined> {
  const { settings, dataDir, log, teardown } = starting;
  const { mode, host, port, secretKey } = settings.server;
  if (mode !== "worker") await requireFreePort({ host, port });
  const lock = await takeDataDirectory(dataDir, mode);
  teardown.add("the data directory", () => lock.release());
  const masterKey = await loadMasterKey({ dataDir, secretKey, log });
  const url = await databaseUrl(starting);
  const database = await openDatabase(starting, url);
  const envelope = createEnvelope(masterKey);
  const secretOf = await openSecrets({ database, envelope, masterKey });
  const queue = await startPgBossQueue({ url, log: log.child({ part: "queue" }) });
  teardown.add("the queue", () => queue.stop());
  const rateLimits = createRateLimits(settings.http);
  const place: { url: string | undefined } = { url: undefined };
  const publicUrl = () => settings.http.publicUrl ?? place.url ?? `http://${host}:${port}`;
  const composition = compose({ ...starting, database, queue, rateLimits, envelope, secretOf, publicUrl });
  await startDomains(starting, composition);
  if (mode !== "web") {
    teardown.add("the workers", () => queue.stopWorking());
    await queue.work(composition.modules.flatMap(({ module }) => module.workers));
  }
  if (mode !== "worker") place.url = await serve(starting, composition, database, rateLimits);
  return place.url;
}

/** Starts all parts in order; what had been started is stopped again when a later one fails. */
export async function runServer(options: RunServer): Promise<RunningServer> {
  const teardown = createTeardown(options.log);
  const dataDir = resolve(projectDirectory, options.settings.server.dataDir);
  try {
    const url = await start({ ...options, dataDir, teardown });
    return { url, stop: () => teardown.run() };
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

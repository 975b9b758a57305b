import { join } from "node:path";
import { StartupError } from "../platform/config/startup-error.ts";
import type { Database } from "../platform/database/database.ts";
import { startEmbeddedPostgres } from "../platform/database/embedded/embedded-postgres.ts";
import { migrate } from "../platform/database/migrations.ts";
import { createPgDatabase } from "../platform/database/pg-database.ts";
import type { Log } from "../platform/log/log.ts";
import { redactText } from "../platform/log/redact.ts";
import type { Settings } from "./all-settings.ts";
import type { Teardown } from "./teardown.ts";

interface Opening {
  settings: Settings;
  dataDir: string;
  log: Log;
  teardown: Teardown;
}

const migrationsDirectory = join(import.meta.dirname, "../../migrations");

/** Address of the database: the one of the settings, else of the embedded one, which is started. */
export async function startDatabase(opening: Opening, onLost: (error: unknown) => void): Promise<string> {
  const { settings, dataDir, log, teardown } = opening;
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
async function requireReachable(database: Database, settings: Settings): Promise<void> {
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

/** Connects, and brings the tables to this version. */
export async function openDatabase({ settings, log, teardown }: Opening, url: string): Promise<Database> {
  const database = createPgDatabase({
    url,
    log: log.child({ part: "database" }),
    poolSize: settings.server.databasePoolSize,
  });
  teardown.add("the database connections", () => database.close());
  await requireReachable(database, settings);
  await migrate({ database, directory: migrationsDirectory, log });
  return database;
}

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { StartupError } from "../config/startup-error.ts";
import type { Log } from "../log/log.ts";
import type { Database, Queryable } from "./database.ts";

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

const refused = (message: string, remedy: string, cause?: unknown): StartupError =>
  new StartupError({ message, remedy, cause });

const fileName = /^(\d{4})-[a-z0-9-]+\.sql$/;
// Any constant will do: it is the key under which processes that start together wait for each other.
const advisoryLockKey = 7_240_115_001;

async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  const numbers = new Set<string>();
  for (const name of names) {
    const number = fileName.exec(name)?.[1];
    if (number === undefined)
      throw refused(`The migration ${name} has a wrong name.`, "Name it like 0001-accounts.sql.");
    if (numbers.has(number))
      throw refused(`Two migrations have the number ${number}.`, `Give ${name} the next free number.`);
    numbers.add(number);
  }
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

const AppliedRow = z.object({ name: z.string(), checksum: z.string() });

/** What is applied must be the beginning of what this program has, unchanged. */
function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly z.infer<typeof AppliedRow>[],
): Migration[] {
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name, checksum } of applied) {
    const migration = byName.get(name);
    if (migration === undefined) {
      throw refused(
        `The database has the migration ${name}, which this version does not know.`,
        "It was used by a newer version: start that one, or restore an older backup.",
      );
    }
    if (migration.checksum !== checksum) {
      throw refused(
        `The migration ${name} was changed after it had been applied.`,
        "Restore the file as it was, and put the change into a new migration.",
      );
    }
  }
  const appliedNames = new Set(applied.map(({ name }) => name));
  const pending = migrations.filter(({ name }) => !appliedNames.has(name));
  const last = applied.at(-1)?.name;
  const late = pending.find(({ name }) => last !== undefined && name < last);
  if (late !== undefined) {
    throw refused(
      `The migration ${late.name} comes before ${last}, which is applied.`,
      "Give it the next free number.",
    );
  }
  return pending;
}

async function applyNext(transaction: Queryable, migrations: readonly Migration[]): Promise<string | undefined> {
  await transaction.execute("SELECT pg_advisory_xact_lock($1)", [advisoryLockKey]);
  const applied = await transaction.rows(AppliedRow, "SELECT name, checksum FROM migrations ORDER BY name");
  const next = pendingMigrations(migrations, applied)[0];
  if (next === undefined) return undefined;
  // Building an index on a grown table may take longer than any request may.
  await transaction.execute("SET LOCAL statement_timeout = 0");
  try {
    await transaction.execute(next.sql);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refused(
      `The migration ${next.name} failed: ${reason}`,
      "Nothing of it was applied; mend it and start again.",
      error,
    );
  }
  await transaction.execute("INSERT INTO migrations (name, checksum) VALUES ($1, $2)", [next.name, next.checksum]);
  return next.name;
}

async function createTable(transaction: Queryable): Promise<void> {
  // CREATE TABLE IF NOT EXISTS alone is not safe against a second process that does the same at the same moment.
  await transaction.execute("SELECT pg_advisory_xact_lock($1)", [advisoryLockKey]);
  await transaction.execute(
    `CREATE TABLE IF NOT EXISTS migrations (
       name text PRIMARY KEY,
       checksum text NOT NULL,
       applied_at timestamptz NOT NULL DEFAULT now()
     )`,
  );
}

/**
 * Applies what is missing, in order, one transaction each, and returns the names. Processes that start together take
 * turns; a crash leaves whole migrations only.
 */
export async function migrate({
  database,
  directory,
  log,
}: {
  database: Database;
  directory: string;
  log: Log;
}): Promise<string[]> {
  const migrations = await readMigrations(directory);
  await database.transaction(createTable);
  const applied: string[] = [];
  for (;;) {
    const name = await database.transaction((transaction) => applyNext(transaction, migrations));
    if (name === undefined) return applied;
    log.info({ migration: name }, "applied a database migration");
    applied.push(name);
  }
}

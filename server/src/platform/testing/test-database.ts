import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import { z } from "zod";
import type { Database } from "../database/database.ts";
import { migrate } from "../database/migrations.ts";
import { createPgDatabase } from "../database/pg-database.ts";
import { silentLog } from "../log/log.ts";

export interface TestDatabase {
  database: Database;
  /** For a second connection, or for a server that is started as a process of its own. */
  url: string;
  /** Ends all connections and refuses new ones, as a database that went away does, until `restore`. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  drop(): Promise<void>;
}

export const migrationsDirectory = fileURLToPath(new URL("../../../migrations", import.meta.url));

const template = "migrated_template";
const templateLockKey = 7_240_115_002;

function urlOf(databaseName: string): string {
  const url = new URL(inject("testServerUrl"));
  url.pathname = `/${databaseName}`;
  return url.href;
}

const open = (databaseName: string): Database =>
  createPgDatabase({ url: urlOf(databaseName), log: silentLog, poolSize: databaseName === "postgres" ? 1 : 8 });

async function migrateTemplate(server: Database): Promise<void> {
  const found = await server.row(z.object({}), "SELECT 1 FROM pg_database WHERE datname = $1", [template]);
  if (found !== undefined) return;
  const unfinished = `${template}_unfinished`;
  await server.execute(`DROP DATABASE IF EXISTS ${unfinished}`);
  await server.execute(`CREATE DATABASE ${unfinished}`);
  const database = open(unfinished);
  try {
    await migrate({ database, directory: migrationsDirectory, log: silentLog });
  } finally {
    await database.close();
  }
  await server.execute(`ALTER DATABASE ${unfinished} RENAME TO ${template}`);
}

/** The first test file of a run migrates the template; those that start at the same moment wait for it. */
async function createFromTemplate(name: string): Promise<void> {
  const server = open("postgres");
  try {
    // The pool has one connection, so this lock of the session covers the statements that follow.
    await server.execute("SELECT pg_advisory_lock($1)", [templateLockKey]);
    await migrateTemplate(server);
    await server.execute(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  } finally {
    await server.close();
  }
}

/** A fresh database with all migrations applied, of the caller alone. Call it once per test file, and `drop` at the end. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await createFromTemplate(name);
  const database = open(name);
  const allowConnections = async (allowed: boolean): Promise<void> => {
    const server = open("postgres");
    try {
      await server.execute(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${allowed}`);
      if (!allowed)
        await server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [name]);
    } finally {
      await server.close();
    }
  };
  return {
    database,
    url: urlOf(name),
    cut: () => allowConnections(false),
    restore: () => allowConnections(true),
    async drop() {
      await database.close();
      const server = open("postgres");
      try {
        await server.execute(`DROP DATABASE ${name} WITH (FORCE)`);
      } finally {
        await server.close();
      }
    },
  };
}

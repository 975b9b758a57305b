import { Client, Pool } from "pg";
import type { QueryResult } from "pg";
import type { z } from "zod";
import type { Log } from "../log/log.ts";
import type { Database, Queryable } from "./database.ts";
import { createListener } from "./pg-listener.ts";

export interface PgDatabaseOptions {
  url: string;
  log: Log;
  /** Connections kept at most; each open transaction holds one. */
  poolSize?: number;
  /** A statement that takes longer is ended by the database with an error. */
  statementTimeoutMs?: number;
}

interface Connection {
  query(text: string, values?: unknown[]): Promise<QueryResult | QueryResult[]>;
}

/** The rows of the last statement: a text without values may hold several statements, and then pg answers with a list. */
async function run(connection: Connection, text: string, values?: readonly unknown[]): Promise<QueryResult> {
  // pg needs undefined, not an empty list, to send several statements at once.
  const result = await connection.query(text, values === undefined || values.length === 0 ? undefined : [...values]);
  if (!Array.isArray(result)) return result;
  const last = result.at(-1);
  if (last === undefined) throw new Error("The database answered nothing to a list of statements.");
  return last;
}

function parseRow<Schema extends z.ZodType>(schema: Schema, row: unknown, text: string): z.infer<Schema> {
  const parsed = schema.safeParse(row);
  if (parsed.success) return parsed.data;
  const statement = text.replaceAll(/\s+/g, " ").trim().slice(0, 120);
  throw new Error(`A row does not have the shape that the store expects: ${statement}`, { cause: parsed.error });
}

const queryable = (connection: Connection): Queryable => ({
  async rows(schema, text, values) {
    const { rows } = await run(connection, text, values);
    return rows.map((row: unknown) => parseRow(schema, row, text));
  },
  async row(schema, text, values) {
    const { rows } = await run(connection, text, values);
    const first: unknown = rows[0];
    return first === undefined ? undefined : parseRow(schema, first, text);
  },
  async execute(text, values) {
    return (await run(connection, text, values)).rowCount ?? 0;
  },
});

async function inTransaction<Result>(pool: Pool, work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  // A connection that breaks while it is ours also fails the running statement, which is how it is noticed.
  const ignoreBreak = () => {};
  client.on("error", ignoreBreak);
  let broken: Error | undefined;
  try {
    await client.query("BEGIN");
    const result = await work(queryable(client));
    await client.query("COMMIT");
    return result;
  } catch (error) {
    // Without a rollback the connection cannot be used again: it is closed then, which rolls back as well.
    await client.query("ROLLBACK").catch((rollbackError: Error) => (broken = rollbackError));
    throw error;
  } finally {
    client.off("error", ignoreBreak);
    client.release(broken);
  }
}

/** The `Database` port on PostgreSQL: one pool for statements and one connection of its own for notifications. */
export function createPgDatabase({
  url,
  log,
  poolSize = 12,
  statementTimeoutMs = 60_000,
}: PgDatabaseOptions): Database {
  const connection = { connectionString: url, keepAlive: true, connectionTimeoutMillis: 10_000 };
  const pool = new Pool({
    ...connection,
    application_name: "llm-tuner",
    max: poolSize,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
  });
  let closing: Promise<void> | undefined;
  pool.on("error", (error) => {
    // A connection that is being closed may still hear that the database stops.
    if (closing === undefined) log.warn({ error }, "an idle database connection was lost");
  });
  const listener = createListener({
    connect: () => new Client({ ...connection, application_name: "llm-tuner listen" }),
    log,
  });
  return {
    ...queryable(pool),
    transaction: (work) => inTransaction(pool, work),
    listen: (channel, onMessage) => listener.listen(channel, onMessage),
    close() {
      closing ??= Promise.all([listener.close(), pool.end()]).then(() => undefined);
      return closing;
    },
  };
}

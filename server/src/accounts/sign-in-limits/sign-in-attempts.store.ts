import { z } from "zod";
import type { Database } from "../../platform/database/database.ts";

export const signInAttemptsTable = "sign_in_attempts";

const counterRow = z.object({ points: z.int(), expire: z.coerce.number() });

const Statement = z.object({ text: z.string(), values: z.array(z.unknown()) });

/** The part of a `pg` client that rate-limiter-flexible calls with its own statements, on the platform's pool. */
export const createLimiterClient = (database: Database) => ({
  async query(statement: unknown) {
    const { text, values } = Statement.parse(statement);
    const rows = await database.rows(counterRow, text, values);
    return { rows, rowCount: rows.length };
  },
});

/** Removes counters that ended; those that are kept are few: one per account and network with recent failures. */
export const deleteEndedAttempts = (database: Database, now: Date): Promise<number> =>
  database.execute("delete from sign_in_attempts where expire < $1", [now.getTime()]);

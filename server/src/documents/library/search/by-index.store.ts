import type { Database, Queryable } from "../../../platform/database/database.ts";

/**
 * The planner does not know what unpacking a vector costs, and would rather read all of them for a frequent word than
 * ask the index.
 */
export const byIndex = <Result>(
  database: Database,
  read: (transaction: Queryable) => Promise<Result>,
): Promise<Result> =>
  database.transaction(async (transaction) => {
    // Before version 18 a plan that cannot do without counts as so dear that it would be compiled.
    await transaction.execute("select set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)");
    return read(transaction);
  });

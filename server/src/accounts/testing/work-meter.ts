import type { Database, Queryable } from "../../platform/database/database.ts";

/** The same database, which also writes down what it is asked: two requests that cost the same ask the same. */
export function meterWork(database: Database) {
  const statements: string[] = [];
  const metered = (queryable: Queryable): Queryable => ({
    rows(schema, text, values) {
      statements.push(text);
      return queryable.rows(schema, text, values);
    },
    row(schema, text, values) {
      statements.push(text);
      return queryable.row(schema, text, values);
    },
    execute(text, values) {
      statements.push(text);
      return queryable.execute(text, values);
    },
  });
  return {
    database: {
      ...database,
      ...metered(database),
      transaction: <Result>(work: (transaction: Queryable) => Promise<Result>) =>
        database.transaction((transaction) => work(metered(transaction))),
    },
    /** Removes and returns the statements so far, in their order. */
    take: (): string[] => statements.splice(0),
  };
}

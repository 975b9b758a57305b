import type { z } from "zod";

/**
 * What a store may do. Every row that comes back is parsed by the store's own schema, so that a column's type is
 * checked where it enters the program; `bigint` columns arrive as strings and are coerced there.
 */
export interface Queryable {
  /** All rows of a parameterised query. */
  rows<Schema extends z.ZodType>(schema: Schema, text: string, values?: readonly unknown[]): Promise<z.infer<Schema>[]>;
  /** The first row, or undefined. */
  row<Schema extends z.ZodType>(
    schema: Schema,
    text: string,
    values?: readonly unknown[],
  ): Promise<z.infer<Schema> | undefined>;
  /** Runs a statement and returns the number of rows that it changed. */
  execute(text: string, values?: readonly unknown[]): Promise<number>;
}

export interface Database extends Queryable {
  /** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result>;
  /** Calls `onMessage` for each NOTIFY on `channel` until the returned function is called; reconnects by itself. */
  listen(channel: string, onMessage: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

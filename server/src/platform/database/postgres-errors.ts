import { DatabaseError } from "pg";

const sqlStates = { uniqueViolation: "23505", foreignKeyViolation: "23503", checkViolation: "23514" } as const;

const violates = (error: unknown, sqlState: string, constraintName: string): boolean =>
  error instanceof DatabaseError && error.code === sqlState && error.constraint === constraintName;

/** Whether a statement failed because a row with this key exists already; the constraint says which key. */
export const isUniqueViolation = (error: unknown, constraintName: string): boolean =>
  violates(error, sqlStates.uniqueViolation, constraintName);

/** Whether a statement failed because the row that it refers to does not exist (or is still referred to). */
export const isForeignKeyViolation = (error: unknown, constraintName: string): boolean =>
  violates(error, sqlStates.foreignKeyViolation, constraintName);

export const isCheckViolation = (error: unknown, constraintName: string): boolean =>
  violates(error, sqlStates.checkViolation, constraintName);

/** Whether the database understood the values and will never take them (SQL classes 22 and 23), so that trying again is of no use. */
export const isRefusedData = (error: unknown): boolean =>
  error instanceof DatabaseError && /^2[23]/.test(error.code ?? "");

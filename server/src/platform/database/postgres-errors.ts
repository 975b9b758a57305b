import { DatabaseError } from "pg";

const uniqueViolation = "23505";

/** Whether a statement failed because a row with this key exists already; the constraint says which key. */
export const isUniqueViolation = (error: unknown, constraintName: string): boolean =>
  error instanceof DatabaseError && error.code === uniqueViolation && error.constraint === constraintName;

/** Whether the database understood the values and will never take them (SQL classes 22 and 23), so that trying again is of no use. */
export const isRefusedData = (error: unknown): boolean =>
  error instanceof DatabaseError && /^2[23]/.test(error.code ?? "");

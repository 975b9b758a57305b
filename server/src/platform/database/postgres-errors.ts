import { DatabaseError } from "pg";

const uniqueViolation = "23505";

/** Whether a statement failed because a row with this key exists already; the constraint says which key. */
export const isUniqueViolation = (error: unknown, constraintName: string): boolean =>
  error instanceof DatabaseError && error.code === uniqueViolation && error.constraint === constraintName;

/** The server is shutting down, starting, full, or closed to this database; its sockets say the rest. */
const unreachable = /^(?:08|57P|53)|^(?:ECONN|ETIMEDOUT|ENOENT|EPIPE|EHOSTUNREACH|ENOTFOUND)|^55000$/;

/** Whether the database could not be asked at all, so that trying again later is of use. */
export function isDatabaseUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.every(isDatabaseUnreachable);
  // The driver's own words for a connection that broke or did not come about carry no code.
  if (/^Connection terminated|timeout exceeded when trying to connect/.test(error.message)) return true;
  const isOfConnection = error instanceof DatabaseError || ("syscall" in error && error.syscall === "connect");
  return isOfConnection && "code" in error && typeof error.code === "string" && unreachable.test(error.code);
}

/** Whether the database understood the values and will never take them (SQL classes 22 and 23), so that trying again is of no use. */
export const isRefusedData = (error: unknown): boolean =>
  error instanceof DatabaseError && /^2[23]/.test(error.code ?? "");

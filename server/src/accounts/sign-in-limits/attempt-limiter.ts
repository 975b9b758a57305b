import { createHash } from "node:crypto";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "../../platform/database/database.ts";
import { createLimiterClient, signInAttemptsTable } from "./sign-in-attempts.store.ts";

/** Counters carry no address that somebody could read in them. */
export const keyOf = (...parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("base64url");

/** The wait when the limiter refused; any other rejection is a failure of the store and is thrown on. */
export function waitMsOf(rejection: unknown): number {
  if (rejection instanceof RateLimiterRes) return rejection.msBeforeNext;
  throw rejection;
}

/** Counts in the shared store; every step is one atomic statement, so parallel attempts in many processes count as well. */
export const createAttemptLimiter = (
  database: Database,
  limits: { keyPrefix: string; points: number; duration: number },
): RateLimiterPostgres =>
  new RateLimiterPostgres({
    ...limits,
    storeClient: createLimiterClient(database),
    storeType: "client",
    tableName: signInAttemptsTable,
    tableCreated: true,
    clearExpiredByTimeout: false,
  });

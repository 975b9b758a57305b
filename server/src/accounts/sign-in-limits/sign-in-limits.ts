import { createHash } from "node:crypto";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "../../platform/database/database.ts";
import { tooManyRegistrations, tooManySignIns } from "../accounts.errors.ts";
import { createLimiterClient, signInAttemptsTable } from "./sign-in-attempts.store.ts";

interface SignInAttempt {
  email: string;
  /** Of the client, as `networkOf` gives it. */
  network: string;
  /** The person signed in from this network before, so a stranger's failures are not held against this attempt. */
  isKnownNetwork: boolean;
}

export interface SignInLimits {
  /** Counts an attempt as failed before its password is looked at, or throws a 429 when it comes too soon. */
  admit(attempt: SignInAttempt): Promise<void>;
  /** The attempt succeeded: it counts for nothing and the account's failures are forgotten. */
  forgive(attempt: SignInAttempt): Promise<void>;
  admitRegistration(network: string): Promise<void>;
}

interface SignInLimitsOptions {
  database: Database;
  config: {
    signInFreeFailures: number;
    signInMaxDelaySeconds: number;
    signInFailuresPerAddress: number;
    registrationsPerAddress: number;
  };
}

const daySeconds = 86_400;
const addressWindowSeconds = 900;
const registrationWindowSeconds = 3600;

/** Waits double from one second on. The exponent is bounded so that the power stays a small integer. */
const delaySeconds = (failuresBeyondFree: number, maxSeconds: number): number =>
  Math.min(2 ** Math.min(failuresBeyondFree, 30), maxSeconds);

/** Counters carry no address that somebody could read in them. */
const keyOf = (...parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("base64url");

const accountKey = ({ email, network, isKnownNetwork }: SignInAttempt): string =>
  isKnownNetwork ? keyOf(email, network) : keyOf(email);

/** The wait when the limiter refused; any other rejection is a failure of the store and is thrown on. */
function waitMsOf(rejection: unknown): number {
  if (rejection instanceof RateLimiterRes) return rejection.msBeforeNext;
  throw rejection;
}

/**
 * Two brakes on guessing. Per account: a few failures are free, then each attempt must come twice as long after the one
 * before; there is always a next moment, so nobody can lock an account. Per address: failures in a window.
 * Every step is one atomic statement in the shared store, so parallel attempts in many processes count as well.
 */
export function createSignInLimits({ database, config }: SignInLimitsOptions): SignInLimits {
  const { signInFreeFailures: freeFailures, signInMaxDelaySeconds: maxDelaySeconds } = config;
  const createLimiter = (limits: { keyPrefix: string; points: number; duration: number }) =>
    new RateLimiterPostgres({
      ...limits,
      storeClient: createLimiterClient(database),
      storeType: "client",
      tableName: signInAttemptsTable,
      tableCreated: true,
      clearExpiredByTimeout: false,
    });
  const failures = createLimiter({ keyPrefix: "failures", points: freeFailures, duration: daySeconds });
  // One attempt passes per window; the window is as long as the wait after it.
  const turns = createLimiter({ keyPrefix: "turn", points: 1, duration: maxDelaySeconds });
  const addresses = createLimiter({
    keyPrefix: "address",
    points: config.signInFailuresPerAddress,
    duration: addressWindowSeconds,
  });
  const registrations = createLimiter({
    keyPrefix: "registration",
    points: config.registrationsPerAddress,
    duration: registrationWindowSeconds,
  });

  async function takeTurn(key: string, failureCount: number): Promise<void> {
    try {
      await turns.consume(key, 1, { customDuration: delaySeconds(failureCount - freeFailures - 1, maxDelaySeconds) });
    } catch (rejection) {
      const waitMs = waitMsOf(rejection);
      // It was not tried, so it does not make the next wait longer: otherwise anybody could lengthen it at will.
      await failures.reward(key);
      throw tooManySignIns(waitMs);
    }
  }

  async function admitToAccount(key: string): Promise<void> {
    try {
      await failures.consume(key);
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection;
      await takeTurn(key, rejection.consumedPoints);
    }
  }

  return {
    async admit(attempt) {
      const addressKey = keyOf(attempt.network);
      await addresses.consume(addressKey).catch((rejection: unknown) => {
        throw tooManySignIns(waitMsOf(rejection));
      });
      await admitToAccount(accountKey(attempt));
    },
    async forgive(attempt) {
      const key = accountKey(attempt);
      await Promise.all([failures.delete(key), turns.delete(key), addresses.reward(keyOf(attempt.network))]);
    },
    async admitRegistration(network) {
      await registrations.consume(keyOf(network)).catch((rejection: unknown) => {
        throw tooManyRegistrations(waitMsOf(rejection));
      });
    },
  };
}

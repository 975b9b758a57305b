import { RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "../../platform/database/database.ts";
import { AppError } from "../../platform/errors.ts";
import { tooManyRegistrations, tooManySignIns } from "../accounts.errors.ts";
import { createAttemptLimiter, keyOf, waitMsOf } from "./attempt-limiter.ts";

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
  /** Somebody proved in another way whose account it is, such as by a mailed link: its failures are forgotten. */
  forgiveAccount(account: { email: string; network: string }): Promise<void>;
  /** Counts a try at another secret than a password as failed, or throws a 429: by the network alone. */
  admitFromNetwork(network: string): Promise<void>;
  /** The try from this network succeeded and counts for nothing. */
  forgiveNetwork(network: string): Promise<void>;
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

const accountKey = ({ email, network, isKnownNetwork }: SignInAttempt): string =>
  isKnownNetwork ? keyOf(email, network) : keyOf(email);

/**
 * Two brakes on guessing. Per account: a few failures are free, then each attempt must come twice as long after the one
 * before; there is always a next moment, so nobody can lock an account. Per address: failures in a window, which never
 * stop a person who signed in from there before.
 * Every step is one atomic statement in the shared store, so parallel attempts in many processes count as well.
 */
export function createSignInLimits({ database, config }: SignInLimitsOptions): SignInLimits {
  const { signInFreeFailures: freeFailures, signInMaxDelaySeconds: maxDelaySeconds } = config;
  const createLimiter = (limits: Parameters<typeof createAttemptLimiter>[1]) => createAttemptLimiter(database, limits);
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

  async function admitFromNetwork(network: string): Promise<void> {
    await addresses.consume(keyOf(network)).catch((rejection: unknown) => {
      throw tooManySignIns(waitMsOf(rejection));
    });
  }

  return {
    admitFromNetwork,
    async forgiveNetwork(network) {
      await addresses.reward(keyOf(network));
    },
    async admit(attempt) {
      try {
        await admitFromNetwork(attempt.network);
      } catch (refusal) {
        // Whoever fills the count of a network that many share must not lock its people out of their accounts.
        if (!(attempt.isKnownNetwork && refusal instanceof AppError)) throw refusal;
      }
      await admitToAccount(accountKey(attempt));
    },
    async forgive(attempt) {
      const key = accountKey(attempt);
      await Promise.all([failures.delete(key), turns.delete(key), addresses.reward(keyOf(attempt.network))]);
    },
    async forgiveAccount({ email, network }) {
      const keys = [keyOf(email), keyOf(email, network)];
      await Promise.all(keys.flatMap((key) => [failures.delete(key), turns.delete(key)]));
    },
    async admitRegistration(network) {
      await registrations.consume(keyOf(network)).catch((rejection: unknown) => {
        throw tooManyRegistrations(waitMsOf(rejection));
      });
    },
  };
}

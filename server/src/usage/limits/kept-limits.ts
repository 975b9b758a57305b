import { defaultLeaseMs } from "@llm-tuner/gateway/admit/limiter.ts";
import { createMemoryLimiter } from "@llm-tuner/gateway/admit/memory-limiter.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { TierOf } from "../budgets/bounds.ts";
import { limitsStore } from "./limits.store.ts";
import { createPostgresLimiter } from "./postgres-limiter.ts";
import { createRecentOutputs } from "./recent-outputs.ts";
import { createTierLimits, type TierLimits } from "./tier-limits.ts";

export interface KeptLimits {
  limits: TierLimits;
  start(): void;
  /** Waits for a round that is under way. */
  stop(): Promise<void>;
}

interface KeptLimitsDependencies {
  driver: "memory" | "postgres";
  database: Database;
  tierOf: TierOf;
  /** Of an account whose tier has no limit of its own. */
  requestsPerMinute: number;
  clock: Clock;
  log: Log;
  /** How long a place outlives its process. */
  leaseMs?: number;
}

/** The limits of tiers in the memory of this process or in the database, and what has to be done for them meanwhile. */
export function createKeptLimits(dependencies: KeptLimitsDependencies): KeptLimits {
  const { driver, database, tierOf, requestsPerMinute, clock, log, leaseMs = defaultLeaseMs } = dependencies;
  const shared = driver === "postgres" ? createPostgresLimiter({ database, store: limitsStore, leaseMs }) : undefined;
  const limiter = shared ?? createMemoryLimiter({ clock, leaseMs });
  const limits = createTierLimits({ limiter, tierOf, outputs: createRecentOutputs(), requestsPerMinute, clock, log });
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();

  async function keep(): Promise<void> {
    try {
      await limits.extend();
      await shared?.tidy();
    } catch (error) {
      log.error({ error }, "the leases of running requests could not be extended");
    }
  }

  return {
    limits,
    start() {
      // Two may fail before a lease ends.
      timer = setInterval(() => {
        round = round.then(keep);
      }, leaseMs / 3);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await round;
    },
  };
}

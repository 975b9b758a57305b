import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { networkOf } from "../../platform/http/network.ts";
import { tooManyAnonymousJobs } from "../documents.errors.ts";

/** Counts jobs without an account by network address, in this process's memory: nobody's address is written down. */
export interface AnonymousLimit {
  /** Throws a 429 when there were too many within an hour. */
  take(address: string): Promise<void>;
}

export function createAnonymousLimit(jobsPerHour: number): AnonymousLimit {
  const limiter = new RateLimiterMemory({ points: jobsPerHour, duration: 3600, keyPrefix: "anonymous-documents" });
  return {
    async take(address) {
      try {
        await limiter.consume(networkOf(address));
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        throw tooManyAnonymousJobs(jobsPerHour, Math.max(1, Math.ceil(error.msBeforeNext / 1000)));
      }
    },
  };
}

import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { RateClass } from "@llm-tuner/contract/endpoint.ts";
import type { SettingsOf } from "../config/setting.ts";
import type { httpSettings } from "./http.config.ts";
import { rateLimited } from "./http.errors.ts";

export interface RateLimits {
  /** Takes one call from the key's bucket of the class; throws a 429 when it is empty. */
  take(rateClass: RateClass, key: string): Promise<void>;
  /** Calls a minute of a class. */
  limitOf(rateClass: RateClass): number;
  /** Throws a 429 when this address has presented too many wrong credentials. */
  refuseGuessing(address: string): Promise<void>;
  countWrongCredentials(address: string): Promise<void>;
}

const windowSeconds = 60;

const secondsUntil = ({ msBeforeNext }: RateLimiterRes): number => Math.max(1, Math.ceil(msBeforeNext / 1000));

/** Fixed windows of a minute in this process's memory: they protect the machine; budgets and quotas are kept in the database. */
export function createRateLimits(config: SettingsOf<typeof httpSettings>): RateLimits {
  const limits: Record<RateClass, number> = {
    auth: config.authPerMinute,
    read: config.readPerMinute,
    write: config.writePerMinute,
    upload: config.uploadPerMinute,
    spend: config.spendPerMinute,
    probe: config.probePerMinute,
  };
  const limiter = (points: number, keyPrefix: string) =>
    new RateLimiterMemory({ points, duration: windowSeconds, keyPrefix });
  const limiters = {
    auth: limiter(limits.auth, "auth"),
    read: limiter(limits.read, "read"),
    write: limiter(limits.write, "write"),
    upload: limiter(limits.upload, "upload"),
    spend: limiter(limits.spend, "spend"),
    probe: limiter(limits.probe, "probe"),
  };
  const wrongCredentials = limiter(limits.auth, "wrong");
  return {
    async take(rateClass, key) {
      try {
        await limiters[rateClass].consume(key);
      } catch (error) {
        if (error instanceof RateLimiterRes)
          throw rateLimited(`${limits[rateClass]} a minute (${rateClass})`, secondsUntil(error));
        throw error;
      }
    },
    limitOf: (rateClass) => limits[rateClass],
    async refuseGuessing(address) {
      const counted = await wrongCredentials.get(address);
      if (counted !== null && counted.consumedPoints >= limits.auth) {
        throw rateLimited(`${limits.auth} wrong credentials a minute`, secondsUntil(counted));
      }
    },
    async countWrongCredentials(address) {
      await wrongCredentials.penalty(address);
    },
  };
}

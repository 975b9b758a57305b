import { rateLimited } from "../../platform/http/http.errors.ts";
import type { Caller } from "../../platform/http/caller.ts";
import type { RateLimits } from "../../platform/http/rate-limits.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { userSubject } from "../budgets/bounds.ts";
import type { KnownTiers } from "../tiers/known-tiers.ts";
import { createBuckets } from "./buckets.ts";

interface CallLimitDependencies {
  tiers: Pick<KnownTiers, "ensure" | "tierOf">;
  rateLimits: Pick<RateLimits, "take">;
  clock: Clock;
}

/** Room for lists of models and for mistakes besides the answers that a tier allows. */
const callsFor = (requestsPerMinute: number): number => 2 * requestsPerMinute + 60;

/**
 * Counts a call to the gateway before its body is read. The fixed limit of the settings holds where the account's tier
 * has none; otherwise the tier's own is kept when an answer is asked for, and here only what is far beyond it is refused.
 */
export function createCallLimit({ tiers, rateLimits, clock }: CallLimitDependencies) {
  const buckets = createBuckets(clock);
  return async ({ userId, tier }: Pick<Caller, "userId" | "tier">): Promise<void> => {
    await tiers.ensure();
    const { requests_per_minute } = tiers.tierOf(tier);
    if (requests_per_minute === null) return rateLimits.take("spend", userId);
    const calls = callsFor(requests_per_minute);
    const { waitMs } = buckets.look(userSubject(userId), calls, 1);
    if (waitMs > 0) throw rateLimited(`${calls} calls a minute (tier ${tier})`, Math.ceil(waitMs / 1000));
    buckets.take(userSubject(userId), calls, 1);
  };
}

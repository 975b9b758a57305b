import { type Awaitable, goOnWith } from "@llm-tuner/gateway/awaitable.ts";
import { takeAll } from "@llm-tuner/gateway/admit/limit-book.ts";
import { createMemoryLevels } from "@llm-tuner/gateway/admit/memory-levels.ts";
import { rateLimited } from "../../platform/http/http.errors.ts";
import type { Caller } from "../../platform/http/caller.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { userSubject } from "../budgets/bounds.ts";
import type { KnownTiers } from "../tiers/known-tiers.ts";

interface CallLimitDependencies {
  tiers: Pick<KnownTiers, "ensure" | "tierOf">;
  /** Where a tier has no limit of its own. */
  requestsPerMinute: number;
  clock: Clock;
}

/** Room for lists of models and for mistakes besides the answers that a tier allows. */
const callsFor = (requestsPerMinute: number): number => 2 * requestsPerMinute + 60;

/**
 * Counts a call to the gateway before its body is read, in this process. The limit itself is kept when an answer is asked
 * for; here only what is far beyond it is refused.
 */
export function createCallLimit({ tiers, requestsPerMinute, clock }: CallLimitDependencies) {
  // A call that was counted is never given back, so the levels are enough: no limiter has to remember the call.
  const levels = createMemoryLevels();
  function count({ userId, tier }: Pick<Caller, "userId" | "tier">): void {
    const limit = callsFor(tiers.tierOf(tier).requests_per_minute ?? requestsPerMinute);
    const demand = { kind: "requests", subject: userSubject(userId), model: null, limit, amount: 1 } as const;
    const { decision } = takeAll(levels, [demand], clock.now().getTime());
    if (!decision.granted) {
      throw rateLimited(`${limit} calls a minute (tier ${tier})`, Math.ceil((decision.refusedBy.waitMs ?? 0) / 1000));
    }
  }

  return (caller: Pick<Caller, "userId" | "tier">): Awaitable<void> => goOnWith(tiers.ensure(), () => count(caller));
}

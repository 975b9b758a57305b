import { type Awaitable, goOnWith } from "@llm-tuner/gateway/awaitable.ts";
import type { Demand, Limiter, RateDemand } from "@llm-tuner/gateway/admit/limiter.ts";
import { limitHeaders } from "@llm-tuner/gateway/admit/limit-headers.ts";
import type { Reservation, ReservationRequest, SettlementRequest } from "@llm-tuner/gateway/ports.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { type LimitScope, scopesOf, type TierOf, userSubject } from "../budgets/bounds.ts";
import { largerThanLimit, limitReached } from "./limits.errors.ts";
import type { OutputsOf, RecentOutputs } from "./recent-outputs.ts";

export interface TierLimits {
  /**
   * Takes a request from every limit of its caller's tiers, or from none: throws a 429 that says which one is reached.
   * Gives the limits as they are then, and the headers of the answer.
   */
  take(request: LimitedRequest): Awaitable<Taken>;
  /**
   * The request is over: its place is free, and of its tokens only those used stay taken. Never rejects: where limits
   * cannot be reached, the lease ends by itself.
   */
  settle(request: EndedRequest, used: UsedTokens): Awaitable<void>;
  /** Nothing was asked of a provider: everything is given back. Never rejects either. */
  giveBack(requestId: string): Awaitable<void>;
  /** Keeps the places of the requests that run in this process; what was not settled for two hours runs no more. */
  extend(): Promise<void>;
}

type Taken = Pick<Reservation, "limits" | "headers">;

export type LimitedRequest = Pick<
  ReservationRequest,
  "requestId" | "caller" | "model" | "estimatedInputTokens" | "maxOutputTokens" | "modelMaxOutputTokens"
>;
type EndedRequest = Pick<SettlementRequest, "requestId" | "caller" | "model" | "outcome">;

interface UsedTokens {
  inputTokens: number;
  outputTokens: number;
}

interface TierLimitsDependencies {
  limiter: Limiter;
  tierOf: TierOf;
  outputs: RecentOutputs;
  /** Of an account whose tier has no limit of its own. */
  requestsPerMinute: number;
  clock: Clock;
  log: Log;
}

/** As long as a hold waits for its settlement: whoever was to report back, such as a satellite, is gone. */
const longestMs = 7_200_000;

const outputsOf = ({ caller, model }: Pick<LimitedRequest, "caller" | "model">): OutputsOf => ({
  who: caller.keyId ?? caller.accountId,
  model,
});

const rateOf = (
  { subject, model }: LimitScope,
  kind: RateDemand["kind"],
  { limit, amount }: { limit: number | null; amount: number },
): Demand[] => (limit === null ? [] : [{ kind, subject, model, limit, amount }]);

interface WantedTokens {
  input: number;
  /** Null when the caller set no bound. */
  mostOutput: number | null;
  usualOutput: number;
}

/** An answer without a bound counts as usual, or as what is left of a limit that is smaller than that. */
const tokensOf = ({ input, mostOutput, usualOutput }: WantedTokens, perMinute: number): number =>
  mostOutput === null ? Math.max(input, Math.min(input + usualOutput, perMinute)) : input + mostOutput;

const demandsOf = (scope: LimitScope, wanted: WantedTokens, requestsOfAll: number | null): Demand[] => {
  const { subject, model, limits } = scope;
  const { tokens_per_minute, concurrent_requests } = limits;
  const requests_per_minute = limits.requests_per_minute ?? requestsOfAll;
  const tokens = tokens_per_minute === null ? 0 : tokensOf(wanted, tokens_per_minute);
  return [
    ...rateOf(scope, "requests", { limit: requests_per_minute, amount: 1 }),
    ...rateOf(scope, "tokens", { limit: tokens_per_minute, amount: tokens }),
    ...(concurrent_requests === null
      ? []
      : [{ kind: "concurrent", subject, model, limit: concurrent_requests, amount: 1 } as const]),
  ];
};

/**
 * Requests and tokens a minute and answers at once, by tier and by model. What a request is counted for is decided when
 * it begins: a limit that is set later does not know of it.
 */
export function createTierLimits({
  limiter,
  tierOf,
  outputs,
  requestsPerMinute,
  clock,
  log,
}: TierLimitsDependencies): TierLimits {
  /** When each began, in Unix milliseconds; the oldest come first. */
  const running = new Map<string, number>();

  /** Nobody waits longer for an answer because limits cannot be reached. */
  function end(requestId: string, work: () => Awaitable<void>): Awaitable<void> {
    const leave = (error: unknown): void =>
      log.warn({ error, requestId }, "what a request took from its limits is given back when its lease ends");
    // What is not among them may have begun in another process.
    running.delete(requestId);
    try {
      const ended = work();
      return ended instanceof Promise ? ended.catch(leave) : ended;
    } catch (error) {
      return leave(error);
    }
  }

  return {
    take(request) {
      const { requestId, caller, model } = request;
      const scopes = scopesOf(caller, model, tierOf);
      const wanted = {
        input: request.estimatedInputTokens,
        mostOutput: request.maxOutputTokens,
        // Looked up only where it counts: it sorts what it knows.
        usualOutput:
          request.maxOutputTokens === null ? outputs.usual(outputsOf(request), request.modelMaxOutputTokens) : 0,
      };
      const account = userSubject(caller.accountId);
      const demands = scopes.flatMap((scope) =>
        demandsOf(scope, wanted, scope.subject === account && scope.model === null ? requestsPerMinute : null),
      );
      if (demands.length === 0) return {};
      return goOnWith(limiter.reserve(requestId, demands), (decision) => {
        const { states } = decision;
        if (decision.granted) {
          running.set(requestId, clock.now().getTime());
          return { limits: states, headers: limitHeaders(states) };
        }
        const { refusedBy } = decision;
        const tier = scopes.find(({ subject }) => subject === refusedBy.subject)?.tierName ?? caller.tier;
        throw refusedBy.waitMs === null
          ? largerThanLimit(refusedBy, { tier, states })
          : limitReached(refusedBy, { tier, states, waitMs: refusedBy.waitMs });
      });
    },
    settle(request, { inputTokens, outputTokens }) {
      const { requestId, outcome } = request;
      // What broke off says nothing of how long answers are.
      if (outcome === "completed") outputs.note(outputsOf(request), outputTokens);
      return end(requestId, () => limiter.settle(requestId, { tokens: inputTokens + outputTokens, nanoUsd: 0 }));
    },
    giveBack: (requestId) => end(requestId, () => limiter.release(requestId)),
    async extend() {
      const before = clock.now().getTime() - longestMs;
      for (const [requestId, beganMs] of running) {
        if (beganMs > before) break;
        running.delete(requestId);
      }
      return limiter.extend([...running.keys()]);
    },
  };
}

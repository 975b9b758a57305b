import type { GatewayCaller } from "@llm-tuner/gateway/ports.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { type TierOf, tiersOf } from "../budgets/bounds.ts";
import type { TierRow } from "../tiers/tiers.store.ts";
import { createBuckets } from "./buckets.ts";
import { type LimitState, limitHeaders } from "./limit-headers.ts";
import { limitReached, largerThanLimit } from "./limits.errors.ts";

export interface TierLimits {
  /**
   * Takes a request from every limit of its caller's tiers, or from none: throws a 429 that says which one is reached.
   * Gives the headers of the answer.
   */
  take(request: LimitedRequest): Record<string, string>;
  /** The request is over, or did not begin: its place is free, and of its tokens only those used stay taken. */
  giveBack(requestId: string, usedTokens: number): void;
}

export interface LimitedRequest {
  requestId: string;
  caller: GatewayCaller;
  inputTokens: number;
  /** Null when the caller set no bound. */
  maxOutputTokens: number | null;
  /** Counted for an answer whose length the caller does not bound. */
  usualOutputTokens: number;
}

interface Scope {
  subject: string;
  tier: TierRow;
}

interface Taken {
  /** Under which the request has one of so many places. */
  places: readonly string[];
  tokens: readonly { key: string; perMinute: number; amount: number }[];
}

const requestsKey = ({ subject }: Scope): string => `requests ${subject}`;
const tokensKey = ({ subject }: Scope): string => `tokens ${subject}`;

/**
 * Requests and tokens a minute and answers at once, by tier. They are counted in this process: where several processes
 * answer, each allows as much. Taking is synchronous, so nothing comes between a look and its taking.
 */
export function createTierLimits({ clock, tierOf }: { clock: Clock; tierOf: TierOf }): TierLimits {
  const buckets = createBuckets(clock);
  const inProgress = new Map<string, number>();
  const taken = new Map<string, Taken>();

  const addPlace = (subject: string, change: number): void => {
    const count = (inProgress.get(subject) ?? 0) + change;
    if (count > 0) inProgress.set(subject, count);
    else inProgress.delete(subject);
  };

  /** An answer without a bound counts as usual, or as what is left of a limit that is smaller than that. */
  const tokensOf = (request: LimitedRequest, perMinute: number): number =>
    request.maxOutputTokens === null
      ? Math.max(request.inputTokens, Math.min(request.inputTokens + request.usualOutputTokens, perMinute))
      : request.inputTokens + request.maxOutputTokens;

  function statesOf(scope: Scope, request: LimitedRequest): LimitState[] {
    const { requests_per_minute, tokens_per_minute, concurrent_requests } = scope.tier;
    const states: LimitState[] = [];
    if (requests_per_minute !== null) {
      const level = buckets.look(requestsKey(scope), requests_per_minute, 1);
      states.push({ ...scope, kind: "requests", limit: requests_per_minute, wanted: 1, ...level });
    }
    if (tokens_per_minute !== null) {
      const wanted = tokensOf(request, tokens_per_minute);
      const level = buckets.look(tokensKey(scope), tokens_per_minute, wanted);
      states.push({ ...scope, kind: "tokens", limit: tokens_per_minute, wanted, ...level });
    }
    if (concurrent_requests !== null) {
      const remaining = concurrent_requests - (inProgress.get(scope.subject) ?? 0);
      // Nobody knows when an answer ends.
      const waitMs = remaining > 0 ? 0 : 1000;
      states.push({
        ...scope,
        kind: "concurrent",
        limit: concurrent_requests,
        wanted: 1,
        remaining,
        resetMs: 0,
        waitMs,
      });
    }
    return states;
  }

  return {
    take(request) {
      const { requestId, caller } = request;
      const scopes = tiersOf(caller, tierOf);
      if (taken.has(requestId)) return {};
      const states = scopes.flatMap((scope) => statesOf(scope, request));
      const tooLarge = states.find(({ wanted, limit }) => wanted > limit);
      if (tooLarge !== undefined) throw largerThanLimit(tooLarge, limitHeaders(states));
      const reached = states.filter(({ waitMs }) => waitMs > 0).toSorted((a, b) => b.waitMs - a.waitMs)[0];
      if (reached !== undefined) throw limitReached(reached, limitHeaders(states));
      const tokens: Taken["tokens"][number][] = [];
      for (const { kind, subject, tier, limit, wanted } of states) {
        const scope = { subject, tier };
        if (kind === "requests") buckets.take(requestsKey(scope), limit, 1);
        if (kind !== "tokens") continue;
        buckets.take(tokensKey(scope), limit, wanted);
        tokens.push({ key: tokensKey(scope), perMinute: limit, amount: wanted });
      }
      // A place is counted without a limit too, so that a limit that is set later knows who is inside.
      const places = scopes.map(({ subject }) => subject);
      for (const subject of places) addPlace(subject, 1);
      taken.set(requestId, { places, tokens });
      return limitHeaders(scopes.flatMap((scope) => statesOf(scope, request)));
    },
    giveBack(requestId, usedTokens) {
      const was = taken.get(requestId);
      if (was === undefined) return;
      taken.delete(requestId);
      for (const subject of was.places) addPlace(subject, -1);
      for (const { key, perMinute, amount } of was.tokens) buckets.take(key, perMinute, usedTokens - amount);
    },
  };
}

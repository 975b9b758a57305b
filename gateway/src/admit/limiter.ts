import type { Awaitable } from "../awaitable.ts";

/**
 * What may be used up, and by whom. A request asks for all that it needs at once and gets all of it or nothing; at its
 * end it settles what it used, or releases everything when nothing was asked of a provider.
 */

/** A limit, and how much of it a request needs. All amounts are whole numbers. */
interface DemandOf {
  /** Whose limit, such as `user:user_4Yt…` or `key:key_4Yt…`; the same subject is the same limit, whoever calls. */
  subject: string;
  /** Pattern of the models that count against it, as `isModelAllowed` reads it; null for all of them. */
  model: string | null;
  amount: number;
}

/** `requests` and `tokens`: at most `limit` a minute, flowing in continuously. The limit is at least 1. */
export interface RateDemand extends DemandOf {
  kind: "requests" | "tokens";
  limit: number;
}

/** `concurrent`: one of `limit` places, kept until the request is over or its lease ends. */
export interface PlaceDemand extends DemandOf {
  kind: "concurrent";
  limit: number;
}

export type MoneyPeriod = "day" | "month" | "total";

/** `money`: integer nano-USD in a calendar day or month (UTC) or in all. What costs nothing always fits. */
export interface MoneyDemand extends DemandOf {
  kind: "money";
  period: MoneyPeriod;
  limit: number;
}

export type Demand = RateDemand | PlaceDemand | MoneyDemand;

/** A limit as one request finds it. */
export type LimitState = Demand & {
  /** What may be taken now; below zero after more was used than had been asked for, or after the limit was lowered. */
  remaining: number;
  /** Milliseconds until nothing of the limit is used; null where that does not come by itself. */
  resetMs: number | null;
  /** Milliseconds until `amount` may be had, 0 when it may be had now; null when waiting does not help. */
  waitMs: number | null;
};

export type LimitDecision =
  /** The limits after the request took from them. */
  | { granted: true; states: readonly LimitState[] }
  /** `refusedBy` is the one that decides: where waiting does not help, otherwise the longest wait. Nothing was taken. */
  | { granted: false; refusedBy: LimitState; states: readonly LimitState[] };

/** What a request used. */
export interface UsedAmounts {
  /** In and out, cached ones included. */
  tokens: number;
  /** Integer nano-USD. */
  nanoUsd: number;
}

/**
 * Keeps limits. Every call is idempotent by request id, also when it comes again after the end of the request, for at
 * least ten minutes. A limit may change from one request to the next: what was used stays used.
 */
export interface Limiter {
  /** Takes everything or nothing. A request that has been granted before is granted again and takes no more. */
  reserve(requestId: string, demands: readonly Demand[]): Awaitable<LimitDecision>;
  /**
   * The request is over: its places are free, and of tokens and money what it used counts instead of what was reserved.
   * Using more makes a debt; one of tokens is forgiven beyond a second limit, so that no answer locks anybody out for
   * longer than two minutes. Money counts in the period in which it was reserved. Unknown requests change nothing.
   */
  settle(requestId: string, used: UsedAmounts): Awaitable<void>;
  /** Nothing was asked of a provider: everything is given back, the request itself too. */
  release(requestId: string): Awaitable<void>;
  /**
   * Requests that still run: their leases begin anew. A request whose lease ends is given up: its places are free, and
   * what money it held is not held any longer. What it used counts nevertheless when it is settled after all.
   */
  extend(requestIds: readonly string[]): Promise<void>;
}

/** How long a request keeps its places without being extended. */
export const defaultLeaseMs = 60_000;
/** How long the end of a request is remembered, so that a repetition changes nothing. */
export const rememberEndMs = 600_000;

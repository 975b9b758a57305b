import type { Demand, LimitState, UsedAmounts } from "./limiter.ts";

/**
 * The arithmetic of limits, the same for every driver: levels are looked at and changed here, and kept elsewhere. A level
 * remembers what was used and not what is left, so a limit that changes holds at once and nobody begins anew.
 */

export interface Level {
  /** Of a rate in 60 000ths, so that what flows in within a millisecond is a whole number; of money what was spent. */
  used: number;
  /** Places that are taken, or money that running requests hold. */
  held: number;
  /** Unix milliseconds of the last change. */
  atMs: number;
  /** From then on the level says nothing any more, unless something is held; null for ever. */
  keepUntilMs: number | null;
}

/** What a request took from one level. */
export interface Taking {
  name: string;
  kind: Demand["kind"];
  limit: number;
  amount: number;
}

const parts = 60_000;
/** A rate that nobody used for so long is full, debts included. */
const rateKeepMs = 180_000;
/** Money is remembered beyond its period, for requests that are settled after it. */
const moneyKeepMs = 86_400_000;
/** Nobody knows when an answer ends. */
const placeWaitMs = 1000;

/** Unix milliseconds of the period's end; null when it has none. */
const periodEndMs = (period: "day" | "month" | "total", atMs: number): number | null => {
  if (period === "total") return null;
  const at = new Date(atMs);
  return period === "day"
    ? Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 1)
    : Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1);
};

const periodLength = { day: 10, month: 7 } as const;

/** The level's name: of a day such as `money 2026-11-21 user:user_4Yt… gpt-*`. */
export const levelName = (demand: Demand, atMs: number): string => {
  const { kind, subject, model } = demand;
  const whose = model === null ? subject : `${subject} ${model}`;
  if (demand.kind !== "money") return `${kind} ${whose}`;
  const { period } = demand;
  const name = period === "total" ? period : new Date(atMs).toISOString().slice(0, periodLength[period]);
  return `${kind} ${name} ${whose}`;
};

const emptyLevel = (atMs: number): Level => ({ used: 0, held: 0, atMs, keepUntilMs: atMs });

/** A clock that goes backwards counts as one that stands still. */
const later = (level: Level, atMs: number): number => Math.max(level.atMs, atMs);
const usedNow = (level: Level, limit: number, atMs: number): number =>
  Math.max(0, level.used - Math.max(0, atMs - level.atMs) * limit);

/** A demand before its level. */
export const stateOf = (demand: Demand, level: Level | undefined, atMs: number): LimitState => {
  const { used, held } = level ?? emptyLevel(atMs);
  const { limit, amount } = demand;
  const neverFits = amount > limit;
  switch (demand.kind) {
    case "requests":
    case "tokens": {
      const left = level === undefined ? 0 : usedNow(level, limit, atMs);
      const waitMs = Math.max(0, Math.ceil((left + (amount - limit) * parts) / limit));
      return {
        ...demand,
        remaining: Math.floor(limit - left / parts),
        resetMs: Math.ceil(left / limit),
        waitMs: neverFits ? null : waitMs,
      };
    }
    case "concurrent": {
      const waitMs = held + amount > limit ? placeWaitMs : 0;
      return { ...demand, remaining: limit - held, resetMs: null, waitMs: neverFits ? null : waitMs };
    }
    case "money": {
      const remaining = limit - used - held;
      const endMs = periodEndMs(demand.period, atMs);
      const resetMs = endMs === null ? null : endMs - atMs;
      if (amount === 0 || amount <= remaining) return { ...demand, remaining, resetMs, waitMs: 0 };
      return { ...demand, remaining, resetMs, waitMs: neverFits ? null : resetMs };
    }
  }
};

/** The level after the demand was taken from it. */
export const afterTaking = (demand: Demand, level: Level | undefined, atMs: number): Level => {
  const before = level ?? emptyLevel(atMs);
  const { limit, amount } = demand;
  switch (demand.kind) {
    case "requests":
    case "tokens":
      return rateLevel(before, { limit, change: amount }, atMs);
    case "concurrent":
      return { ...before, held: before.held + amount, atMs: later(before, atMs), keepUntilMs: atMs };
    case "money": {
      const endMs = periodEndMs(demand.period, atMs);
      const keepUntilMs = endMs === null ? null : endMs + moneyKeepMs;
      return { ...before, held: before.held + amount, atMs: later(before, atMs), keepUntilMs };
    }
  }
};

const rateLevel = (level: Level, { limit, change }: { limit: number; change: number }, atMs: number): Level => {
  const used = Math.min(2 * limit * parts, usedNow(level, limit, atMs) + change * parts);
  return { used: Math.max(0, used), held: 0, atMs: later(level, atMs), keepUntilMs: atMs + rateKeepMs };
};

/** The level after a request settled what it took, or with null gave it back. */
export const afterEnding = (taking: Taking, level: Level | undefined, end: Ending): Level => {
  const { kind, limit, amount } = taking;
  const { used, atMs } = end;
  const before = level ?? emptyLevel(atMs);
  switch (kind) {
    case "requests":
      return rateLevel(before, { limit, change: used === null ? -amount : 0 }, atMs);
    case "tokens":
      return rateLevel(before, { limit, change: (used?.tokens ?? 0) - amount }, atMs);
    case "concurrent":
      return { ...before, held: Math.max(0, before.held - amount), atMs: later(before, atMs) };
    case "money": {
      const spent = before.used + (used?.nanoUsd ?? 0);
      return { ...before, used: spent, held: Math.max(0, before.held - amount), atMs: later(before, atMs) };
    }
  }
};

export interface Ending {
  /** Null when nothing was asked of a provider. */
  used: UsedAmounts | null;
  atMs: number;
}

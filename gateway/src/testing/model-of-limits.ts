import { levelName } from "../admit/limit-levels.ts";
import type { Demand, UsedAmounts } from "../admit/limiter.ts";

/** A sequence of numbers that a seed decides. */
export const randomOf = (seed: number) => {
  let state = seed;
  /** A whole number from 0 to one less than `count`. */
  const upTo = (count: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * count);
  };
  return {
    upTo,
    of<Item>(items: readonly Item[]): Item {
      const item = items[upTo(items.length)];
      if (item === undefined) throw new RangeError("there is nothing to choose from");
      return item;
    },
  };
};

interface Request {
  demands: readonly Demand[];
  untilMs: number;
  /** Places and money are given back when the lease ends. */
  isGivenUp: boolean;
  isOver: boolean;
}

interface Rate {
  /** Tokens, with their fraction. */
  used: bigint;
  atMs: number;
}

const parts = 60_000n;
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/**
 * Limits written down as plainly as possible, to compare a limiter with: rates by exact fractions, everything else by
 * going through all requests that ever were.
 */
export const createModelOfLimits = (leaseMs: number) => {
  let nowMs = 0;
  const all = new Map<string, Request>();
  const rates = new Map<string, Rate>();
  const spent = new Map<string, number>();
  const nameOf = (demand: Demand): string => levelName(demand, 0);
  const isRate = ({ kind }: Demand): boolean => kind === "requests" || kind === "tokens";

  const usedOf = (name: string, limit: number): bigint => {
    const { used, atMs } = rates.get(name) ?? { used: 0n, atMs: nowMs };
    return larger(0n, used - BigInt(nowMs - atMs) * BigInt(limit));
  };
  const changeRate = (demand: Demand, change: number): void => {
    const used = usedOf(nameOf(demand), demand.limit) + BigInt(change) * parts;
    rates.set(nameOf(demand), { used: smaller(larger(0n, used), 2n * BigInt(demand.limit) * parts), atMs: nowMs });
  };
  const heldOf = (name: string): number => {
    let held = 0;
    for (const { demands, isGivenUp, isOver } of all.values()) {
      if (isGivenUp || isOver) continue;
      for (const demand of demands) if (nameOf(demand) === name) held += demand.amount;
    }
    return held;
  };
  const leftOf = (demand: Demand): number => {
    const name = nameOf(demand);
    if (!isRate(demand)) return demand.limit - heldOf(name) - (spent.get(name) ?? 0);
    const left = BigInt(demand.limit) * parts - usedOf(name, demand.limit);
    // Division of a bigint goes towards zero, what is left is rounded down.
    return Number(left >= 0n ? left / parts : -((-left + parts - 1n) / parts));
  };
  const fits = (demand: Demand, left: number): boolean =>
    demand.amount <= left || (demand.kind === "money" && demand.amount === 0);

  return {
    advance(ms: number): void {
      nowMs += ms;
      for (const request of all.values()) if (request.untilMs <= nowMs) request.isGivenUp = true;
    },
    extend(ids: readonly string[]): void {
      for (const id of ids) {
        const request = all.get(id);
        if (request !== undefined && !request.isGivenUp) request.untilMs = nowMs + leaseMs;
      }
    },
    reserve(id: string, demands: readonly Demand[]): { granted: boolean; left: number[] } {
      if (all.has(id)) return { granted: true, left: demands.map((demand) => leftOf(demand)) };
      const before = demands.map((demand) => leftOf(demand));
      const granted = demands.every((demand, index) => fits(demand, before[index] ?? 0));
      if (!granted) return { granted, left: before };
      for (const demand of demands) if (isRate(demand)) changeRate(demand, demand.amount);
      all.set(id, { demands, untilMs: nowMs + leaseMs, isGivenUp: false, isOver: false });
      return { granted, left: demands.map((demand) => leftOf(demand)) };
    },
    end(id: string, used: UsedAmounts | null): void {
      const request = all.get(id);
      if (request === undefined || request.isOver) return;
      request.isOver = true;
      for (const demand of request.demands) {
        const name = nameOf(demand);
        if (demand.kind === "requests" && used === null) changeRate(demand, -demand.amount);
        if (demand.kind === "tokens") changeRate(demand, (used?.tokens ?? 0) - demand.amount);
        if (demand.kind === "money") spent.set(name, (spent.get(name) ?? 0) + (used?.nanoUsd ?? 0));
      }
    },
  };
};

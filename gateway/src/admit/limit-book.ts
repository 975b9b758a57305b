import { afterEnding, afterTaking, type Ending, type Level, levelName, stateOf, type Taking } from "./limit-levels.ts";
import type { Demand, LimitDecision, LimitState } from "./limiter.ts";

/** Levels by name: all of memory, or those that a transaction has locked. */
export interface Levels {
  get(name: string): Level | undefined;
  set(name: string, level: Level): void;
}

const isWhole = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least;

const refuseImpossible = ({ kind, subject, limit, amount }: Demand): void => {
  const least = kind === "requests" || kind === "tokens" ? 1 : 0;
  if (!isWhole(limit, least) || !isWhole(amount, 0)) {
    throw new RangeError(`${kind} of ${subject}: ${amount} of ${limit} cannot be asked for`);
  }
};

/** Where waiting does not help, otherwise the longest wait; undefined when everything fits. */
const decidingOf = (states: readonly LimitState[]): LimitState | undefined => {
  let deciding: LimitState | undefined;
  for (const state of states) {
    if (state.waitMs === null) return state;
    if (state.waitMs > (deciding?.waitMs ?? 0)) deciding = state;
  }
  return deciding;
};

export const lookAt = (levels: Levels, demands: readonly Demand[], atMs: number): LimitState[] =>
  demands.map((demand) => stateOf(demand, levels.get(levelName(demand, atMs)), atMs));

/** Takes all demands from the levels, or none. Throws a `RangeError` for amounts and limits that are no whole numbers. */
export const takeAll = (
  levels: Levels,
  demands: readonly Demand[],
  atMs: number,
): { decision: LimitDecision; takings: Taking[] } => {
  const taken = new Map<string, Level>();
  const before: LimitState[] = [];
  const takings: Taking[] = [];
  for (const demand of demands) {
    refuseImpossible(demand);
    const name = levelName(demand, atMs);
    // Two demands on one level are each other's neighbours.
    const level = taken.get(name) ?? levels.get(name);
    before.push(stateOf(demand, level, atMs));
    taken.set(name, afterTaking(demand, level, atMs));
    takings.push({ name, kind: demand.kind, limit: demand.limit, amount: demand.amount });
  }
  const refusedBy = decidingOf(before);
  if (refusedBy !== undefined) return { decision: { granted: false, refusedBy, states: before }, takings: [] };
  for (const [name, level] of taken) levels.set(name, level);
  const states = demands.map((demand, index) => stateOf(demand, taken.get(takings[index]?.name ?? ""), atMs));
  return { decision: { granted: true, states }, takings };
};

/** Settles what was taken, or with `used` null gives it back. */
export const endAll = (levels: Levels, takings: readonly Taking[], end: Ending): void => {
  for (const taking of takings) levels.set(taking.name, afterEnding(taking, levels.get(taking.name), end));
};

/**
 * Gives up what a request holds whose lease has ended. The result is what is left to settle, should it come after all:
 * money then counts for what was spent, and tokens for what was used.
 */
export const giveUp = (levels: Levels, takings: readonly Taking[], atMs: number): Taking[] => {
  const isHeld = ({ kind }: Taking): boolean => kind === "concurrent" || kind === "money";
  endAll(levels, takings.filter(isHeld), { used: null, atMs });
  return takings
    .filter(({ kind }) => kind !== "concurrent")
    .map((taking) => (taking.kind === "money" ? { ...taking, amount: 0 } : taking));
};

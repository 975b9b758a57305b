import { seededNumbers } from "../fakes/seeded.ts";

/** Numbers and choices that are the same for the same seed. */
export interface Dice {
  /** From 0 to below 1. */
  next(): number;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  /** True so often of a hundred times. */
  percent(share: number): boolean;
  one<Value>(values: readonly Value[]): Value;
  /** By their shares. */
  weighted<Value>(values: readonly (readonly [Value, number])[]): Value;
}

export const diceOf = (seed: string): Dice => {
  const next = seededNumbers(seed);
  const weighted = <Value>(values: readonly (readonly [Value, number])[]): Value => {
    let point = next() * values.reduce((sum, [, share]) => sum + share, 0);
    for (const [value, share] of values) if ((point -= share) < 0) return value;
    const last = values.at(-1);
    if (last === undefined) throw new Error("nothing to choose from");
    return last[0];
  };
  return {
    next,
    weighted,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    percent: (share) => next() * 100 < share,
    one: (values) => weighted(values.map((value) => [value, 1])),
  };
};

/** When the server is killed, counted in calls that have ended: not too close to each other, and never at the very end. */
export const killPlaces = (seed: number, calls: number, kills: number): number[] => {
  const dice = diceOf(`kills ${seed}`);
  const stretch = calls / (kills + 1);
  return Array.from({ length: kills }, (_, at) => Math.round(stretch * (at + 0.6 + dice.next() * 0.8)));
};

const letters = Array.from("abcdefghijklmnopqrstuvwxyz");

/**
 * A text in which a word with its space has four characters. It is a token for the fakes and for those who estimate at
 * four characters a token, so that both can be compared exactly.
 */
export const evenText = (dice: Dice, words: number): string =>
  Array.from({ length: words }, () => Array.from({ length: 3 }, () => dice.one(letters)).join("")).join(" ");

import { seededNumbers } from "./seeded.ts";

/** A vector of length one that is the same for the same text. */
export const vectorOf = (text: string, dimensions: number): number[] => {
  const next = seededNumbers(`vector ${text}`);
  const numbers = Array.from({ length: dimensions }, () => next() - 0.5);
  const length = Math.hypot(...numbers);
  return numbers.map((number) => Math.fround(number / length));
};

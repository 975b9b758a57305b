import { createHash } from "node:crypto";

export const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Numbers from 0 to 1 that are the same for the same seed. */
export const seededNumbers = (seed: string): (() => number) => {
  let state = Number.parseInt(digest(seed).slice(0, 8), 16) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
};

const words =
  "the answer is green grün naïve 日本 small house river café and so on we see that light falls 🌱 early often".split(
    " ",
  );

/** A text of so many words, each one token; some hold characters of several bytes. */
export const seededText = (seed: string, count: number): string => {
  const next = seededNumbers(seed);
  return Array.from({ length: count }, () => words[Math.floor(next() * words.length)]).join(" ");
};

/** An id as providers make them; equal seeds give equal ids. */
export const seededId = (prefix: string, seed: string): string => `${prefix}${digest(seed).slice(0, 24)}`;

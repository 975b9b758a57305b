import { describe, expect, it } from "vitest";
import { inputTokensOf, laterUsage, noUsage, outputTokensOf, usageBuckets } from "./usage.ts";

/** Every bucket holds another power of two, so that a sum tells which buckets are in it. */
const distinct = { ...noUsage };
for (const [index, bucket] of usageBuckets.entries()) distinct[bucket] = 2 ** index;

describe("usage", () => {
  it("names every bucket once", () => {
    expect([...usageBuckets].toSorted()).toEqual(Object.keys(noUsage).toSorted());
  });

  it("sums up what a dialect calls input and output, each bucket in one of them at most", () => {
    expect(inputTokensOf(distinct)).toBe(0b0000_0011_1111);
    expect(outputTokensOf(distinct)).toBe(0b0011_1100_0000);
  });
});

describe("laterUsage", () => {
  const one = { ...noUsage, inputUncached: 5, outputText: 1 };

  it("takes what there is", () => {
    expect(laterUsage(undefined, undefined)).toBeUndefined();
    expect(laterUsage(one, undefined)).toBe(one);
    expect(laterUsage(undefined, one)).toBe(one);
  });

  it("takes the larger report whole and never the sum", () => {
    const grown = { ...noUsage, inputUncached: 2, inputCacheRead: 3, outputText: 3 };
    expect(laterUsage(one, grown)).toBe(grown);
    expect(laterUsage(grown, noUsage)).toBe(grown);
  });

  it("takes the later of two reports of the same size", () => {
    const again = { ...noUsage, inputCacheRead: 5, outputReasoning: 1 };
    expect(laterUsage(one, again)).toBe(again);
  });
});

import { describe, expect, it } from "vitest";
import { fitLine, median, quantile, seededRandom, shuffled } from "./statistics.ts";

describe("quantile", () => {
  it("is the middle one, or lies between the two middle ones, whatever the order", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it("reaches the smallest and the largest number", () => {
    const numbers = Array.from({ length: 101 }, (_, index) => index);
    expect([0, 0.01, 0.5, 0.99, 1].map((share) => quantile(numbers, share))).toEqual([0, 1, 50, 99, 100]);
  });

  it("is no number for no numbers, so that nothing passes for measured", () => {
    expect(median([])).toBeNaN();
  });
});

describe("fitLine", () => {
  it("finds a line without error", () => {
    const { slope, intercept, slopeError } = fitLine([0, 1, 2, 3].map((x) => ({ x, y: 7 - 2 * x })));
    expect(slope).toBeCloseTo(-2, 10);
    expect(intercept).toBeCloseTo(7, 10);
    expect(slopeError).toBeCloseTo(0, 10);
  });

  it("says how uncertain a slope is", () => {
    // Worked by hand: mean 3 and 3, sum of products 8, of squares 10; what is left are 3.6 squares over 3 degrees.
    const line = fitLine([1, 3, 2, 5, 4].map((y, index) => ({ x: index + 1, y })));
    expect(line.slope).toBeCloseTo(0.8, 10);
    expect(line.slopeError).toBeCloseTo(Math.sqrt(3.6 / 3 / 10), 10);
  });

  it("refuses points that make no line", () => {
    expect(() =>
      fitLine([
        { x: 1, y: 1 },
        { x: 2, y: 2 },
      ]),
    ).toThrow("three points");
    expect(() => fitLine([1, 2, 3].map((y) => ({ x: 4, y })))).toThrow("three points");
  });
});

describe("order by a seed", () => {
  it("is repeated by the same seed and changed by another", () => {
    const items = Array.from({ length: 20 }, (_, index) => index);
    const order = (seed: number) => shuffled(items, seededRandom(seed));
    expect(order(7)).toEqual(order(7));
    expect(order(7)).not.toEqual(order(8));
    expect(order(7).toSorted((a, b) => a - b)).toEqual(items);
  });

  it("gives every order about as often", () => {
    const random = seededRandom(1);
    const counts = new Map<string, number>();
    for (let index = 0; index < 6000; index += 1) {
      const order = shuffled(["a", "b", "c"], random).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

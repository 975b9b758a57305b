import { describe, expect, it } from "vitest";
import { longestWaitMs, providerPauseMs, retryPauseMs } from "./back-off.ts";

const least = () => 0;
const most = () => 1 - Number.EPSILON;

describe("the pause before a document is tried again", () => {
  it("is four times as long after each further failure, up to a bound", () => {
    const pauses = [1, 2, 3, 4, 5, 20].map((tries) => retryPauseMs(tries, { retrySeconds: 5 }, least));
    expect(pauses).toEqual([5000, 20_000, 80_000, 320_000, longestWaitMs, longestWaitMs]);
  });

  it("is never shortened by its bound below what the operator set", () => {
    expect(retryPauseMs(1, { retrySeconds: 3600 }, least)).toBe(3_600_000);
    expect(retryPauseMs(9, { retrySeconds: 3600 }, least)).toBe(3_600_000);
  });

  it("is spread, so that what failed together does not come back together", () => {
    expect(retryPauseMs(1, { retrySeconds: 8 }, most)).toBeCloseTo(10_000);
    expect(retryPauseMs(1, { retrySeconds: 0 }, most)).toBe(0);
  });
});

describe("the pause for a busy provider", () => {
  it("grows with each pause in a row, from little to a bound", () => {
    const pauses = Array.from({ length: 10 }, (_, before) => providerPauseMs(before, null, least) / 1000);
    expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(providerPauseMs(5000, null, least)).toBe(300_000);
  });

  it("is never shorter than the provider asks for, within a bound", () => {
    expect(providerPauseMs(0, 45, least)).toBe(45_000);
    expect(providerPauseMs(6, 1, least)).toBe(128_000);
    expect(providerPauseMs(0, 86_400, most)).toBe(longestWaitMs);
    expect(providerPauseMs(0, -5, least)).toBe(2000);
  });

  it("is spread", () => {
    expect(providerPauseMs(0, null, most)).toBeCloseTo(2500);
    expect(providerPauseMs(0, 60, most)).toBeCloseTo(75_000);
  });
});

import { expect, it } from "vitest";
import { memoryTrend } from "./memory-trend.ts";

const mebibyte = 2 ** 20;
/** Ten minutes with a sample every five seconds; `noise` swings up and down around the line. */
const samples = ({ growthMibPerMinute = 0, noiseMib = 0, count = 120 }) =>
  Array.from({ length: count }, (_, index) => ({
    minutes: index / 12,
    bytes: (100 + (index / 12) * growthMibPerMinute + (index % 2 === 0 ? noiseMib : -noiseMib)) * mebibyte,
  }));

it("calls memory flat that swings around one level", () => {
  expect(memoryTrend(samples({ noiseMib: 5 }), 0.05)).toMatchObject({ medianMib: 100, flat: true });
});

it("finds a slow leak under the swings", () => {
  const { flat, growthMibPerHour } = memoryTrend(samples({ noiseMib: 5, growthMibPerMinute: 1 }), 0.05);
  expect(flat).toBe(false);
  expect(growthMibPerHour).toBeGreaterThan(55);
  expect(growthMibPerHour).toBeLessThan(65);
});

it("does not pass what cannot be told: a few samples with large swings", () => {
  expect(memoryTrend(samples({ noiseMib: 30, count: 6 }), 0.05).flat).toBe(false);
});

it("lets memory that is given back pass", () => {
  expect(memoryTrend(samples({ growthMibPerMinute: -2 }), 0.05).flat).toBe(true);
});

import type { UsageCounts } from "@llm-tuner/contract/usage.ts";
import { countsOf } from "@llm-tuner/gateway/meter/usage-counts.ts";
import { type Rates, type UsageBucketName, usageBucketNames } from "@llm-tuner/contract/prices.ts";
import { noUsage } from "@llm-tuner/gateway/meter/usage.ts";
import { describe, expect, it } from "vitest";
import { costLines, costOf, decimalOf, rateTableOf, roundedOf, scaledOf } from "./cost.ts";

const nothing = countsOf(noUsage);
const bill = (rates: Rates, counts: Partial<UsageCounts>) => costOf(rateTableOf(rates), { ...nothing, ...counts });
const tuned: Rates = { input_uncached: "20", output_text: "60" };

/** Numbers that look random and are the same in every run. */
function createNumbers(seed: number) {
  let state = BigInt(seed);
  return (below: number): number => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % 2n ** 64n;
    return Number((state >> 11n) % BigInt(below));
  };
}

describe("cost", () => {
  it.each([
    [0, 0, 0],
    [1, 0, 20],
    [1000, 1000, 80_000],
    [100_000_000, 100_000_000, 8_000_000_000],
  ])("of %i and %i tokens is %i nano-USD", (input, output, cost) => {
    expect(bill(tuned, { input_uncached: input, output_text: output })).toBe(cost);
  });

  it("is rounded once for the whole request, half a nano-USD upwards", () => {
    expect(bill({ input_uncached: "0.25", output_text: "0.25" }, { input_uncached: 1, output_text: 1 })).toBe(1);
    expect(bill({ input_uncached: "0.25" }, { input_uncached: 1 })).toBe(0);
    expect(bill({ input_uncached: "0.499999", output_text: "0.000001" }, { input_uncached: 1, output_text: 1 })).toBe(
      1,
    );
    expect(bill({ input_uncached: "0.000001" }, { input_uncached: 499_999 })).toBe(0);
    expect(bill({ input_uncached: "0.000001" }, { input_uncached: 500_000 })).toBe(1);
  });

  it("is exact where floating point is not", () => {
    expect(bill({ input_uncached: "0.1", output_text: "0.2" }, { input_uncached: 10, output_text: 10 })).toBe(3);
    expect(bill({ input_uncached: "999999999.999999" }, { input_uncached: 9_007_199 })).toBe(9_007_198_999_999_991);
  });

  it("takes cached text, pictures in the prompt and reasoning at the rate of text where they have none of their own", () => {
    const counts = {
      input_cache_read: 1,
      input_cache_write_5m: 1,
      input_cache_write_1h: 1,
      input_image: 1,
      output_reasoning: 1,
    };
    expect(bill(tuned, counts)).toBe(4 * 20 + 60);
    expect(bill({ ...tuned, input_cache_write_5m: "25" }, { input_cache_write_1h: 1 })).toBe(25);
  });

  it.each(["input_audio", "output_audio", "output_image", "images", "video_seconds"] as const)(
    "is unknown, not 0, when %s was used and has no rate",
    (bucket) => {
      expect(bill(tuned, { [bucket]: 1 })).toBeNull();
      expect(costLines(rateTableOf(tuned), { ...nothing, [bucket]: 1 })).toBeNull();
      expect(bill(tuned, { [bucket]: 0 })).toBe(0);
    },
  );

  it("that cannot be written exactly is an error, not a wrong number", () => {
    expect(() => bill({ input_uncached: "999999999999" }, { input_uncached: 1e6 })).toThrow(RangeError);
    expect(() => bill(tuned, { input_uncached: -1 })).toThrow(RangeError);
    expect(() => bill(tuned, { input_uncached: Number.NaN })).toThrow(RangeError);
  });

  it("property: equals the sum of its lines rounded once, and never depends on how tokens are split over requests by more than their roundings", () => {
    const number = createNumbers(4);
    for (let round = 0; round < 2000; round += 1) {
      const rates: Rates = Object.fromEntries(
        usageBucketNames.map((name) => [name, decimalOf(BigInt(number(2_000_000_000)) * BigInt(number(50)))]),
      );
      const countsBy = (count: (name: UsageBucketName) => number): UsageCounts => {
        const counts = { ...nothing };
        for (const name of usageBucketNames) counts[name] = count(name);
        return counts;
      };
      const counts = () => countsBy(() => number(300_000));
      const [first, second] = [counts(), counts()];
      const both = countsBy((name) => first[name] + second[name]);
      const table = rateTableOf(rates);
      const whole = costOf(table, both) ?? Number.NaN;
      const lines = costLines(table, both) ?? [];
      // By hand: every product in millionths, as one rational number.
      const exact = usageBucketNames.reduce((sum, name) => sum + BigInt(both[name]) * scaledOf(rates[name] ?? "0"), 0n);
      expect(lines.reduce((sum, { product }) => sum + product, 0n)).toBe(exact);
      expect(whole).toBe(roundedOf(exact));
      expect(2n * (BigInt(whole) * 1_000_000n - exact) <= 1_000_000n).toBe(true);
      expect(2n * (exact - BigInt(whole) * 1_000_000n) < 1_000_000n).toBe(true);
      const parts = (costOf(table, first) ?? Number.NaN) + (costOf(table, second) ?? Number.NaN);
      expect(Math.abs(parts - whole)).toBeLessThanOrEqual(1);
    }
  });
});

describe("decimal numbers", () => {
  it.each(["0", "1", "0.000001", "12.5", "999999999999.999999"])("%s are read and written exactly", (text) => {
    expect(decimalOf(scaledOf(text))).toBe(text);
  });
});

import { Rate, usageBucketNames } from "@llm-tuner/contract/prices.ts";
import { describe, expect, it } from "vitest";
import { rateOfUsd, usdOfRate, usdText } from "./usd-rate.ts";

describe("rates in US dollars", () => {
  it("are a thousand nano-USD a token for each dollar per million tokens", () => {
    expect(rateOfUsd("input_uncached", "2.50")).toBe("2500");
    expect(rateOfUsd("input_cache_read", "0.0375")).toBe("37.5");
    expect(usdOfRate("output_text", "10000")).toBe("10");
  });

  it("are by the piece for pictures and seconds", () => {
    expect(rateOfUsd("images", "0.04")).toBe("40000000");
    expect(rateOfUsd("video_seconds", "0.1")).toBe("100000000");
    expect(usdOfRate("images", "16000000")).toBe("0.016");
  });

  it.each(usageBucketNames)("lose no digit of the smallest and the largest rate of %s", (bucket) => {
    for (const rate of ["0.000001", "999999999999.999999", "123456.789012", "0"]) {
      expect(Rate.safeParse(rate).success).toBe(true);
      expect(rateOfUsd(bucket, usdOfRate(bucket, rate))).toBe(rate);
    }
  });

  it.each([
    ["1.25", "$1.25"],
    ["10", "$10.00"],
    ["0.5", "$0.50"],
    ["0.0375", "$0.0375"],
    ["1200", "$1,200.00"],
    ["0.000000001", "$0.000000001"],
  ])("%s are shown as %s", (usd, text) => {
    expect(usdText(usd)).toBe(text);
  });
});

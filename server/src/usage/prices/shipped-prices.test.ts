import { Rates } from "@llm-tuner/contract/prices.ts";
import { describe, expect, it } from "vitest";
import { readShippedPrices } from "./shipped-prices.ts";

describe("shipped prices", () => {
  const prices = readShippedPrices();

  it("name their source and its day, fit the contract, and have one row for each threshold", () => {
    expect(prices.length).toBeGreaterThan(40);
    for (const price of prices) {
      expect(Rates.safeParse(price.rates).success, price.model_pattern).toBe(true);
      expect(price.source).toMatch(/^https:\/\/(platform\.claude\.com|developers\.openai\.com|ai\.google\.dev)\//);
      expect(price.rates.input_uncached, price.model_pattern).toBeDefined();
    }
    const keys = prices.map(
      ({ provider, model_pattern, min_input_tokens }) => `${provider} ${model_pattern} ${min_input_tokens}`,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("are nano-USD for one token, of what the pages say for a million", () => {
    const found = prices.find(({ model_pattern }) => model_pattern === "gpt-4o-mini");
    // 0.15, 0.075 and 0.60 US dollars.
    expect(found?.rates).toEqual({ input_uncached: "150", input_cache_read: "75", output_text: "600" });
  });

  it("keep what is cached below what is not, and what is written into a cache above", () => {
    for (const { model_pattern, rates } of prices) {
      const of = (rate: string | undefined, otherwise: number) => (rate === undefined ? otherwise : Number(rate));
      const plain = Number(rates.input_uncached);
      expect(of(rates.input_cache_read, 0), model_pattern).toBeLessThanOrEqual(plain);
      expect(of(rates.input_cache_write_5m, plain), model_pattern).toBeGreaterThanOrEqual(plain);
    }
  });
});

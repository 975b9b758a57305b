import { describe, expect, it } from "vitest";
import { costOf, createPriceList } from "./price-list.ts";
import type { PriceRow } from "./prices.store.ts";

const price = (changed: Partial<PriceRow>): PriceRow => ({
  id: "price_1",
  provider: "tuned",
  model_pattern: "*",
  nano_usd_per_input_token: 20,
  nano_usd_per_output_token: 60,
  valid_from: new Date("2026-01-01"),
  valid_to: null,
  ...changed,
});
const at = new Date("2026-11-21");

describe("price list", () => {
  const find = createPriceList([
    price({ id: "any" }),
    price({ id: "family", model_pattern: "gpt2*" }),
    price({ id: "size", model_pattern: "gpt2-large*" }),
    price({ id: "exact", model_pattern: "gpt2" }),
    price({ id: "dotted", model_pattern: "a.b" }),
    price({ id: "elsewhere", provider: "openai", model_pattern: "gpt-4*" }),
  ]);

  it.each([
    ["tuned", "gpt2", "exact"],
    ["tuned", "gpt2-medium", "family"],
    ["tuned", "gpt2-large-x", "size"],
    ["tuned", "something\nelse", "any"],
    ["tuned", "a.b", "dotted"],
    ["tuned", "axb", "any"],
    ["openai", "gpt-4.1", "elsewhere"],
    ["openai", "o3", undefined],
    ["gemini", "gpt2", undefined],
  ])("%s %s costs what %3$s says", (provider, model, id) => {
    expect(find({ provider, model, at })?.id).toBe(id);
  });

  it("takes the version that was valid at the moment, from its first instant to before its last", () => {
    const change = new Date("2026-06-01");
    const versions = createPriceList([
      price({ id: "old", valid_to: change }),
      price({ id: "new", valid_from: change }),
    ]);
    const idAt = (moment: Date) => versions({ provider: "tuned", model: "x", at: moment })?.id;
    expect(idAt(new Date(change.getTime() - 1))).toBe("old");
    expect(idAt(change)).toBe("new");
    expect(idAt(new Date("2025-12-31"))).toBeUndefined();
  });
});

describe("cost", () => {
  it.each([
    [0, 0, 0],
    [1, 0, 20],
    [1000, 1000, 80_000],
    [100_000_000, 100_000_000, 8_000_000_000],
  ])("of %i and %i tokens is %i nano-USD", (inputTokens, outputTokens, cost) => {
    expect(costOf(price({}), { inputTokens, outputTokens })).toBe(cost);
  });

  it("is rounded once, to a whole nano-USD", () => {
    const fractional = price({ nano_usd_per_input_token: 37.5, nano_usd_per_output_token: 0.25 });
    expect(costOf(fractional, { inputTokens: 1, outputTokens: 1 })).toBe(38);
    expect(costOf(fractional, { inputTokens: 3, outputTokens: 3 })).toBe(113);
  });

  it("that cannot be written exactly is an error, not a wrong number", () => {
    expect(() => costOf(price({ nano_usd_per_input_token: 1e12 }), { inputTokens: 1e6, outputTokens: 0 })).toThrow(
      RangeError,
    );
    expect(() => costOf(price({}), { inputTokens: -1, outputTokens: 0 })).toThrow(RangeError);
    expect(() => costOf(price({}), { inputTokens: Number.NaN, outputTokens: 0 })).toThrow(RangeError);
  });
});

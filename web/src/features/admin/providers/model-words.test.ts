import type { OfferedModel } from "@llm-tuner/contract/providers.ts";
import { describe, expect, it } from "vitest";
import { filtered, hasNoPrice } from "./model-filters.ts";
import { leavingText, priceText, timeLimitsText } from "./model-words.ts";

const model: OfferedModel = {
  id: "dep_0123456789abcdef01234567",
  connection_id: "conn_4YtAbCdEfGhIjKlMnOpQrS",
  provider: "openai",
  model: "gpt-5-mini",
  price_model: "gpt-5-mini",
  context_window: null,
  max_output_tokens: null,
  capabilities: ["chat"],
  on_disconnect: { whole: "drain", stream: "abort" },
  first_byte_timeout_ms: null,
  idle_timeout_ms: null,
  total_timeout_ms: null,
  enabled: true,
  source: "catalogue",
  changed: false,
  available: true,
  input_price: 0.25,
  output_price: 2,
};
const pattern = { ...model, model: "gpt-*", price_model: "gpt-*", input_price: null, output_price: null };

describe("models on offer in words", () => {
  it.each([
    [model, "$0.25 in · $2.00 out"],
    [{ ...model, output_price: null }, "$0.25 in"],
    [{ ...model, input_price: 0 }, "$0.00 in · $2.00 out"],
  ])("tell what a million tokens cost", (priced, text) => {
    expect(priceText(priced)).toBe(text);
  });

  it("miss a price only where nobody can have one: names that a pattern lets through have their own", () => {
    const unpriced = { ...model, input_price: null, output_price: null };
    expect([model, unpriced, pattern, { ...pattern, price_model: "gpt-5" }].map(hasNoPrice)).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  it("tell their own time limits, and what becomes of answers that nobody waits for", () => {
    expect(timeLimitsText(model)).toBe("");
    expect(timeLimitsText({ ...model, first_byte_timeout_ms: 30_000, total_timeout_ms: 1500 })).toBe(
      "first piece 30 s, in all 1.5 s",
    );
    expect(leavingText(model)).toBe("Reads whole answers on, stops streams");
    expect(leavingText({ ...model, on_disconnect: { whole: "abort", stream: "abort" } })).toBe("Stops all");
  });

  it("are found by a part of their name and by what is to be done with them", () => {
    const all = [model, { ...pattern, source: "added" as const }, { ...model, model: "o3", enabled: false }];
    const names = (filters: Parameters<typeof filtered>[1]) => filtered(all, filters).map((found) => found.model);
    expect(names({})).toEqual(["gpt-5-mini", "gpt-*", "o3"]);
    expect(names({ search: "GPT" })).toEqual(["gpt-5-mini", "gpt-*"]);
    expect(names({ show: "disabled" })).toEqual(["o3"]);
    expect(names({ show: "own", search: "gpt" })).toEqual(["gpt-*"]);
    expect(names({ show: "unpriced" })).toEqual([]);
  });
});

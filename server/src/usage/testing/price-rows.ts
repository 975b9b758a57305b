import type { PriceRow } from "../prices/prices.store.ts";

/** A price that holds since the beginning of 2026, and has no end. */
export const priceRow = (changed: Partial<PriceRow> = {}): PriceRow => ({
  id: "price_1",
  provider: "tuned",
  model_pattern: "*",
  service_tier: null,
  min_input_tokens: 0,
  rates: { input_uncached: "20", output_text: "60" },
  valid_from: new Date("2026-01-01"),
  valid_to: null,
  origin: "admin",
  source: "a test",
  as_of: null,
  ...changed,
});

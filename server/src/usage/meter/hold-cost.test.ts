import { expect, it } from "vitest";
import { createPriceList } from "../prices/price-list.ts";
import type { PriceRow } from "../prices/prices.store.ts";
import { priceRow } from "../testing/price-rows.ts";
import { holdCostOf, lacksPriceOfTier } from "./hold-cost.ts";

const price = (id: string, changed: Partial<PriceRow>): PriceRow =>
  priceRow({ id, provider: "openai", model_pattern: "gpt-5*", ...changed });
const prices = createPriceList([
  price("ordinary", {}),
  price("fast", { service_tier: "fast", rates: { input_uncached: "40", output_text: "120" } }),
  price("flex", { service_tier: "flex", rates: { input_uncached: "10", output_text: "30" } }),
]);
const asking = (serviceTier: string | null, provider = "openai") => ({
  candidates: [{ provider, priceModel: "gpt-5" }],
  serviceTier,
  startedAt: new Date("2026-11-21"),
  pieces: { images: 0, videoSeconds: 0 },
});
const tokens = { inputTokens: 10, outputTokens: 1 };

it.each([
  [null, { priceId: "ordinary", costNanoUsd: 260 }],
  ["Default", { priceId: "ordinary", costNanoUsd: 260 }],
  ["fast", { priceId: "fast", costNanoUsd: 520 }],
  // Providers answer in the ordinary tier where the other has no room.
  ["flex", { priceId: "ordinary", costNanoUsd: 260 }],
  ["priority", { priceId: "ordinary", costNanoUsd: 260 }],
])("tier %s is held for by the dearer of its price and the ordinary one", (tier, cost) => {
  expect(holdCostOf(asking(tier), tokens, prices)).toEqual(cost);
});

it.each([
  [null, "openai", false],
  ["auto", "openai", false],
  ["standard_only", "openai", false],
  ["flex", "openai", false],
  ["priority", "openai", true],
  // A model without any price is the operator's alarm, whatever is asked for.
  ["priority", "elsewhere", false],
])("tier %s at %s has no price where the ordinary one has: %s", (tier, provider, lacks) => {
  expect(lacksPriceOfTier(asking(tier, provider), prices)).toBe(lacks);
});

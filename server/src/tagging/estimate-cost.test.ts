import { expect, it } from "vitest";
import { estimateCost } from "./estimate-cost.ts";

/** A dollar a million tokens that are read, and ten of those that are written. */
const price = { inputUsdPerMillion: 1, outputUsdPerMillion: 10 };
const estimate = (more: Partial<Parameters<typeof estimateCost>[0]>) =>
  estimateCost({
    model: { isOwn: false, contextTokens: null },
    price,
    characters: 1_000,
    textTokens: 3_000,
    ...more,
  });

it("holds at most what the dearest way to an answer costs: cut off, then asked for with four times the room", () => {
  // Each character of Chinese is a token; a closed list stands in the question and in the schema of the answer.
  const input = 1_000 + 2 * 2_000;
  const dearest = (2 * input * 1 + (2_000 + 4 * 2_000) * 10) * 1_000;
  expect(estimate({})?.high).toBeGreaterThanOrEqual(dearest);
});

it("asks a model that was tuned here twice for the same at most, and for no list", () => {
  expect(estimate({ model: { isOwn: true, contextTokens: 512 } })?.high).toBe(2 * (512 + 96 * 10) * 1_000);
});

it("is null where the model has no price", () => {
  expect(estimate({ price: { ...price, outputUsdPerMillion: null } })).toBeNull();
});

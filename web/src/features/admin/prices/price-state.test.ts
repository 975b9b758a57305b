import { describe, expect, it } from "vitest";
import { priceState } from "./price-state.ts";

const now = Date.parse("2026-11-21T12:00:00Z");

describe("the state of a price", () => {
  it.each([
    ["2026-11-21T11:00:00.000Z", null, "Holds"],
    ["2026-11-21T12:00:00.000Z", null, "Holds"],
    ["2026-11-21T11:00:00.000Z", "2026-11-21T12:00:00.001Z", "Holds"],
    ["2026-11-21T11:00:00.000Z", "2026-11-21T12:00:00.000Z", "Ended"],
    ["2026-11-21T12:00:00.001Z", null, "To come"],
  ])("from %s to %s: %s", (valid_from, valid_to, word) => {
    expect(priceState({ valid_from, valid_to }, now).word).toBe(word);
  });
});

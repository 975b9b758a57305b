import { describe, expect, it } from "vitest";
import { slotsOf, timeRangeOf } from "./time-range.ts";
import { OverviewSearch, RequestSearch } from "./usage-search.ts";

const now = Date.parse("2026-11-21T14:05:00Z");
const day = (text: string): string => `${text}T00:00:00.000Z`;

describe("the days that are looked at", () => {
  it.each([
    [{}, day("2026-10-23"), undefined, "day"],
    [{ range: "today" }, day("2026-11-21"), undefined, "hour"],
    [{ range: "7d" }, day("2026-11-15"), undefined, "day"],
    [{ range: "month" }, day("2026-11-01"), undefined, "day"],
    [{ range: "custom", from: "2026-11-03", to: "2026-11-05" }, day("2026-11-03"), day("2026-11-06"), "day"],
    [{ range: "custom", from: "2026-11-05", to: "2026-11-03" }, day("2026-11-03"), day("2026-11-06"), "day"],
    [{ range: "custom", from: "2026-11-21" }, day("2026-11-21"), day("2026-11-22"), "hour"],
  ] as const)("of %j", (search, from, to, unit) => {
    expect(timeRangeOf(search, now)).toEqual({ from, to, unit });
  });

  it("have a slot each, and the last one is the one that runs", () => {
    const hours = slotsOf({ from: day("2026-11-21"), to: "2026-11-21T15:00:00.000Z", unit: "hour" });
    expect([hours.length, hours.at(-1)]).toEqual([15, Date.parse("2026-11-21T14:00:00Z")]);
    const days = slotsOf({ from: day("2026-10-23"), to: "2026-11-21T15:00:00.000Z", unit: "day" });
    expect([days.length, days.at(-1)]).toEqual([30, Date.parse("2026-11-21T00:00:00Z")]);
    expect(slotsOf({ from: day("2026-11-21"), to: day("2026-11-21"), unit: "day" })).toEqual([]);
  });
});

describe("what stands in the address", () => {
  it("is read as far as it makes sense", () => {
    expect(OverviewSearch.parse({ range: "7d", by: "colour", from: "yesterday" })).toEqual({ range: "7d" });
    const search = { model: "m", api_key_id: "nobody's", outcome: "failed", min_cost_nano_usd: -1 };
    expect(RequestSearch.parse(search)).toEqual({ model: "m", outcome: "failed" });
  });
});

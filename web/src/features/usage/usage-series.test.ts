import type { UsageGroup } from "@llm-tuner/contract/usage.ts";
import { usageBucketNames } from "@llm-tuner/contract/prices.ts";
import { describe, expect, it } from "vitest";
import { sortedRows } from "./overview-rows.ts";
import { outcomeSeries, seriesOf, seriesText, stacked } from "./usage-series.ts";

// Every bucket is set.
const usage = Object.fromEntries(usageBucketNames.map((name) => [name, 0])) as UsageGroup["usage"];

const groupOf = (group: string | null, split: string | null, sums: Partial<UsageGroup> = {}): UsageGroup => ({
  group,
  split,
  requests: 1,
  errors: 0,
  unpriced: 0,
  cost_nano_usd: 0,
  input_tokens: 0,
  output_tokens: 0,
  usage,
  ...sums,
});

const days = ["2026-11-19", "2026-11-20", "2026-11-21"].map((day) => `${day}T00:00:00.000Z`);
const slots = days.map((day) => Date.parse(day));
const [first = "", , third = ""] = days;

describe("the columns of the chart", () => {
  it("have a place for days without a request, and are ordered by what they hold", () => {
    const groups = [
      groupOf(first, "small", { cost_nano_usd: 5 }),
      groupOf(third, "small", { cost_nano_usd: 6 }),
      groupOf(third, "large", { cost_nano_usd: 90 }),
      groupOf("2026-11-22T00:00:00.000Z", "elsewhere", { cost_nano_usd: 1 }),
    ];
    expect(seriesOf(groups, slots, "cost")).toMatchObject([
      { name: "large", kind: "group", values: [0, 0, 90], requests: [0, 0, 1] },
      { name: "small", kind: "group", values: [5, 0, 6], requests: [1, 0, 1] },
    ]);
    expect(stacked(seriesOf(groups, slots, "cost"))).toEqual([
      [0, 0, 90],
      [5, 0, 96],
    ]);
  });

  it("take together what has no colour of its own any more", () => {
    const groups = Array.from({ length: 9 }, (_, index) =>
      groupOf(first, `model ${index}`, { input_tokens: 10 - index, output_tokens: 1 }),
    );
    const series = seriesOf(groups, slots, "tokens");
    expect(series).toHaveLength(7);
    expect(series.at(-1)).toMatchObject({ name: null, kind: "rest", values: [5 + 4 + 3, 0, 0], requests: [3, 0, 0] });
  });

  it("keep requests without a key apart from all others", () => {
    expect(seriesOf([groupOf(first, null)], slots, "requests")).toMatchObject([
      { name: null, kind: "group", values: [1, 0, 0] },
    ]);
  });

  it("never say of what has no price that it cost nothing", () => {
    const groups = [
      groupOf(first, "unlisted", { requests: 2, unpriced: 2 }),
      groupOf(third, "unlisted", { requests: 3, unpriced: 1, cost_nano_usd: 2_000_000_000 }),
    ];
    const [series] = seriesOf(groups, slots, "cost");
    if (series === undefined) throw new Error("there is no series");
    expect([0, 1, 2, null].map((slot) => seriesText(series, slot, "cost"))).toEqual([
      "No price",
      "$0.00",
      "$2.00 + 1 without a price",
      "$2.00 + 3 without a price",
    ]);
    expect(seriesText({ ...series, values: series.requests }, null, "requests")).toBe("5");
  });

  it("tell how requests ended", () => {
    expect(
      outcomeSeries([groupOf(third, null, { requests: 7, errors: 2 })], slots).map(({ values }) => values),
    ).toEqual([
      [0, 0, 5],
      [0, 0, 2],
    ]);
  });
});

describe("the table under it", () => {
  const { group: _, split: __, ...totals } = groupOf(null, null, { requests: 12, errors: 3 });
  const nameOf = (name: string | null): string => name ?? "Without a key";
  const groups = [
    groupOf("b", null, { cost_nano_usd: 5, requests: 9 }),
    groupOf(null, null, { cost_nano_usd: 7, requests: 2, errors: 1 }),
    groupOf("a", null, { cost_nano_usd: 5, requests: 1, output_tokens: 4 }),
  ];
  const words = (order: Parameters<typeof sortedRows>[1]) =>
    sortedRows({ by: "key", groups, totals, nameOf }, order).map(({ word }) => word);

  it("is ordered as the person chooses", () => {
    expect(words("cost")).toEqual(["Without a key", "b", "a"]);
    expect(words("requests")).toEqual(["b", "Without a key", "a"]);
    expect(words("tokens")).toEqual(["a", "b", "Without a key"]);
    expect(words("name")).toEqual(["a", "b", "Without a key"]);
  });

  it("tells outcomes by the sums, without those that did not occur", () => {
    const rows = (errors: number) =>
      sortedRows({ by: "outcome", groups, totals: { ...totals, errors }, nameOf }, "requests").map(({ name, sums }) => [
        name,
        sums.requests,
      ]);
    expect(rows(3)).toEqual([
      ["answered", 9],
      ["failed", 3],
    ]);
    expect(rows(0)).toEqual([["answered", 12]]);
  });
});

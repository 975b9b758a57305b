import type { UsageGroup, UsageSums } from "@llm-tuner/contract/usage.ts";
import type { Measure } from "./usage-search.ts";
import { costText, measureText } from "./usage-words.ts";

/** One colour of the chart: what it stands for, and its value in every slot. */
export interface UsageSeries {
  /** Name or id; null is what has none. */
  name: string | null;
  kind: "group" | "rest";
  values: number[];
  /** How many requests there were, and how many of them had no price, in every slot. */
  requests: number[];
  unpriced: number[];
}

/** As many as have a colour that can be told from the others. */
const maxSeries = 6;

type Sums = Pick<UsageSums, "cost_nano_usd" | "requests" | "errors" | "input_tokens" | "output_tokens">;

export const measureOf = (sums: Sums, measure: Measure): number => {
  if (measure === "cost") return sums.cost_nano_usd;
  return measure === "requests" ? sums.requests : sums.input_tokens + sums.output_tokens;
};

const slotIndex = (slots: readonly number[]): Map<number, number> => new Map(slots.map((slot, index) => [slot, index]));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const added = (one: readonly number[], other: readonly number[]): number[] =>
  one.map((value, index) => value + (other[index] ?? 0));

const emptySeries = (name: string | null, kind: UsageSeries["kind"], slots: readonly number[]): UsageSeries => ({
  name,
  kind,
  values: slots.map(() => 0),
  requests: slots.map(() => 0),
  unpriced: slots.map(() => 0),
});

const merged = (one: UsageSeries, other: UsageSeries): UsageSeries => ({
  ...one,
  values: added(one.values, other.values),
  requests: added(one.requests, other.requests),
  unpriced: added(one.unpriced, other.unpriced),
});

/** The largest of what the groups are split by, and all the others as one. */
export const seriesOf = (groups: readonly UsageGroup[], slots: readonly number[], measure: Measure): UsageSeries[] => {
  const places = slotIndex(slots);
  const byName = new Map<string | null, UsageSeries>();
  for (const group of groups) {
    const place = places.get(Date.parse(group.group ?? ""));
    if (place === undefined) continue;
    const series = byName.get(group.split) ?? emptySeries(group.split, "group", slots);
    series.values[place] = measureOf(group, measure);
    series.requests[place] = group.requests;
    series.unpriced[place] = group.unpriced;
    byName.set(group.split, series);
  }
  const all = [...byName.values()].sort((one, other) => sum(other.values) - sum(one.values));
  if (all.length <= maxSeries) return all;
  return [...all.slice(0, maxSeries), all.slice(maxSeries).reduce(merged, emptySeries(null, "rest", slots))];
};

/** Requests by how they ended, of groups that are not split. */
export const outcomeSeries = (groups: readonly UsageGroup[], slots: readonly number[]): UsageSeries[] => {
  const places = slotIndex(slots);
  const answered = emptySeries("answered", "group", slots);
  const failed = emptySeries("failed", "group", slots);
  for (const { group, requests, errors } of groups) {
    const place = places.get(Date.parse(group ?? ""));
    if (place === undefined) continue;
    answered.values[place] = requests - errors;
    failed.values[place] = errors;
  }
  return [answered, failed];
};

/** A value of one slot in words, or of all together (null). What has no price is never shown as free. */
export const seriesText = (series: UsageSeries, slot: number | null, measure: Measure): string => {
  const of = (numbers: readonly number[]): number => (slot === null ? sum(numbers) : (numbers[slot] ?? 0));
  if (measure !== "cost") return measureText(of(series.values), measure);
  return costText({
    cost_nano_usd: of(series.values),
    requests: of(series.requests),
    unpriced: of(series.unpriced),
  });
};

/** For columns that stand on each other: of each series the sum of itself and all before it. */
export const stacked = (series: readonly UsageSeries[]): number[][] => {
  let below: number[] | undefined;
  return series.map(({ values }) => {
    below = below === undefined ? [...values] : added(values, below);
    return below;
  });
};

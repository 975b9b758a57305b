import type { OverviewSearch } from "./usage-search.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface TimeRange {
  /** ISO 8601 in UTC, at the beginning of a day. */
  from: string;
  /** Exclusive; undefined is now. */
  to: string | undefined;
  /** What a column of the chart is. */
  unit: "hour" | "day";
}

const startOfDay = (time: number): number => Math.floor(time / dayMs) * dayMs;

const startOfMonth = (time: number): number => {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
};

const iso = (time: number): string => new Date(time).toISOString();

/** Two dates that a person chose, the other way round too; a missing one is today. */
const customRange = ({ from, to }: OverviewSearch, today: number): TimeRange => {
  const days = [from, to].map((day) => (day === undefined ? today : Date.parse(`${day}T00:00:00Z`)));
  const [first, last] = [Math.min(...days), Math.max(...days)];
  return { from: iso(first), to: iso(last + dayMs), unit: first === last ? "hour" : "day" };
};

/** The days that are looked at. They are days in UTC, as the platform sums them up. */
export const timeRangeOf = (search: OverviewSearch, now: number): TimeRange => {
  const today = startOfDay(now);
  switch (search.range ?? "30d") {
    case "today":
      return { from: iso(today), to: undefined, unit: "hour" };
    case "7d":
      return { from: iso(today - 6 * dayMs), to: undefined, unit: "day" };
    case "30d":
      return { from: iso(today - 29 * dayMs), to: undefined, unit: "day" };
    case "month":
      return { from: iso(startOfMonth(now)), to: undefined, unit: "day" };
    case "custom":
      return customRange(search, today);
  }
};

/** The beginning of every hour or day from one time to another, in milliseconds: also of those without a request. */
export const slotsOf = (range: { from: string; to: string; unit: "hour" | "day" }): number[] => {
  const stepMs = range.unit === "hour" ? hourMs : dayMs;
  const first = Math.floor(Date.parse(range.from) / stepMs) * stepMs;
  const count = Math.max(0, Math.ceil((Date.parse(range.to) - first) / stepMs));
  return Array.from({ length: count }, (_, index) => first + index * stepMs);
};

import type { SpendBound } from "@llm-tuner/gateway/ports.ts";

type Period = SpendBound["period"];

export const periods: readonly Period[] = ["total", "month", "day"];

const lengths = { month: "2026-11".length, day: "2026-11-21".length };

/** The counter's period at a moment, by UTC: `total`, `2026-11` or `2026-11-21`. */
export const periodAt = (period: Period, at: Date): string =>
  period === "total" ? period : at.toISOString().slice(0, lengths[period]);

/** When a budget begins anew; null for one in all. */
export const nextPeriodAfter = (period: Period, at: Date): Date | null => {
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  switch (period) {
    case "total":
      return null;
    case "month":
      return new Date(Date.UTC(year, month + 1));
    case "day":
      return new Date(Date.UTC(year, month, day + 1));
  }
};

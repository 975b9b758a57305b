import type { SpendBound } from "@llm-tuner/gateway/ports.ts";

/** A period that has no beginning, as the database writes it. */
const everything = "-infinity";

/** The counter's period at a moment: `-infinity` or the first day of the calendar month (UTC). */
export const periodStartOf = (period: SpendBound["period"], at: Date): string =>
  period === "total" ? everything : `${at.toISOString().slice(0, 7)}-01`;

/** When a month's budget begins anew. */
export const nextMonthOf = (at: Date): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));

import type { UsageGroup, UsageReport, UsageReportQuery, UsageSums } from "@llm-tuner/contract/usage.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { countsIn } from "../requests/explain-bill.ts";
import { invalidRange, sumWithoutRow } from "../usage.errors.ts";
import type { ReportFilter, ReportsStore, SumsRow } from "./reports.store.ts";

export interface ReportUsecases {
  /** Of a person, or of everybody (null). */
  report: (userId: string | null, query: UsageReportQuery) => Promise<UsageReport>;
}

interface ReportDependencies {
  database: Database;
  store: ReportsStore;
  flush: () => Promise<void>;
  clock: Clock;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const usualMs = 30 * dayMs;
const maxMs = 1100 * dayMs;
const maxGroups = 5000;

/** A report is made of whole hours. */
function rangeOf({ from, to }: UsageReportQuery, now: Date): { from: Date; to: Date } {
  const end = new Date(
    Math.ceil(((to === undefined ? now : new Date(to)).getTime() + (to === undefined ? 1 : 0)) / hourMs) * hourMs,
  );
  const begin = new Date(
    Math.floor((from === undefined ? end.getTime() - usualMs : Date.parse(from)) / hourMs) * hourMs,
  );
  if (begin >= end) throw invalidRange("Let from be before to.");
  if (end.getTime() - begin.getTime() > maxMs) throw invalidRange("Ask for three years at most.");
  return { from: begin, to: end };
}

const toSums = (row: SumsRow): UsageSums => ({
  requests: row.requests,
  errors: row.errors,
  unpriced: row.unpriced,
  cost_nano_usd: row.cost_nano_usd,
  input_tokens:
    row.input_uncached +
    row.input_cache_read +
    row.input_cache_write_5m +
    row.input_cache_write_1h +
    row.input_audio +
    row.input_image,
  output_tokens: row.output_text + row.output_reasoning + row.output_audio + row.output_image,
  usage: countsIn(row),
});

export function createReportUsecases({ database, store, flush, clock }: ReportDependencies): ReportUsecases {
  return {
    async report(userId, query) {
      const range = rangeOf(query, clock.now());
      await flush();
      const filter: ReportFilter = {
        ...range,
        userId: userId ?? query.user_id ?? null,
        model: query.model,
        provider: query.provider,
        apiKeyId: query.api_key_id,
      };
      const grouping = { filter, groupBy: query.group_by, splitBy: query.split_by ?? null, limit: maxGroups + 1 };
      const [totals, rows] = await Promise.all([store.totals(database, filter), store.groups(database, grouping)]);
      if (totals === undefined) throw sumWithoutRow();
      const groups = rows
        .slice(0, maxGroups)
        .map(({ group, split, ...row }): UsageGroup => ({ group, split, ...toSums(row) }));
      return {
        from: range.from.toISOString(),
        to: range.to.toISOString(),
        totals: toSums(totals),
        groups,
        truncated: rows.length > maxGroups,
      };
    },
  };
}

import type { DocumentStats } from "@llm-tuner/contract/documents.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { DocumentsUsecases } from "./documents/documents.usecases.ts";
import type { StatsStore } from "./stats.store.ts";

export interface StatsDependencies {
  database: Database;
  statsStore: StatsStore;
  documents: Pick<DocumentsUsecases, "list">;
  /** How many jobs of a person stand where. */
  jobsByStatus: (userId: string) => Promise<Record<string, number>>;
  clock: Clock;
}

const shownDays = 30;
const recentDocuments = 10;

const asRecord = (rows: readonly { value: string; count: number }[]): Record<string, number> =>
  Object.fromEntries(rows.map(({ value, count }) => [value, count]));

/** Numbers about a person's documents. */
export const createStats =
  ({ database, statsStore, documents, jobsByStatus, clock }: StatsDependencies) =>
  async (userId: string): Promise<DocumentStats> => {
    const [totals, languages, states, days, jobs, recent] = await Promise.all([
      statsStore.totals(database, userId),
      statsStore.languages(database, userId),
      statsStore.tagStates(database, userId),
      statsStore.days(database, userId, { now: clock.now(), days: shownDays }),
      jobsByStatus(userId),
      documents.list({ userId }, { limit: recentDocuments, offset: 0, sort: "newest" }),
    ]);
    return {
      total_jobs: Object.values(jobs).reduce((sum, count) => sum + count, 0),
      total_documents: totals?.total ?? 0,
      documents_processed: totals?.completed ?? 0,
      documents_failed: totals?.failed ?? 0,
      pages: totals?.pages ?? 0,
      stored_bytes: totals?.bytes ?? 0,
      cost_usd: (totals?.cost_nano_usd ?? 0) / 1e9,
      jobs_by_status: jobs,
      documents_by_language: asRecord(languages),
      tags_by_state: asRecord(states),
      documents_by_day: days,
      recent_activity: recent.documents,
    };
  };

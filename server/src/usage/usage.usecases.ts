import type { PageQuery } from "@llm-tuner/contract/paging.ts";
import type { UsageRequest } from "@llm-tuner/contract/usage.ts";
import type { Database } from "../platform/database/database.ts";
import { pageOf, parseCursor } from "../platform/paging/cursor.ts";
import { allRows } from "../platform/personal-data/personal-data.ts";
import type { Clock } from "../platform/time/clock.ts";
import type { BudgetsStore } from "./budgets/budgets.store.ts";
import type { UsageRequestRow, UsageStore } from "./usage.store.ts";

export interface UsageUsecases {
  /** Every request of a person, newest first. */
  requestsOf: (userId: string) => AsyncGenerator<UsageRequest>;
  listRequests: (userId: string, page: PageQuery) => Promise<{ requests: UsageRequest[]; next_cursor: string | null }>;
  /** Gives back what dead processes held. */
  releaseAbandonedHolds: () => Promise<void>;
  /** Forgets what short-lived credentials used that ended long ago. */
  deleteEndedCounters: () => Promise<void>;
}

const hourMs = 3_600_000;
/** A request that began so long ago is over, whatever became of it. */
const abandonedAfterMs = hourMs;
const searchHours = 4;
/** No client token lives so long. */
const endedAfterMs = 24 * hourMs;

const toUsageRequest = ({ started_at, ...row }: UsageRequestRow): UsageRequest => ({
  ...row,
  time: started_at.toISOString(),
});

export function createUsageUsecases({
  database,
  store,
  counters,
  clock,
}: {
  database: Database;
  store: UsageStore;
  counters: Pick<BudgetsStore, "deleteEnded">;
  clock: Clock;
}): UsageUsecases {
  async function page(userId: string, { limit, cursor }: { limit: number; cursor?: string | undefined }) {
    const found = await store.listRequests(database, { userId, after: parseCursor(cursor), limit: limit + 1 });
    const { rows, nextCursor } = pageOf(found, {
      limit,
      position: (row) => ({ createdAt: row.started_at, id: row.request_id }),
    });
    return { rows: rows.map(toUsageRequest), nextCursor };
  }

  return {
    requestsOf: (userId) => allRows((query) => page(userId, query)),
    async listRequests(userId, query) {
      const { rows, nextCursor } = await page(userId, query);
      return { requests: rows, next_cursor: nextCursor };
    },
    async releaseAbandonedHolds() {
      const at = clock.now();
      const before = new Date(at.getTime() - abandonedAfterMs);
      await store.releaseAbandoned(database, { before, searchHours, at });
    },
    async deleteEndedCounters() {
      await counters.deleteEnded(database, new Date(clock.now().getTime() - endedAfterMs));
    },
  };
}

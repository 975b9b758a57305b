import type { SpendBound } from "@llm-tuner/gateway/ports.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { BudgetsStore } from "./budgets.store.ts";
import { periodAt } from "./periods.ts";

interface SpentOfDependencies {
  database: Database;
  store: Pick<BudgetsStore, "readCounters">;
  clock: Clock;
}

export const createSpentOf =
  ({ database, store, clock }: SpentOfDependencies) =>
  async (counters: readonly Pick<SpendBound, "subject" | "period">[]): Promise<ReadonlyMap<string, number>> => {
    const spent = new Map(counters.map(({ subject }) => [subject, 0]));
    if (counters.length === 0) return spent;
    const at = clock.now();
    const keys = counters.map(({ subject, period }) => ({ subject, period: periodAt(period, at) }));
    for (const row of await store.readCounters(database, keys)) {
      spent.set(row.subject, row.spent_nano_usd + row.held_nano_usd);
    }
    return spent;
  };

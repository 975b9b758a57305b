import type { SpendBound } from "@llm-tuner/gateway/ports.ts";
import { budgetsStore } from "../budgets/budgets.store.ts";
import { periodAt } from "../budgets/periods.ts";
import type { UsageWorld } from "./usage-world.ts";

/** `Hello there, my dear!` and its frame are estimated at 10 tokens, so held as 20; 50 may be answered. */
export const usualHold = 20 * 20 + 50 * 60;

/** Bounds on spending, each with a counter of its own unless one is named, and what the counters hold. */
export function createBounds({ database, clock, flush }: Pick<UsageWorld, "database" | "clock" | "flush">) {
  let subjects = 0;
  return {
    bound: (changed: Partial<SpendBound> = {}): SpendBound => ({
      subject: `key:key_${(subjects += 1)}`,
      period: "total",
      limitNanoUsd: null,
      maxRequests: null,
      ...changed,
    }),
    async counterOf(subject: string, period: SpendBound["period"] = "total") {
      await flush();
      const [row] = await budgetsStore.readCounters(database, [{ subject, period: periodAt(period, clock.now()) }]);
      return row && { held: row.held_nano_usd, spent: row.spent_nano_usd, requests: row.requests };
    },
  };
}

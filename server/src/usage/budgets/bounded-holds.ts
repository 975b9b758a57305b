import type { Database } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { BudgetsStore } from "./budgets.store.ts";
import type { Refusal } from "./bounds.ts";
import { type BoundedHold, countersOf, decideHolds } from "./decide-holds.ts";

interface BoundedHoldsDependencies {
  database: Database;
  store: BudgetsStore;
  clock: Clock;
}

export type HoldOutcome = { refusal: Refusal | null };

/**
 * Takes holds together in one transaction: their counters are locked, those that fit are written, the others refused.
 * Whoever else takes from the same counters, in this process or another, waits for that.
 */
export const createBoundedHoldWriter =
  ({ database, store, clock }: BoundedHoldsDependencies) =>
  (group: readonly BoundedHold[]): Promise<HoldOutcome[]> => {
    const holds = [...new Map(group.map((hold) => [hold.record.request_id, hold])).values()];
    return database.transaction(async (transaction) => {
      const counters = await store.lockCounters(transaction, { keys: countersOf(holds), at: clock.now() });
      const refusals = decideHolds(holds, counters);
      const granted = holds.filter((_, index) => refusals[index] === null);
      if (granted.length > 0) {
        await store.insertCountedHolds(
          transaction,
          granted.map(({ record }) => record),
        );
      }
      const refused = new Map(holds.map(({ record }, index) => [record.request_id, refusals[index] ?? null]));
      // A repetition of what was granted before is no new request, and its own hold must not refuse it.
      if (granted.length < holds.length) {
        for (const requestId of await store.heldAlready(transaction, [...refused.keys()])) refused.set(requestId, null);
      }
      return group.map(({ record }) => ({ refusal: refused.get(record.request_id) ?? null }));
    });
  };

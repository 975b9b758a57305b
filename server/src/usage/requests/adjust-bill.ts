import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { RollupsStore } from "../reports/rollups.store.ts";
import { usageRequestNotFound } from "../usage.errors.ts";
import type { UsageStore } from "../usage.store.ts";

interface AdjustBillDependencies {
  database: Database;
  store: Pick<UsageStore, "billForUpdate" | "adjust">;
  rollups: Pick<RollupsStore, "lock" | "unroll">;
  /** What this process has not written yet is written first. */
  flush: () => Promise<void>;
  clock: Clock;
}

export interface Adjustment {
  requestId: string;
  /** What it costs from now on. */
  costNanoUsd: number;
  reason: string;
}

/** Runs at the end of the transaction when something changes. */
type Also = (transaction: Queryable, before: { costNanoUsd: number | null }) => Promise<void>;

export type AdjustBill = (adjustment: Adjustment, also?: Also) => Promise<void>;

/** Changes what a request costs, once: the same cost again changes nothing. */
export const createAdjustBill =
  ({ database, store, rollups, flush, clock }: AdjustBillDependencies): AdjustBill =>
  async ({ requestId, costNanoUsd, reason }, also) => {
    await flush();
    await database.transaction(async (transaction) => {
      await rollups.lock(transaction);
      const bill = await store.billForUpdate(transaction, requestId);
      if (bill === undefined) throw usageRequestNotFound();
      if (bill.cost_nano_usd === costNanoUsd) return;
      await rollups.unroll(transaction, [requestId]);
      await store.adjust(transaction, [
        {
          request_id: requestId,
          cost_nano_usd: costNanoUsd,
          more_nano_usd: costNanoUsd - (bill.cost_nano_usd ?? 0),
          price_id: bill.price_id,
          reason,
          created_at: clock.now(),
        },
      ]);
      await also?.(transaction, { costNanoUsd: bill.cost_nano_usd });
    });
  };

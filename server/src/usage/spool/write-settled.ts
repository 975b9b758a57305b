import type { Database } from "../../platform/database/database.ts";
import type { RollupsStore } from "../reports/rollups.store.ts";
import type { EncodedSettled, UsageStore } from "../usage.store.ts";

interface WriteSettledDependencies {
  database: Database;
  store: Pick<UsageStore, "insertSettled" | "interruptedOf" | "deleteInterrupted">;
  rollups: Pick<RollupsStore, "lock" | "unroll">;
}

/**
 * Writes settlements; those of requests that are settled already change nothing. Only what was taken for interrupted,
 * because its process had not been heard of, is replaced by what really came of it.
 */
export function createWriteSettled({ database, store, rollups }: WriteSettledDependencies) {
  return async (records: readonly EncodedSettled[]): Promise<void> => {
    const settledBefore = await store.insertSettled(database, records);
    const known = records.filter(({ request_id, policy }) => settledBefore.has(request_id) && policy !== "interrupted");
    if (known.length === 0) return;
    const ids = known.map(({ request_id }) => request_id);
    const interrupted = new Set(await store.interruptedOf(database, ids));
    if (interrupted.size === 0) return;
    await database.transaction(async (transaction) => {
      await rollups.lock(transaction);
      await rollups.unroll(transaction, [...interrupted]);
      await store.deleteInterrupted(transaction, [...interrupted]);
      await store.insertSettled(
        transaction,
        known.filter(({ request_id }) => interrupted.has(request_id)),
      );
    });
  };
}

import type { Database } from "../../platform/database/database.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Difference, RollupsStore } from "./rollups.store.ts";

export interface UpkeepUsecases {
  /** Adds what came since to the sums by the hour. */
  roll: () => Promise<void>;
  /** Makes the sums by the hour anew; gives how many there are. */
  rebuild: () => Promise<number>;
  /** What does not fit together among requests, ledger, counters and sums; each is an error in the log as well. */
  check: () => Promise<readonly Difference[]>;
}

interface UpkeepDependencies {
  database: Database;
  store: RollupsStore;
  log: Log;
}

const group = 5000;

export function createUpkeepUsecases({ database, store, log }: UpkeepDependencies): UpkeepUsecases {
  const locked = (work: (transaction: Parameters<typeof store.lock>[0]) => Promise<number>): Promise<number> =>
    database.transaction(async (transaction) => {
      await store.lock(transaction);
      return work(transaction);
    });

  return {
    async roll() {
      for (let count = group; count === group;) {
        count = await locked((transaction) => store.roll(transaction, group));
      }
    },
    rebuild: () => locked((transaction) => store.rebuild(transaction)),
    async check() {
      const found = await store.differences(database);
      for (const difference of found) log.error({ ...difference }, "usage does not fit together");
      return found;
    },
  };
}

import type { Database } from "../../platform/database/database.ts";
import { randomBase62 } from "../../platform/ids.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { createFreshness } from "../../platform/time/freshness.ts";
import { createPriceList, type PriceList } from "./price-list.ts";
import type { NewPrice, PricesStore } from "./prices.store.ts";

export interface PriceUsecases {
  /** What is valid now and was a day ago, kept in memory. Fails when the database has been away for long. */
  current: () => Promise<PriceList>;
  /** What `current` read last: for a request that has already been answered and must be billed now. */
  known: () => PriceList;
  /** Makes this the open version of its price; the same figures again change nothing. */
  set: (price: Omit<NewPrice, "id" | "at">) => Promise<void>;
}

interface PriceDependencies {
  database: Database;
  store: PricesStore;
  clock: Clock;
  log: Log;
}

const freshMs = 10_000;
/** Older prices than this are not used: then a request is refused rather than billed by a guess. */
const staleMs = 600_000;
/** No request takes longer, so its price is still in the list at its end. */
const rememberMs = 86_400_000;

export function createPriceUsecases({ database, store, clock, log }: PriceDependencies): PriceUsecases {
  let list: PriceList = () => undefined;
  const freshness = createFreshness({
    async load() {
      list = createPriceList(await store.listValidSince(database, new Date(clock.now().getTime() - rememberMs)));
    },
    freshMs,
    staleMs,
    log,
  });

  return {
    async current() {
      await freshness.ensure();
      return list;
    },
    known: () => list,
    async set(price) {
      const at = clock.now();
      await database.transaction(async (transaction) => {
        await store.lock(transaction);
        const open = await store.findOpen(transaction, price);
        if (
          open?.nano_usd_per_input_token === price.nanoUsdPerInputToken &&
          open.nano_usd_per_output_token === price.nanoUsdPerOutputToken
        ) {
          return;
        }
        if (open !== undefined) await store.close(transaction, { id: open.id, at });
        await store.open(transaction, { ...price, id: `price_${randomBase62(22)}`, at });
      });
      freshness.invalidate();
      await freshness.ensure();
    },
  };
}

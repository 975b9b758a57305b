import type { rateMissing } from "@llm-tuner/contract/prices.ts";
import type { z } from "zod";
import type { AccountsModule } from "../../accounts/accounts.module.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { RollupsStore } from "../reports/rollups.store.ts";
import type { AdjustedBill, BillRow, UsageStore } from "../usage.store.ts";
import { costOf } from "./cost.ts";
import { createPriceList, type PriceList } from "./price-list.ts";
import type { PricesStore } from "./prices.store.ts";

interface RateMissingDependencies {
  database: Database;
  store: Pick<UsageStore, "unpricedForUpdate" | "adjust">;
  prices: Pick<PricesStore, "listAll">;
  rollups: Pick<RollupsStore, "lock" | "unroll">;
  audit: AccountsModule["audit"];
  flush: () => Promise<void>;
  clock: Clock;
}

type Wanted = z.output<typeof rateMissing.body>;
type Rated = z.output<(typeof rateMissing.responses)[200]["schema"]>;

const group = 500;

function ratedBill(row: BillRow, priceOf: PriceList, at: Date): AdjustedBill | undefined {
  const price = priceOf({
    provider: row.provider,
    model: row.price_model,
    serviceTier: row.service_tier,
    inputTokens: row.input_tokens,
    at: row.started_at,
  });
  const cost = price === undefined ? null : costOf(price.rates, row);
  if (price === undefined || cost === null) return undefined;
  return {
    request_id: row.request_id,
    cost_nano_usd: cost,
    more_nano_usd: cost,
    price_id: price.id,
    reason: "rated when the model had got a price",
    created_at: at,
  };
}

/** Bills requests that had no price when they were answered, in groups: a crash in between leaves whole bills. */
export function createRateMissing(dependencies: RateMissingDependencies) {
  const { database, store, prices, rollups, audit, flush, clock } = dependencies;

  async function rateGroup(transaction: Queryable, wanted: Wanted, after: string, priceOf: PriceList) {
    await rollups.lock(transaction);
    const rows = await store.unpricedForUpdate(transaction, {
      provider: wanted.provider,
      priceModel: wanted.price_model,
      after,
      limit: group,
    });
    const bills = rows.flatMap((row) => ratedBill(row, priceOf, clock.now()) ?? []);
    if (bills.length > 0) {
      const ids = bills.map(({ request_id }) => request_id);
      await rollups.unroll(transaction, ids);
      await store.adjust(transaction, bills);
    }
    return { rows, bills };
  }

  return async (wanted: Wanted): Promise<Rated> => {
    await flush();
    const priceOf = createPriceList(await prices.listAll(database));
    const rated = { rated: 0, still_missing: 0, cost_nano_usd: 0 };
    await audit.note({ action: "admin.missing_prices_rated", details: wanted });
    for (let after: string | undefined = ""; after !== undefined;) {
      const begin: string = after;
      const { rows, bills } = await database.transaction((transaction) =>
        rateGroup(transaction, wanted, begin, priceOf),
      );
      rated.rated += bills.length;
      rated.still_missing += rows.length - bills.length;
      rated.cost_nano_usd += bills.reduce((sum, bill) => sum + bill.cost_nano_usd, 0);
      after = rows.length < group ? undefined : rows.at(-1)?.request_id;
    }
    return rated;
  };
}

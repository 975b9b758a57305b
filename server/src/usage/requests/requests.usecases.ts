import { type MissingPrice, priceTierOf } from "@llm-tuner/contract/prices.ts";
import type {
  adjustUsageRequest,
  listAllUsageRequests,
  UsageRequest,
  UsageRequestDetail,
} from "@llm-tuner/contract/usage.ts";
import type { z } from "zod";
import type { AccountsModule } from "../../accounts/accounts.module.ts";
import type { Database } from "../../platform/database/database.ts";
import { pageOf, parseCursor } from "../../platform/paging/cursor.ts";
import { allRows } from "../../platform/personal-data/personal-data.ts";
import { createPriceList } from "../prices/price-list.ts";
import type { PricesStore } from "../prices/prices.store.ts";
import { usageRequestNotFound } from "../usage.errors.ts";
import type { AdjustBill } from "./adjust-bill.ts";
import { explainBill, toUsageRequest } from "./explain-bill.ts";
import type { RequestFilter, RequestsStore, UnpricedRow } from "./requests.store.ts";

type Query = z.output<typeof listAllUsageRequests.query>;
type Filters = Omit<Query, "limit" | "cursor">;

export interface RequestUsecases {
  /** Newest first; of a person, or of everybody (null). */
  list: (userId: string | null, query: Query) => Promise<{ requests: UsageRequest[]; next_cursor: string | null }>;
  /** All that the filters leave, newest first; of a person, or of everybody (null). */
  all: (userId: string | null, filters?: Filters) => AsyncGenerator<UsageRequest>;
  /** Of a person, or of anybody (null); throws a 404. */
  explain: (requestId: string, userId: string | null) => Promise<UsageRequestDetail>;
  adjust: (requestId: string, change: z.output<typeof adjustUsageRequest.body>) => Promise<UsageRequestDetail>;
  listMissingPrices: () => Promise<MissingPrice[]>;
}

interface RequestDependencies {
  database: Database;
  store: RequestsStore;
  prices: Pick<PricesStore, "find" | "listAll">;
  adjustBill: AdjustBill;
  audit: AccountsModule["audit"];
  /** What this process has not written yet is written first: who asks for a bill finds the request on it. */
  flush: () => Promise<void>;
}

const maxModels = 200;

const filterOf = (userId: string | null, filters: Filters): RequestFilter => ({
  userId: userId ?? filters.user_id ?? null,
  model: filters.model,
  provider: filters.provider,
  apiKeyId: filters.api_key_id,
  outcome: filters.outcome,
  from: filters.from === undefined ? undefined : new Date(filters.from),
  to: filters.to === undefined ? undefined : new Date(filters.to),
  minCostNanoUsd: filters.min_cost_nano_usd,
});

/** Providers have several names for the ordinary tier of service, and one price for it. */
function byTier(rows: readonly UnpricedRow[]): UnpricedRow[] {
  const models = new Map<string, UnpricedRow>();
  for (const row of rows) {
    const service_tier = priceTierOf(row.service_tier);
    const name = JSON.stringify([row.provider, row.price_model, service_tier]);
    const known = models.get(name);
    models.set(name, {
      ...row,
      service_tier,
      requests: row.requests + (known?.requests ?? 0),
      first_at: known !== undefined && known.first_at < row.first_at ? known.first_at : row.first_at,
      last_at: known !== undefined && known.last_at > row.last_at ? known.last_at : row.last_at,
    });
  }
  return [...models.values()].toSorted((first, second) => second.requests - first.requests);
}

export function createRequestUsecases(dependencies: RequestDependencies): RequestUsecases {
  const { database, store, prices, adjustBill, audit, flush } = dependencies;

  async function page(filter: RequestFilter, { limit, cursor }: { limit: number; cursor?: string | undefined }) {
    const found = await store.list(database, { filter, after: parseCursor(cursor), limit: limit + 1 });
    const { rows, nextCursor } = pageOf(found, {
      limit,
      position: (row) => ({ createdAt: row.started_at, id: row.request_id }),
    });
    return { rows: rows.map(toUsageRequest), nextCursor };
  }

  async function explain(requestId: string, userId: string | null): Promise<UsageRequestDetail> {
    await flush();
    const row = await store.find(database, { requestId, userId });
    if (row === undefined) throw usageRequestNotFound();
    const [price, attempts, entries] = await Promise.all([
      row.price_id === null ? undefined : prices.find(database, row.price_id),
      store.attemptsOf(database, requestId),
      store.entriesOf(database, requestId),
    ]);
    return explainBill(row, { price, attempts, entries });
  }

  return {
    async list(userId, { limit, cursor, ...filters }) {
      await flush();
      const { rows, nextCursor } = await page(filterOf(userId, filters), { limit, cursor });
      return { requests: rows, next_cursor: nextCursor };
    },
    async *all(userId, filters = {}) {
      await flush();
      yield* allRows((query) => page(filterOf(userId, filters), query));
    },
    explain,
    async adjust(requestId, { cost_nano_usd, reason }) {
      await adjustBill({ requestId, costNanoUsd: cost_nano_usd, reason }, (transaction, before) =>
        audit.record(transaction, {
          action: "admin.usage_adjusted",
          target: { kind: "usage_request", id: requestId },
          details: { cost_nano_usd, before_nano_usd: before.costNanoUsd, reason },
        }),
      );
      return explain(requestId, null);
    },
    async listMissingPrices() {
      await flush();
      // By those of then, as the requests will be rated: one that has ended since holds for them.
      const priceOf = createPriceList(await prices.listAll(database));
      return byTier(await store.listUnpriced(database, maxModels)).map((row) => ({
        ...row,
        first_at: row.first_at.toISOString(),
        last_at: row.last_at.toISOString(),
        has_price_now:
          priceOf({
            provider: row.provider,
            model: row.price_model,
            serviceTier: row.service_tier,
            inputTokens: 0,
            at: row.last_at,
          }) !== undefined,
      }));
    },
  };
}

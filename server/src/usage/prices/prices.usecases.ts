import { type Awaitable, goOnWith } from "@llm-tuner/gateway/awaitable.ts";
import {
  type listPrices,
  type PriceVersion,
  priceTierOf,
  type setPrice,
  usageBucketNames,
} from "@llm-tuner/contract/prices.ts";
import type { z } from "zod";
import type { AccountsModule } from "../../accounts/accounts.module.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import { newId } from "../../platform/ids.ts";
import type { Log } from "../../platform/log/log.ts";
import { pageOf, parseCursor } from "../../platform/paging/cursor.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { createFreshness } from "../../platform/time/freshness.ts";
import { createPriceList, type PriceList } from "./price-list.ts";
import { priceEnded, priceNotFound, priceOverlaps } from "./prices.errors.ts";
import type { NewPrice, PriceKey, PriceRow, PricesStore } from "./prices.store.ts";
import type { ShippedPrice } from "./shipped-prices.ts";

export interface PriceUsecases {
  /** What is valid now and was a day ago, kept in memory. Fails when the database has been away for long. */
  current: () => Awaitable<PriceList>;
  /** What `current` read last: for a request that has already been answered and must be billed now. */
  known: () => PriceList;
  /** Prices were changed, here or elsewhere. */
  invalidate: () => void;
  /** Makes this the open version of its price; the same figures again change nothing. */
  setBySettings: (price: Pick<PriceRow, "provider" | "model_pattern" | "rates" | "source">) => Promise<void>;
  /**
   * Opens versions of prices that came with this program. What anybody here set or ended stays as it is.
   */
  load: (shipped: readonly ShippedPrice[]) => Promise<void>;
  list: (query: z.output<typeof listPrices.query>) => Promise<{ prices: PriceVersion[]; next_cursor: string | null }>;
  set: (price: z.output<typeof setPrice.body>) => Promise<PriceVersion>;
  end: (id: string) => Promise<PriceVersion>;
}

interface PriceDependencies {
  database: Database;
  store: PricesStore;
  audit: AccountsModule["audit"];
  clock: Clock;
  log: Log;
}

const freshMs = 10_000;
/** Older prices than this are not used: then a request is refused rather than billed by a guess. */
const staleMs = 600_000;
/** No request takes longer, so its price is still in the list at its end. */
const rememberMs = 86_400_000;

export const toPriceVersion = (row: PriceRow): PriceVersion => ({
  id: row.id,
  provider: row.provider,
  model_pattern: row.model_pattern,
  service_tier: row.service_tier,
  min_input_tokens: row.min_input_tokens,
  rates: row.rates,
  origin: row.origin,
  source: row.source,
  as_of: row.as_of,
  valid_from: row.valid_from.toISOString(),
  valid_to: row.valid_to?.toISOString() ?? null,
});

const detailsOf = ({ provider, model_pattern, service_tier, min_input_tokens, rates, valid_from }: NewPrice) => ({
  provider,
  model_pattern,
  service_tier,
  min_input_tokens,
  rates: Object.entries(rates).map(([bucket, rate]) => `${bucket}=${rate}`),
  valid_from: valid_from.toISOString(),
});

const isSame = (first: Pick<PriceRow, "rates">, second: Pick<PriceRow, "rates">): boolean =>
  usageBucketNames.every((name) => first.rates[name] === second.rates[name]);

const overlaps = ({ valid_to }: PriceRow, from: Date): boolean => valid_to !== null && valid_to > from;

export function createPriceUsecases({ database, store, audit, clock, log }: PriceDependencies): PriceUsecases {
  let list: PriceList = () => undefined;
  const freshness = createFreshness({
    async load() {
      list = createPriceList(await store.listValidSince(database, new Date(clock.now().getTime() - rememberMs)));
    },
    freshMs,
    staleMs,
    log,
  });

  async function change<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    const result = await database.transaction(async (transaction) => {
      await store.lock(transaction);
      return work(transaction);
    });
    freshness.invalidate();
    await freshness.ensure();
    return result;
  }

  const newPrice = (
    key: PriceKey,
    price: Pick<NewPrice, "rates" | "origin" | "source" | "as_of" | "valid_from">,
  ): NewPrice => ({
    provider: key.provider,
    model_pattern: key.model_pattern,
    service_tier: key.service_tier,
    min_input_tokens: key.min_input_tokens,
    ...price,
    id: newId("price"),
    created_at: clock.now(),
  });

  return {
    current: () => goOnWith(freshness.ensure(), () => list),
    known: () => list,
    invalidate: freshness.invalidate,

    setBySettings: (price) =>
      change(async (transaction) => {
        const key = { ...price, service_tier: null, min_input_tokens: 0 };
        const open = (await store.versionsOf(transaction, key)).find(({ valid_to }) => valid_to === null);
        if (open !== undefined && (isSame(open, price) || open.origin === "admin")) return;
        const at = clock.now();
        if (open !== undefined) await store.close(transaction, { id: open.id, at });
        await store.open(transaction, newPrice(key, { ...price, origin: "settings", as_of: null, valid_from: at }));
      }),

    load: (shipped) =>
      change(async (transaction) => {
        const known = new Map<string, PriceRow[]>();
        const nameOf = (key: PriceKey) =>
          JSON.stringify([key.provider, key.model_pattern, key.service_tier, key.min_input_tokens]);
        for (const row of await store.listAll(transaction)) {
          known.set(nameOf(row), [...(known.get(nameOf(row)) ?? []), row]);
        }
        const at = clock.now();
        for (const price of shipped) {
          const versions = known.get(nameOf(price)) ?? [];
          const open = versions.find(({ valid_to }) => valid_to === null);
          if (versions.length > 0 && open?.origin !== "shipped") continue;
          if (open !== undefined && isSame(open, price)) continue;
          if (open !== undefined) await store.close(transaction, { id: open.id, at });
          await store.open(transaction, newPrice(price, { ...price, origin: "shipped", valid_from: at }));
        }
      }),

    async list({ limit, cursor, provider, model_pattern, versions }) {
      const rows = await store.list(database, {
        provider,
        modelPattern: model_pattern,
        withClosed: versions === "all",
        after: parseCursor(cursor),
        limit: limit + 1,
      });
      const page = pageOf(rows, { limit, position: (row) => ({ createdAt: row.valid_from, id: row.id }) });
      return { prices: page.rows.map(toPriceVersion), next_cursor: page.nextCursor };
    },

    set: ({ valid_from, ...asked }) =>
      change(async (transaction) => {
        const body = { ...asked, service_tier: priceTierOf(asked.service_tier) };
        const from = valid_from === undefined ? clock.now() : new Date(valid_from);
        const versions = await store.versionsOf(transaction, body);
        const open = versions.find(({ valid_to }) => valid_to === null);
        const other = versions.find((row) => (row === open ? from <= row.valid_from : overlaps(row, from)));
        if (other !== undefined) throw priceOverlaps(other.valid_from, other.valid_to);
        if (open !== undefined) await store.close(transaction, { id: open.id, at: from });
        const price = newPrice(body, {
          rates: body.rates,
          origin: "admin",
          source: body.source,
          as_of: null,
          valid_from: from,
        });
        await store.open(transaction, price);
        await audit.record(transaction, {
          action: "admin.price_set",
          target: { kind: "price", id: price.id },
          details: detailsOf(price),
        });
        return toPriceVersion({ ...price, valid_to: null });
      }),

    end: (id) =>
      change(async (transaction) => {
        const row = await store.find(transaction, id);
        if (row === undefined) throw priceNotFound();
        if ((await store.close(transaction, { id, at: clock.now() })) === 0) throw priceEnded();
        await audit.record(transaction, { action: "admin.price_ended", target: { kind: "price", id } });
        return toPriceVersion((await store.find(transaction, id)) ?? row);
      }),
  };
}

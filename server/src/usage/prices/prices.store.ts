import { Rates } from "@llm-tuner/contract/prices.ts";
import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";
import type { PagePosition } from "../../platform/paging/cursor.ts";

const priceRow = z.object({
  id: z.string(),
  provider: z.string(),
  model_pattern: z.string(),
  service_tier: z.string().nullable(),
  min_input_tokens: z.int(),
  rates: Rates,
  valid_from: z.date(),
  valid_to: z.date().nullable(),
  origin: z.enum(["shipped", "settings", "admin"]),
  source: z.string(),
  as_of: z.string().nullable(),
});
export type PriceRow = z.infer<typeof priceRow>;

const columns = Object.keys(priceRow.shape)
  .map((name) => (name === "as_of" ? "as_of::text" : name))
  .join(", ");

/** What a price is for: versions of it follow one another. */
export type PriceKey = Pick<PriceRow, "provider" | "model_pattern" | "service_tier" | "min_input_tokens">;

export type NewPrice = Omit<PriceRow, "valid_to"> & { created_at: Date };

/** Held until the transaction ends: versions of a price follow one another, also when processes start together. */
const lock = (transaction: Queryable): Promise<number> =>
  transaction.execute("select pg_advisory_xact_lock(hashtextextended('usage.prices', 0))");

const listValidSince = (queryable: Queryable, since: Date): Promise<PriceRow[]> =>
  queryable.rows(priceRow, `select ${columns} from prices where valid_to is null or valid_to > $1`, [since]);

const listAll = (queryable: Queryable): Promise<PriceRow[]> =>
  queryable.rows(priceRow, `select ${columns} from prices order by valid_from, id`);

const find = (queryable: Queryable, id: string): Promise<PriceRow | undefined> =>
  queryable.row(priceRow, `select ${columns} from prices where id = $1`, [id]);

/** All versions of a price, the latest first. */
const versionsOf = (queryable: Queryable, key: PriceKey): Promise<PriceRow[]> =>
  queryable.rows(
    priceRow,
    `select ${columns} from prices where provider = $1 and model_pattern = $2
       and service_tier is not distinct from $3 and min_input_tokens = $4
     order by valid_from desc, id desc`,
    [key.provider, key.model_pattern, key.service_tier, key.min_input_tokens],
  );

const close = (queryable: Queryable, { id, at }: { id: string; at: Date }): Promise<number> =>
  queryable.execute("update prices set valid_to = greatest(valid_from, $2) where id = $1 and valid_to is null", [
    id,
    at,
  ]);

const open = (queryable: Queryable, price: NewPrice): Promise<number> =>
  queryable.execute(
    `insert into prices (id, provider, model_pattern, service_tier, min_input_tokens, rates, valid_from, origin, source,
       as_of, created_at)
     select id, provider, model_pattern, service_tier, min_input_tokens, rates, valid_from, origin, source, as_of, created_at
     from jsonb_to_record($1::jsonb) as price (id text, provider text, model_pattern text, service_tier text,
       min_input_tokens int, rates jsonb, valid_from timestamptz, origin text, source text, as_of date,
       created_at timestamptz)`,
    [JSON.stringify(price)],
  );

interface ListedPrices {
  provider: string | undefined;
  modelPattern: string | undefined;
  withClosed: boolean;
  after: PagePosition | null;
  limit: number;
}

/** The latest first, beginning after a position. */
const list = (queryable: Queryable, wanted: ListedPrices): Promise<PriceRow[]> =>
  queryable.rows(
    priceRow,
    `select ${columns} from prices
     where ($1::text is null or provider = $1) and ($2::text is null or model_pattern = $2)
       and ($3 or valid_to is null) and ($4::timestamptz is null or (valid_from, id) < ($4, $5))
     order by valid_from desc, id desc limit $6`,
    [
      wanted.provider ?? null,
      wanted.modelPattern ?? null,
      wanted.withClosed,
      wanted.after?.createdAt ?? null,
      wanted.after?.id ?? null,
      wanted.limit,
    ],
  );

export const pricesStore = { lock, listValidSince, listAll, find, versionsOf, close, open, list };
export type PricesStore = typeof pricesStore;

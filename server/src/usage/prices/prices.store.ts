import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const priceRow = z.object({
  id: z.string(),
  provider: z.string(),
  model_pattern: z.string(),
  nano_usd_per_input_token: z.coerce.number(),
  nano_usd_per_output_token: z.coerce.number(),
  valid_from: z.date(),
  valid_to: z.date().nullable(),
});
export type PriceRow = z.infer<typeof priceRow>;

const columns = Object.keys(priceRow.shape).join(", ");

export interface NewPrice {
  id: string;
  provider: string;
  modelPattern: string;
  nanoUsdPerInputToken: number;
  nanoUsdPerOutputToken: number;
  source: string;
  at: Date;
}

/** Held until the transaction ends: processes that start together open one version of a price, not two. */
const lock = (transaction: Queryable): Promise<number> =>
  transaction.execute("select pg_advisory_xact_lock(hashtextextended('usage.prices', 0))");

const listValidSince = (queryable: Queryable, since: Date): Promise<PriceRow[]> =>
  queryable.rows(priceRow, `select ${columns} from prices where valid_to is null or valid_to > $1`, [since]);

const findOpen = (
  queryable: Queryable,
  { provider, modelPattern }: { provider: string; modelPattern: string },
): Promise<PriceRow | undefined> =>
  queryable.row(
    priceRow,
    `select ${columns} from prices where provider = $1 and model_pattern = $2 and valid_to is null`,
    [provider, modelPattern],
  );

const close = (queryable: Queryable, { id, at }: { id: string; at: Date }): Promise<number> =>
  queryable.execute("update prices set valid_to = greatest(valid_from, $2) where id = $1 and valid_to is null", [
    id,
    at,
  ]);

const open = (queryable: Queryable, price: NewPrice): Promise<number> =>
  queryable.execute(
    `insert into prices (id, provider, model_pattern, nano_usd_per_input_token, nano_usd_per_output_token,
       valid_from, source, created_at) values ($1, $2, $3, $4, $5, $6, $7, $6)`,
    [
      price.id,
      price.provider,
      price.modelPattern,
      price.nanoUsdPerInputToken,
      price.nanoUsdPerOutputToken,
      price.at,
      price.source,
    ],
  );

export const pricesStore = { lock, listValidSince, findOpen, close, open };
export type PricesStore = typeof pricesStore;

import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const limitOrNull = z.coerce.number().nullable();

const limits = {
  requests_per_minute: limitOrNull,
  tokens_per_minute: limitOrNull,
  concurrent_requests: limitOrNull,
  daily_spend_nano_usd: limitOrNull,
  monthly_spend_nano_usd: limitOrNull,
};

const modelLimit = z.object({ model: z.string(), ...limits });
export type ModelLimitRow = z.infer<typeof modelLimit>;

const tierRow = z.object({
  name: z.string(),
  description: z.string(),
  ...limits,
  model_limits: z.array(modelLimit),
  created_at: z.date(),
});
export type TierRow = z.infer<typeof tierRow>;

const columns = Object.keys(tierRow.shape).join(", ");

const list = (queryable: Queryable): Promise<TierRow[]> =>
  queryable.rows(tierRow, `select ${columns} from tiers order by name`);

/** The row is locked until the transaction ends. */
const findForUpdate = (transaction: Queryable, name: string): Promise<TierRow | undefined> =>
  transaction.row(tierRow, `select ${columns} from tiers where name = $1 for update`, [name]);

const exists = async (queryable: Queryable, name: string): Promise<boolean> =>
  (await queryable.row(z.object({}), "select 1 from tiers where name = $1", [name])) !== undefined;

const valuesOf = (tier: TierRow) => [
  tier.name,
  tier.description,
  tier.requests_per_minute,
  tier.tokens_per_minute,
  tier.concurrent_requests,
  tier.daily_spend_nano_usd,
  tier.monthly_spend_nano_usd,
  JSON.stringify(tier.model_limits),
];

/** 0 when the name is taken. */
const insert = (queryable: Queryable, tier: TierRow): Promise<number> =>
  queryable.execute(
    `insert into tiers (name, description, requests_per_minute, tokens_per_minute, concurrent_requests,
       daily_spend_nano_usd, monthly_spend_nano_usd, model_limits, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (name) do nothing`,
    [...valuesOf(tier), tier.created_at],
  );

const update = (queryable: Queryable, tier: TierRow): Promise<number> =>
  queryable.execute(
    `update tiers set description = $2, requests_per_minute = $3, tokens_per_minute = $4, concurrent_requests = $5,
       daily_spend_nano_usd = $6, monthly_spend_nano_usd = $7, model_limits = $8 where name = $1`,
    valuesOf(tier),
  );

const remove = (queryable: Queryable, name: string): Promise<number> =>
  queryable.execute("delete from tiers where name = $1", [name]);

export const tiersStore = { list, findForUpdate, exists, insert, update, remove };
export type TiersStore = typeof tiersStore;

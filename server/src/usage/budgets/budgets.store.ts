import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";
import type { HoldRecord } from "../usage.store.ts";

/** What counts against a limit: a subject in one period, which is `total`, `2026-11` or `2026-11-21`. */
export interface CounterKey {
  subject: string;
  period: string;
}

const counterRow = z.object({
  subject: z.string(),
  period: z.string(),
  held_nano_usd: z.coerce.number(),
  spent_nano_usd: z.coerce.number(),
  requests: z.coerce.number(),
});
export type CounterRow = z.infer<typeof counterRow>;

const columns = "subject, period, held_nano_usd, spent_nano_usd, requests";

const readCounters = (queryable: Queryable, keys: readonly CounterKey[]): Promise<CounterRow[]> =>
  queryable.rows(
    counterRow,
    `select ${columns} from usage_counters
     join jsonb_to_recordset($1::jsonb) as wanted (subject text, period text) using (subject, period)`,
    [JSON.stringify(keys)],
  );

/** Locks counters until the transaction ends, in one order everywhere; those that are new begin at zero. */
const lockCounters = (
  transaction: Queryable,
  { keys, at }: { keys: readonly (CounterKey & { user_id: string })[]; at: Date },
): Promise<CounterRow[]> =>
  transaction.rows(
    counterRow,
    `insert into usage_counters (subject, period, user_id, held_nano_usd, spent_nano_usd, requests, updated_at)
     select subject, period, user_id, 0, 0, 0, $2
     from jsonb_to_recordset($1::jsonb) as wanted (subject text, period text, user_id text)
     order by subject, period
     on conflict (subject, period) do update set updated_at = excluded.updated_at
     returning ${columns}`,
    [JSON.stringify(keys), at],
  );

/** Writes holds and what they add to their counters, whose locks must be held. Holds that exist already add nothing. */
const insertCountedHolds = (transaction: Queryable, holds: readonly HoldRecord[]): Promise<number> =>
  transaction.execute(
    `with taken as (
       insert into usage_entries (request_id, kind, user_id, api_key_id, amount_nano_usd, price_id, created_at, counted,
         process_id, model, price_model, provider, operation, stream)
       select request_id, 'hold', user_id, api_key_id, -hold_nano_usd, price_id, created_at, counted, process_id, model,
         price_model, provider, operation, stream
       from jsonb_to_recordset($1::jsonb) as hold (request_id text, user_id text, api_key_id text, hold_nano_usd bigint,
         price_id text, created_at timestamptz, counted text[], process_id text, model text, price_model text,
         provider text, operation text, stream boolean)
       on conflict do nothing
       returning amount_nano_usd, created_at, counted
     ), added as (
       select subject, period, -sum(amount_nano_usd) as held_nano_usd, count(*) as requests
       from taken cross join lateral unnest(counted) as subject
         cross join lateral unnest(usage_periods(created_at)) as period
       group by subject, period
     )
     update usage_counters set held_nano_usd = usage_counters.held_nano_usd + added.held_nano_usd,
       requests = usage_counters.requests + added.requests
     from added where usage_counters.subject = added.subject and usage_counters.period = added.period`,
    [JSON.stringify(holds)],
  );

const heldAlready = async (queryable: Queryable, requestIds: readonly string[]): Promise<string[]> => {
  const rows = await queryable.rows(
    z.object({ request_id: z.string() }),
    "select request_id from usage_entries where kind = 'hold' and request_id = any($1)",
    [requestIds],
  );
  return rows.map(({ request_id }) => request_id);
};

/** Counters of client tokens that ended long ago, and of days that are over for a month. */
const deleteEnded = (queryable: Queryable, before: Date): Promise<number> =>
  queryable.execute(
    `delete from usage_counters where held_nano_usd = 0
       and (subject like 'client\\_token:%' and updated_at < $1
         or length(period) = 10 and updated_at < $1::timestamptz - interval '30 days')`,
    [before],
  );

export const budgetsStore = { readCounters, lockCounters, insertCountedHolds, heldAlready, deleteEnded };
export type BudgetsStore = typeof budgetsStore;

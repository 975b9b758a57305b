import { usageBucketNames } from "@llm-tuner/contract/prices.ts";
import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const keys = ["hour", "user_id", "api_key_id", "model", "provider"];
const sums = ["requests", "errors", "unpriced", "cost_nano_usd", ...usageBucketNames];

/** Sums of the requests of `source` by the hour in which they began. */
const sumsOf = (source: string): string => `
  select date_trunc('hour', started_at, 'UTC') as hour, user_id, coalesce(api_key_id, '') as api_key_id, model, provider,
    count(*) as requests, count(*) filter (where outcome = 'failed') as errors,
    count(*) filter (where cost_nano_usd is null) as unpriced, coalesce(sum(cost_nano_usd), 0) as cost_nano_usd,
    ${usageBucketNames.map((name) => `sum(${name}) as ${name}`).join(", ")}
  from ${source} group by 1, 2, 3, 4, 5`;

/** Held until the transaction ends by whoever moves requests into the sums, out of them, or changes them. */
const lock = (transaction: Queryable): Promise<number> =>
  transaction.execute("select pg_advisory_xact_lock(hashtextextended('usage.rollups', 0))");

/** Adds requests that are not in the sums yet, so many at most; gives how many there were. Needs the lock. */
const roll = async (transaction: Queryable, limit: number): Promise<number> => {
  const row = await transaction.row(
    z.object({ count: z.coerce.number() }),
    `with taken as (
       delete from usage_unrolled where request_id in (select request_id from usage_unrolled limit $1 for update skip locked)
       returning request_id
     ), added as (
       insert into usage_hourly (${[...keys, ...sums].join(", ")})
       ${sumsOf("usage_requests join taken using (request_id)")} order by 1, 2, 3, 4, 5
       on conflict (user_id, hour, api_key_id, model, provider) do update set
         ${sums.map((name) => `${name} = usage_hourly.${name} + excluded.${name}`).join(", ")}
     )
     select count(*) from taken`,
    [limit],
  );
  return row?.count ?? 0;
};

/** Takes requests out of the sums, to be added again when they are as they will be. Needs the lock. */
const unroll = (transaction: Queryable, requestIds: readonly string[]): Promise<number> =>
  transaction.execute(
    `with back as (
       insert into usage_unrolled (request_id)
       select request_id from usage_requests where request_id = any($1) order by request_id
       on conflict do nothing returning request_id
     ), sums as (${sumsOf("usage_requests join back using (request_id)")})
     update usage_hourly set ${sums.map((name) => `${name} = usage_hourly.${name} - sums.${name}`).join(", ")}
     from sums where ${keys.map((name) => `usage_hourly.${name} = sums.${name}`).join(" and ")}`,
    [requestIds],
  );

/** Makes all sums anew. Needs the lock. */
async function rebuild(transaction: Queryable): Promise<number> {
  await transaction.execute("delete from usage_hourly");
  // One snapshot: a request that is written meanwhile is not summed here and stays in usage_unrolled.
  return transaction.execute(
    `with cleared as (delete from usage_unrolled)
     insert into usage_hourly (${[...keys, ...sums].join(", ")}) ${sumsOf("usage_requests")}`,
  );
}

const countRow = z.object({ count: z.coerce.number(), example: z.string().nullable() });
export type Difference = { what: string } & z.infer<typeof countRow>;

/** Each asks for what must not be there: how many of them, and one as an example. */
const checks: Readonly<Record<string, string>> = {
  "requests whose cost is not what the ledger has for them": `
    select request_id as example from usage_requests request
      left join (select request_id, -sum(amount_nano_usd) as owed from usage_entries where kind in ('charge', 'adjust')
        group by request_id) entry using (request_id)
    where coalesce(request.cost_nano_usd, 0) <> coalesce(entry.owed, 0)`,
  "charges without a request": `
    select request_id as example from usage_entries entry where kind in ('charge', 'adjust')
      and not exists (select 1 from usage_requests where request_id = entry.request_id)`,
  "settled requests that still hold something": `
    select request_id as example from usage_entries hold where kind = 'hold'
      and exists (select 1 from usage_requests where request_id = hold.request_id)
      and not exists (select 1 from usage_entries where request_id = hold.request_id and kind = 'release'
        and amount_nano_usd = -hold.amount_nano_usd)`,
  "hours whose sums are not those of their requests": `
    with requests as (${sumsOf("usage_requests")}),
    kept as (
      select ${keys.join(", ")}, ${sums.map((name) => `sum(${name}) as ${name}`).join(", ")}
      from (select ${[...keys, ...sums].join(", ")} from usage_hourly
        union all ${sumsOf("usage_requests join usage_unrolled using (request_id)")}) parts
      group by ${keys.join(", ")}
    )
    select concat_ws(' ', hour::text, user_id, model) as example
    from requests full join kept using (${keys.join(", ")})
    where ${sums.map((name) => `coalesce(requests.${name}, 0) <> coalesce(kept.${name}, 0)`).join(" or ")}`,
  "counters whose spending is not that of the ledger": `
    select subject as example from (
      select subject, -sum(amount_nano_usd) as spent from usage_entries
        cross join lateral unnest(counted || ('user:' || user_id)) as subject
      where kind in ('charge', 'adjust') group by subject
    ) ledger join usage_counters counter using (subject)
    where counter.period = 'total' and counter.spent_nano_usd <> ledger.spent`,
};

/** Compares requests, ledger, sums and counters with each other, in one snapshot each; none when all is as it must be. */
async function differences(queryable: Queryable): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const [what, text] of Object.entries(checks)) {
    const row = await queryable.row(countRow, `select count(*), min(example) as example from (${text}) wrong`);
    if (row !== undefined && row.count > 0) found.push({ what, ...row });
  }
  return found;
}

export const rollupsStore = { lock, roll, unroll, rebuild, differences };
export type RollupsStore = typeof rollupsStore;

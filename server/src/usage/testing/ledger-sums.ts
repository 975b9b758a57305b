import { z } from "zod";
import type { Database } from "../../platform/database/database.ts";

const counterRow = z.object({
  subject: z.string(),
  period_start: z.string(),
  held: z.coerce.number(),
  spent: z.coerce.number(),
  requests: z.coerce.number(),
});

/**
 * What the counters must be, from the ledger alone: each entry counts in all and in the month of its hold, for the
 * subjects that it names, and a charge for its person.
 */
const fromLedger = `
  select subject, period_start::text, -sum(amount_nano_usd) filter (where kind <> 'charge') as held,
    -sum(amount_nano_usd) filter (where kind = 'charge') as spent, count(*) filter (where kind = 'hold') as requests
  from (
    select entry.*, coalesce(hold.created_at, entry.created_at) as counted_at
    from usage_entries entry left join usage_entries hold on hold.request_id = entry.request_id and hold.kind = 'hold'
  ) entry
    cross join lateral unnest(case kind when 'charge' then counted || ('user:' || user_id) else counted end) as subject
    cross join lateral unnest(array['-infinity', date_trunc('month', counted_at at time zone 'UTC')::date]) as period_start
  group by subject, period_start`;

/** Counters that differ from the ledger's sums, with both; none when everything is as it must be. */
export const unequalCounters = (database: Database) =>
  database.rows(
    counterRow.extend({ from: z.string() }),
    `with sums as (
       select subject, period_start, coalesce(held, 0) as held, coalesce(spent, 0) as spent, requests
       from (${fromLedger}) ledger
     ), kept as (
       select subject, period_start::text, held_nano_usd as held, spent_nano_usd as spent, requests
       from usage_counters where (held_nano_usd, spent_nano_usd, requests) <> (0, 0, 0)
     )
     select *, 'ledger' as from from (select * from sums where (held, spent, requests) <> (0, 0, 0) except select * from kept) a
     union all
     select *, 'counter' as from from (select * from kept except select * from sums) b
     order by subject, period_start`,
  );

import { z } from "zod";
import type { Database } from "../../platform/database/database.ts";

const counterRow = z.object({
  subject: z.string(),
  period: z.string(),
  held: z.coerce.number(),
  spent: z.coerce.number(),
  requests: z.coerce.number(),
});

/**
 * What the counters must be, from the ledger alone: each entry counts in all and in the month and day of its hold, for the
 * subjects that it names, and a charge or an adjustment for its person.
 */
const fromLedger = `
  select subject, period, -sum(amount_nano_usd) filter (where kind in ('hold', 'release')) as held,
    -sum(amount_nano_usd) filter (where kind in ('charge', 'adjust')) as spent, count(*) filter (where kind = 'hold') as requests
  from (
    select entry.*, coalesce(hold.created_at, entry.created_at) as counted_at
    from usage_entries entry left join usage_entries hold on hold.request_id = entry.request_id and hold.kind = 'hold'
  ) entry
    cross join lateral unnest(case when kind in ('charge', 'adjust') then counted || ('user:' || user_id) else counted end) as subject
    cross join lateral unnest(usage_periods(counted_at)) as period
  group by subject, period`;

/**
 * Counters that differ from the ledger's sums, with both; none when everything is as it must be. Days are forgotten after
 * a month, so older ones are not looked at.
 */
export const unequalCounters = (database: Database) =>
  database.rows(
    counterRow.extend({ from: z.string() }),
    `with days as (
       select to_char(max(updated_at) at time zone 'UTC' - interval '29 days', 'YYYY-MM-DD') as oldest from usage_counters
     ), sums as (
       select subject, period, coalesce(held, 0) as held, coalesce(spent, 0) as spent, requests
       from (${fromLedger}) ledger, days where length(period) < 10 or period >= oldest
     ), kept as (
       select subject, period, held_nano_usd as held, spent_nano_usd as spent, requests
       from usage_counters, days where (length(period) < 10 or period >= oldest) and (held_nano_usd, spent_nano_usd, requests) <> (0, 0, 0)
     )
     select *, 'ledger' as from from (select * from sums where (held, spent, requests) <> (0, 0, 0) except select * from kept) a
     union all
     select *, 'counter' as from from (select * from kept except select * from sums) b
     order by subject, period`,
  );

-- Limits of tiers by day and by model, budgets by day, and where limits a minute and at once are kept when several
-- processes answer.

alter table tiers
  add column daily_spend_nano_usd bigint check (daily_spend_nano_usd >= 0),
  -- [{"model": a pattern, "requests_per_minute", "tokens_per_minute", "concurrent_requests", "daily_spend_nano_usd",
  --   "monthly_spend_nano_usd": each null or the limit}]
  add column model_limits jsonb not null default '[]' check (jsonb_typeof(model_limits) = 'array');

alter table api_keys drop constraint api_keys_budget_period_check;
alter table api_keys add constraint api_keys_budget_period_check check (budget_period in ('total', 'month', 'day'));

-- The periods in which something counts, by UTC: 'total', '2026-11' and '2026-11-21'.
create function usage_periods(at timestamptz) returns text[] language sql stable as $$
  select array['total', to_char(at at time zone 'UTC', 'YYYY-MM'), to_char(at at time zone 'UTC', 'YYYY-MM-DD')]
$$;

alter table usage_counters drop constraint usage_counters_pkey;
alter table usage_counters add column period text;
update usage_counters set period = case period_start when '-infinity' then 'total' else to_char(period_start, 'YYYY-MM') end;
alter table usage_counters drop column period_start, alter column period set not null, add primary key (subject, period);

-- The days so far. Those before the last thirty are asked for by nobody.
insert into usage_counters (subject, period, user_id, held_nano_usd, spent_nano_usd, requests, updated_at)
select subject, to_char(counted_at at time zone 'UTC', 'YYYY-MM-DD'), min(user_id),
  coalesce(-sum(amount_nano_usd) filter (where kind in ('hold', 'release')), 0),
  coalesce(-sum(amount_nano_usd) filter (where kind in ('charge', 'adjust')), 0),
  count(*) filter (where kind = 'hold'), max(counted_at)
from (
  select entry.*, coalesce(hold.created_at, entry.created_at) as counted_at
  from usage_entries entry left join usage_entries hold on hold.request_id = entry.request_id and hold.kind = 'hold'
  where entry.created_at > now() - interval '31 days'
) entry
  cross join lateral unnest(case when kind in ('charge', 'adjust') then counted || ('user:' || user_id) else counted end) as subject
where counted_at > now() - interval '30 days'
group by 1, 2;

-- What is used of the limits a minute and at once, for LIMITS_DRIVER=postgres. Not logged: it says nothing any more after
-- some minutes, so after a crash everybody begins anew, and in return no answer waits for a disk.
create unlogged table limit_levels (
  -- Kind, subject and pattern of models.
  name text primary key,
  -- Of a rate in 60 000ths.
  used bigint not null,
  held bigint not null,
  at_ms bigint not null,
  -- Null: for ever.
  keep_until_ms bigint
) with (fillfactor = 50);

-- Requests that took from them.
create unlogged table limit_holds (
  request_id text primary key,
  -- [{"name", "kind", "limit", "amount"}]; when it is over, what a late settlement still changes.
  takings jsonb not null,
  is_open boolean not null,
  -- When its lease ends, or when it may be forgotten.
  until_ms bigint not null
) with (fillfactor = 70);
create index limit_holds_by_end on limit_holds (is_open, until_ms);

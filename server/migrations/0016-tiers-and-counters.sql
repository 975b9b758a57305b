-- Tiers: named bundles of limits. Budgets: what counts against a limit, one row for each subject and period.

create table tiers (
  name text primary key check (name ~ '^[a-z][a-z0-9-]{0,39}$'),
  description text not null check (length(description) <= 300),
  -- Null is no limit.
  requests_per_minute integer check (requests_per_minute > 0),
  tokens_per_minute integer check (tokens_per_minute > 0),
  concurrent_requests integer check (concurrent_requests > 0),
  monthly_spend_nano_usd bigint check (monthly_spend_nano_usd >= 0),
  created_at timestamptz not null
);
insert into tiers (name, description, created_at) values ('standard', 'What everybody has who was given no other.', now());

create function notify_tiers_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('tiers_changed', '');
  return null;
end $$;
create trigger tiers_changed after insert or update or delete on tiers
  for each statement execute function notify_tiers_changed();

-- Always the sums of the ledger. What is spent is counted for every subject, limited or not; what is held and how many
-- requests there were only for subjects that had a limit when the request began, since only those must be locked then.
create table usage_counters (
  -- user:…, key:… (the first key of a line of rotations), client_token:…
  subject text not null,
  -- First day of a calendar month (UTC), or -infinity for everything.
  period_start date not null,
  user_id text not null references users (id) on delete cascade,
  held_nano_usd bigint not null,
  spent_nano_usd bigint not null,
  requests bigint not null,
  updated_at timestamptz not null,
  primary key (subject, period_start)
) with (fillfactor = 70);
create index usage_counters_by_user on usage_counters (user_id);

-- A hold and its release name the subjects that they count against; a charge those that it counts against besides its
-- person, who is counted always.
alter table usage_entries add column counted text[] not null default '{}';
-- What has no price holds nothing, but may be counted.
alter table usage_entries alter column price_id drop not null;
alter table usage_entries add check (price_id is not null or amount_nano_usd = 0);

-- What was spent before there were counters.
insert into usage_counters (subject, period_start, user_id, held_nano_usd, spent_nano_usd, requests, updated_at)
select subject, period_start, user_id, 0, -sum(amount_nano_usd), 0, max(created_at)
from usage_entries
  cross join lateral unnest(array['user:' || user_id, 'key:' || api_key_id]) as subject
  cross join lateral unnest(array['-infinity', date_trunc('month', created_at at time zone 'UTC')::date]) as period_start
where kind = 'charge' and subject is not null
group by subject, period_start, user_id;

-- What was used by bucket, prices by bucket with their history, and which process holds what.

-- Every count that a request may be billed by. The sums stay for reading.
alter table usage_requests
  add column input_uncached integer not null default 0 check (input_uncached >= 0),
  add column input_cache_read integer not null default 0 check (input_cache_read >= 0),
  add column input_cache_write_5m integer not null default 0 check (input_cache_write_5m >= 0),
  add column input_cache_write_1h integer not null default 0 check (input_cache_write_1h >= 0),
  add column input_audio integer not null default 0 check (input_audio >= 0),
  add column input_image integer not null default 0 check (input_image >= 0),
  add column output_text integer not null default 0 check (output_text >= 0),
  add column output_reasoning integer not null default 0 check (output_reasoning >= 0),
  add column output_audio integer not null default 0 check (output_audio >= 0),
  add column output_image integer not null default 0 check (output_image >= 0),
  add column images integer not null default 0 check (images >= 0),
  add column video_seconds integer not null default 0 check (video_seconds >= 0),
  add column operation text not null default 'chat/completions',
  add column stream boolean not null default false,
  add column service_tier text,
  add column upstream_id text,
  -- Which documented rule made the bill.
  add column policy text;
update usage_requests set input_uncached = input_tokens, output_text = output_tokens,
  policy = case
    when outcome = 'failed' and input_tokens + output_tokens = 0 then 'failed'
    when outcome = 'aborted' then 'partial'
    else usage_source end;
alter table usage_requests
  alter column policy set not null,
  add constraint usage_requests_policy_check
    check (policy in ('reported', 'partial', 'drained', 'estimated', 'interrupted', 'failed')),
  alter column operation drop default,
  alter column stream drop default,
  drop column input_tokens,
  drop column output_tokens,
  drop constraint usage_requests_usage_source_check,
  add constraint usage_requests_usage_source_check check (usage_source in ('reported', 'partial', 'estimated')),
  -- What has a price has a cost. Without one, nothing used still costs nothing, and an administrator may set a cost.
  drop constraint usage_requests_check,
  add constraint usage_requests_price_check check (price_id is null or cost_nano_usd is not null);
alter table usage_requests
  add column input_tokens bigint not null generated always as (input_uncached::bigint + input_cache_read
    + input_cache_write_5m + input_cache_write_1h + input_audio + input_image) stored,
  add column output_tokens bigint not null generated always as (output_text::bigint + output_reasoning + output_audio
    + output_image) stored;
-- Few have no price, and somebody looks for them.
create index usage_requests_unpriced on usage_requests (provider, price_model, service_tier) where cost_nano_usd is null;
create index usage_requests_by_time on usage_requests (started_at desc, request_id desc);

-- What was tried for a request, in its order. Only the last is billed.
create table usage_attempts (
  request_id text not null references usage_requests (request_id) on delete cascade,
  seq smallint not null,
  deployment text not null,
  provider text not null,
  upstream_model text not null,
  outcome text not null check (outcome in ('completed', 'aborted', 'failed')),
  error_code text,
  latency_ms integer not null check (latency_ms >= 0),
  primary key (request_id, seq)
);

-- Rates by bucket in nano-USD, decimals as text, so that they stay exact.
alter table prices
  add column rates jsonb,
  -- Null for the ordinary one.
  add column service_tier text,
  -- The whole request has this price when its input has so many tokens.
  add column min_input_tokens integer not null default 0 check (min_input_tokens >= 0),
  add column origin text not null default 'settings' check (origin in ('shipped', 'settings', 'admin')),
  -- The day on which the source said so.
  add column as_of date;
update prices set rates = jsonb_build_object(
  'input_uncached', trim_scale(nano_usd_per_input_token)::text,
  'output_text', trim_scale(nano_usd_per_output_token)::text);
alter table prices
  alter column rates set not null,
  add constraint prices_rates_check check (jsonb_typeof(rates) = 'object' and rates <> '{}'),
  alter column origin drop default,
  drop column nano_usd_per_input_token,
  drop column nano_usd_per_output_token;
drop index prices_one_open;
create unique index prices_one_open on prices (provider, model_pattern, coalesce(service_tier, ''), min_input_tokens)
  where valid_to is null;
create index prices_by_beginning on prices (valid_from desc, id desc);
create function notify_prices_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('prices_changed', '');
  return null;
end $$;
create trigger prices_changed after insert or update or delete on prices
  for each statement execute function notify_prices_changed();

-- The ledger gets corrections: any number for a request, each with a reason.
alter table usage_entries drop constraint usage_entries_pkey;
create unique index usage_entries_once on usage_entries (request_id, kind) where kind <> 'adjust';
create index usage_entries_adjusted on usage_entries (request_id) where kind = 'adjust';
alter table usage_entries
  add column reason text,
  -- Of a hold: which process works on the request, and for what, in case it dies.
  add column process_id text,
  add column model text,
  add column price_model text,
  add column provider text,
  drop constraint usage_entries_kind_check,
  add constraint usage_entries_kind_check check (kind in ('hold', 'release', 'charge', 'adjust')),
  add constraint usage_entries_reason_check check ((kind = 'adjust') = (reason is not null));
alter table usage_entries
  drop constraint usage_entries_check,
  drop constraint usage_entries_check1,
  add constraint usage_entries_price_check check (price_id is not null or amount_nano_usd = 0 or kind = 'adjust');
alter table usage_entries add constraint usage_entries_sign_check check (case kind
  when 'release' then amount_nano_usd >= 0
  when 'adjust' then amount_nano_usd <> 0
  else amount_nano_usd <= 0 end);

-- Processes that hold something for requests. One that has not been seen for some minutes is dead.
create table usage_processes (
  id text primary key,
  started_at timestamptz not null,
  seen_at timestamptz not null
);

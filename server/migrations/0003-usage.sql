-- What was used and what it cost. Money is integer nano-USD; a price may have a fraction of one.

-- A change of price closes the old row and opens a new one, so that every charge can be explained later.
create table prices (
  id text primary key,
  provider text not null,
  -- A model's name, or a pattern in which * stands for anything.
  model_pattern text not null,
  nano_usd_per_input_token numeric(18, 6) not null check (nano_usd_per_input_token >= 0),
  nano_usd_per_output_token numeric(18, 6) not null check (nano_usd_per_output_token >= 0),
  valid_from timestamptz not null,
  valid_to timestamptz check (valid_to >= valid_from),
  -- Where the figures come from, such as the name of the settings.
  source text not null,
  created_at timestamptz not null
);
create unique index prices_one_open on prices (provider, model_pattern) where valid_to is null;
create index prices_closed on prices (valid_to) where valid_to is not null;

-- One row for each settled request of the gateway.
create table usage_requests (
  request_id text primary key,
  user_id text not null references users (id) on delete cascade,
  -- No foreign key: the row stays when the key is deleted.
  api_key_id text,
  model text not null,
  price_model text not null,
  provider text not null,
  input_tokens integer not null check (input_tokens >= 0),
  output_tokens integer not null check (output_tokens >= 0),
  usage_source text not null check (usage_source in ('reported', 'estimated')),
  -- Null when the model had no price, which is not the same as nothing.
  cost_nano_usd bigint check (cost_nano_usd >= 0),
  price_id text references prices (id),
  outcome text not null check (outcome in ('completed', 'aborted', 'failed')),
  error_code text,
  latency_ms integer not null check (latency_ms >= 0),
  first_byte_ms integer check (first_byte_ms >= 0),
  started_at timestamptz not null,
  created_at timestamptz not null,
  check ((cost_nano_usd is null) = (price_id is null))
);
create index usage_requests_by_user on usage_requests (user_id, started_at desc, request_id desc);

-- The ledger. A request holds what it may cost, releases that at its end and is charged what it did cost; the sum of a
-- person's entries is what they owe (negative). Entries are added and never changed.
create table usage_entries (
  request_id text not null,
  kind text not null check (kind in ('hold', 'release', 'charge')),
  user_id text not null references users (id) on delete cascade,
  api_key_id text,
  amount_nano_usd bigint not null,
  price_id text not null references prices (id),
  created_at timestamptz not null,
  primary key (request_id, kind),
  check (case kind when 'release' then amount_nano_usd >= 0 else amount_nano_usd <= 0 end)
);
create index usage_entries_by_user on usage_entries (user_id, created_at);
create index usage_entries_by_time on usage_entries (created_at);

create function refuse_ledger_change() returns trigger language plpgsql as $$
begin
  -- Depth 1 is a statement of somebody's own; deeper is the removal of a person with all that is theirs.
  if tg_op = 'DELETE' and pg_trigger_depth() > 1 then
    return old;
  end if;
  raise exception 'usage_entries is append-only';
end $$;
create trigger usage_entries_append_only before update or delete on usage_entries
  for each row execute function refuse_ledger_change();

-- Models of providers that may be asked for, and the public names that stand for models.

-- What is as the shipped catalogue has it has no row.
create table offered_models (
  id text primary key,
  -- No foreign key: a connection of the environment has no row.
  connection_id text not null,
  -- Its name at the provider; with * at the end every name that begins so.
  model text not null check (length(model) between 1 and 200),
  price_model text not null check (length(price_model) between 1 and 200),
  -- Null where nobody knows, and for the gateway's own limits.
  context_window integer check (context_window > 0),
  max_output_tokens integer check (max_output_tokens > 0),
  capabilities text[] not null,
  on_disconnect_whole text not null check (on_disconnect_whole in ('abort', 'drain')),
  on_disconnect_stream text not null check (on_disconnect_stream in ('abort', 'drain')),
  first_byte_timeout_ms integer check (first_byte_timeout_ms > 0),
  idle_timeout_ms integer check (idle_timeout_ms > 0),
  total_timeout_ms integer check (total_timeout_ms > 0),
  enabled boolean not null,
  source text not null check (source in ('catalogue', 'added', 'imported')),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (connection_id, model)
);
create trigger providers_changed after insert or update or delete on offered_models
  for each statement execute function notify_providers_changed();

create table model_routes (
  id text primary key,
  name text not null unique check (length(name) between 1 and 100),
  description text not null check (length(description) <= 300),
  -- Steps, each a list of {"model": …, "weight": …}.
  steps jsonb not null,
  enabled boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create trigger providers_changed after insert or update or delete on model_routes
  for each statement execute function notify_providers_changed();

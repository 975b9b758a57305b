-- Ways to providers of hosted models, as administrators enter them. Those of the environment have no row.

create table provider_connections (
  id text primary key,
  name text not null unique check (name ~ '^[a-z][a-z0-9-]{0,39}$'),
  kind text not null check (kind in ('openai', 'anthropic', 'gemini', 'openai-compatible')),
  base_url text not null check (length(base_url) <= 300),
  -- The API key and the values of further headers, encrypted under the master key.
  secrets bytea not null,
  -- What of them may be shown.
  api_key_last4 text check (length(api_key_last4) <= 4),
  header_names text[] not null,
  offers_catalogue boolean not null,
  enabled boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- Every process keeps connections, models on offer and routes in memory.
create function notify_providers_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('providers_changed', '');
  return null;
end $$;
create trigger providers_changed after insert or update or delete on provider_connections
  for each statement execute function notify_providers_changed();

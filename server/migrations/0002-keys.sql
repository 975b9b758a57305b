-- API keys. The secret is nowhere: only its MAC under a key that is derived from the master key.

create table api_keys (
  -- key_ and the public part of the key, by which it is found.
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  name text not null check (length(name) between 1 and 100),
  secret_mac bytea not null check (octet_length(secret_mac) = 32),
  scopes text[] not null check (cardinality(scopes) > 0),
  expires_at timestamptz,
  revoked_at timestamptz,
  -- Written at most once a minute and after the fact.
  last_used_at timestamptz,
  created_at timestamptz not null
);
create index api_keys_by_user on api_keys (user_id, created_at desc, id desc);

-- Processes remember keys for some seconds. This brings what changes a key's rights to them at once; the time of
-- the last use does not.
create function notify_api_key_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('api_key_changed', old.id);
  return null;
end $$;
create trigger api_key_changed after update of scopes, expires_at, revoked_at or delete on api_keys
  for each row execute function notify_api_key_changed();

-- Random secrets of this installation by purpose (the key under which API keys are stored, the one of mailed links, …).
-- They are stored instead of derived from the master key, so that a change of that key invalidates nothing.

create table installation_secrets (
  purpose text primary key,
  -- 32 bytes, encrypted with the master key. Null until the first start after an upgrade: the value that was formerly
  -- derived from the master key is then stored, because rows of the database depend on it.
  secret bytea,
  created_at timestamptz not null
);

insert into installation_secrets (purpose, created_at)
  select 'keys/mac', now() where exists (select from api_keys);

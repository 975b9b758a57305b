-- What an API key may use besides its scopes, and its rotation: a successor with the same settings, while the old key
-- still works for some time.

alter table api_keys
  -- Names of models as they stand in requests, * at the end standing for anything; null for every model.
  add column allowed_models text[] check (cardinality(allowed_models) > 0),
  add column budget_nano_usd bigint check (budget_nano_usd >= 0),
  add column budget_period text check (budget_period in ('total', 'month')),
  -- Null: the account's own.
  add column tier text,
  -- The first key of a line of rotations. Usage and budget are counted under it.
  add column family_id text,
  add column replaced_by text unique references api_keys (id),
  add column rotated_at timestamptz,
  add check ((budget_nano_usd is null) = (budget_period is null)),
  add check ((replaced_by is null) = (rotated_at is null));
update api_keys set family_id = id;
alter table api_keys alter column family_id set not null;

drop trigger api_key_changed on api_keys;
create trigger api_key_changed
  after update of scopes, expires_at, revoked_at, allowed_models, budget_nano_usd, budget_period, tier, replaced_by or delete
  on api_keys for each row execute function notify_api_key_changed();

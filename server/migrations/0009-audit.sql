-- Security events, administrative acts and whatever destroys something. No foreign keys: an entry outlives whom it names.

create table audit_events (
  -- Without gaps: appends follow each other under one lock.
  sequence bigint primary key check (sequence > 0),
  id text not null unique,
  at timestamptz not null,
  action text not null,
  actor_kind text not null check (actor_kind in ('user', 'admin', 'api_key', 'client_token', 'anonymous', 'system')),
  actor_user_id text,
  actor_session_id text,
  actor_api_key_id text,
  target_kind text,
  target_id text,
  address text,
  user_agent text,
  request_id text,
  -- JSON as text, since the hash covers these very characters.
  details text not null check (details::jsonb is not null),
  -- SHA-256 of the hash before it and of this entry; 32 zero bytes stand before the first.
  hash bytea not null unique check (octet_length(hash) = 32),
  check ((target_kind is null) = (target_id is null))
);
create index audit_events_by_action on audit_events (action, sequence desc);
create index audit_events_by_actor on audit_events (actor_user_id, sequence desc);
create index audit_events_by_key on audit_events (actor_api_key_id, sequence desc) where actor_api_key_id is not null;
create index audit_events_by_target on audit_events (target_id, sequence desc);
create index audit_events_by_time on audit_events (at, sequence);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit_events is append-only';
end $$;
create trigger audit_events_append_only before update or delete on audit_events
  for each row execute function refuse_audit_change();
create trigger audit_events_never_emptied before truncate on audit_events
  for each statement execute function refuse_audit_change();

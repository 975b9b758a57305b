-- An account that its owner closed. It is disabled at once; what it owned is removed in the background; the row itself
-- stays, without anything personal, for as long as an access token of it could live, so that none comes back to life.
alter table users add column closed_at timestamptz;
alter table users add column erased_at timestamptz;
alter table users add constraint users_closed_check
  check ((closed_at is null or disabled_at is not null) and (erased_at is null or closed_at is not null));
create index users_closed on users (closed_at) where closed_at is not null;

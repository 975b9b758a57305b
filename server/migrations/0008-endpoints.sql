-- Models that are offered to the gateway. Whether a process runs at present is not stored: the serving manager knows.
create table deployments (
  id text primary key,
  model_id text not null unique references models (id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  target text not null check (target in ('local')),
  idle_timeout_minutes integer not null check (idle_timeout_minutes between 1 and 1440),
  created_at timestamptz not null
);

create index deployments_of_user on deployments (user_id, created_at desc, id desc);

-- Videos that were ordered of providers, to be looked at and fetched there by whoever ordered them.

create table video_jobs (
  -- Ours, which nobody can guess; the provider's own is told to nobody.
  id text primary key check (length(id) between 1 and 200),
  user_id text not null references users (id) on delete cascade,
  -- The order, which is what was billed.
  request_id text not null,
  deployment text not null,
  provider text not null,
  upstream_id text not null,
  model text not null,
  -- As the order was answered.
  video jsonb not null,
  created_at timestamptz not null,
  -- When what was charged was given back, because the video was not made.
  given_back_at timestamptz
);
create index video_jobs_by_owner on video_jobs (user_id, created_at, id);
create index video_jobs_by_time on video_jobs (created_at);

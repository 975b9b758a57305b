-- Tuning jobs, what is told about each while it runs, and its curves.

create table training_jobs (
  name text primary key,
  user_id text not null references users (id) on delete cascade,
  -- Chosen by the client: a start that is repeated with it finds the job of the first.
  request_id text check (length(request_id) between 1 and 100),
  status text not null check (status in ('Pending', 'InProgress', 'Stopping', 'Stopped', 'Completed', 'Failed')),
  base_model text not null,
  -- A job outlives its data set, and a model the job, so both are named and not referenced.
  dataset_id text not null,
  model_id text,
  suffix text,
  hyperparameters jsonb not null,
  files jsonb not null,
  warnings jsonb not null,

  -- Fencing token: counts the processes started for this job. Whoever writes on behalf of one names its number, and is
  -- refused when there has been a later one.
  attempt integer not null default 0 check (attempt >= 0),
  -- Processes that ended without a word since a person last started or resumed the job.
  crashes integer not null default 0 check (crashes >= 0),
  -- Index of the device that the job occupies.
  slot integer check (slot >= 0),
  -- A running job has one of three: the server process that is starting it, what the executor knows its process by
  -- (kept, also after the end, until that process is gone), or the time when it is started again.
  starter jsonb,
  external_id text,
  restart_at timestamptz,
  -- How far the trainer's events are taken into the tables below, in bytes.
  event_offset bigint not null default 0 check (event_offset >= 0),
  last_event_seq integer not null default 0 check (last_event_seq >= 0),

  step integer not null default 0 check (step >= 0),
  total_steps integer check (total_steps >= 0),
  eta_seconds double precision,
  held_out_loss_before double precision,
  held_out_loss_after double precision,
  failure jsonb,
  queued_at timestamptz not null,
  claimed_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  created_at timestamptz not null,

  constraint training_jobs_request unique (user_id, request_id),
  check ((status in ('Stopped', 'Completed', 'Failed')) = (ended_at is not null)),
  check ((status = 'Failed') = (failure is not null)),
  check (num_nonnulls(starter, external_id, restart_at) <= 1),
  check (status not in ('InProgress', 'Stopping') or num_nonnulls(starter, external_id, restart_at) = 1)
);
create index training_jobs_of_user on training_jobs (user_id, created_at desc, name desc);
create index training_jobs_last_claim on training_jobs (user_id, claimed_at desc);
create index training_jobs_waiting on training_jobs (queued_at) where status = 'Pending';
create index training_jobs_active on training_jobs (name)
  where status in ('InProgress', 'Stopping') or external_id is not null;

-- What is told about a job, numbered without gaps in the order in which it was committed.
create table job_events (
  job_name text not null references training_jobs (name) on delete cascade,
  seq integer not null check (seq >= 1),
  body jsonb not null,
  created_at timestamptz not null,
  primary key (job_name, seq)
);

create table job_metrics (
  job_name text not null references training_jobs (name) on delete cascade,
  metric text not null,
  step integer not null check (step >= 0),
  value double precision not null,
  created_at timestamptz not null,
  primary key (job_name, metric, step)
);

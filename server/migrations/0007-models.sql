-- Tuned models. A model outlives its job and its data set, so those are named and not referenced.
create table models (
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  name text not null unique,
  base_model text not null,
  base_source jsonb not null,
  job_name text not null unique,
  dataset_id text not null,
  method text not null check (method in ('full', 'lora')),
  size_bytes bigint not null check (size_bytes >= 0),
  parameters bigint not null check (parameters >= 0),
  context_window integer not null check (context_window > 0),
  held_out_loss_before double precision,
  held_out_loss_after double precision,
  parity_verdict text not null check (parity_verdict in ('pending', 'passed', 'failed', 'error')),
  parity_prompts integer not null check (parity_prompts >= 0),
  parity_mismatches integer not null check (parity_mismatches between 0 and parity_prompts),
  parity_message text,
  parity_checked_at timestamptz,
  created_at timestamptz not null,
  check ((parity_verdict = 'pending') = (parity_checked_at is null))
);

create index models_of_user on models (user_id, created_at desc, id desc);

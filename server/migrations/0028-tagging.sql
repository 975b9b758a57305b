-- Who tags a person's documents, and how taggers were measured.

create table tagging_settings (
  user_id text primary key references users (id) on delete cascade,
  tagger text not null,
  updated_at timestamptz not null
);

create table tagger_evaluations (
  id text primary key check (length(id) between 1 and 200),
  user_id text not null references users (id) on delete cascade,
  tagger text not null,
  -- As in document_jobs.
  caller jsonb not null,
  document_ids text[] not null,
  status text not null default 'running' check (status in ('running', 'completed', 'failed')),
  message text,
  -- One element a document that is done: hits, suggested, accepted, cost. A second delivery goes on behind the last.
  results jsonb not null default '[]',
  created_at timestamptz not null,
  finished_at timestamptz
);
create index tagger_evaluations_by_owner on tagger_evaluations (user_id, created_at desc, id desc);

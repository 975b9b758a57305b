-- Checked training data. The examples lie in the folder datasets/<id> of the data directory; a row becomes ready after
-- its folder is complete. The files that it was made of may be deleted: the folder holds its own copy.
create table datasets (
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  name text not null check (length(name) between 1 and 255),
  file_ids text[] not null check (cardinality(file_ids) between 1 and 50),
  source_bytes bigint not null check (source_bytes > 0),
  base_model text not null,
  -- As requested; null lets the columns decide. The mapping that was used stands in the report.
  mapping jsonb,
  held_out_fraction double precision not null check (held_out_fraction between 0.01 and 0.5),
  status text not null default 'checking' check (status in ('checking', 'ready', 'invalid')),
  progress double precision not null default 0 check (progress between 0 and 1),
  -- Checks begun. One that always takes its process down with it is given up by this count.
  attempts integer not null default 0,
  error jsonb,
  report jsonb,
  -- The first examples of each part, for people to look at.
  preview jsonb,
  created_at timestamptz not null,
  checked_at timestamptz,
  check ((status = 'ready') = (report is not null)),
  check ((status = 'invalid') = (error is not null))
);
create index datasets_by_user on datasets (user_id, created_at desc, id desc);
create index datasets_checking on datasets (created_at) where status = 'checking';

-- Whoever waits for a check hears of its end at once.
create function notify_dataset_checked() returns trigger language plpgsql as $$
begin
  perform pg_notify('dataset_checked', new.id);
  return null;
end $$;
create trigger dataset_checked after update of status on datasets
  for each row when (new.status <> 'checking') execute function notify_dataset_checked();

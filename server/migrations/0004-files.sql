-- Uploaded files. The bytes lie in the object store under object_key: a row is written after its object and deleted
-- before it, so that there is never a row without one.
create table files (
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  original_name text not null check (length(original_name) between 1 and 255),
  type text not null check (type in ('.csv', '.txt', '.jsonl')),
  bytes bigint not null check (bytes > 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  object_key text not null unique,
  encoding text not null,
  row_count bigint not null check (row_count > 0),
  columns text[],
  content_preview text not null,
  warnings jsonb not null,
  created_at timestamptz not null
);
create index files_by_user on files (user_id, created_at desc, id desc);
create index files_by_name on files (user_id, original_name, created_at desc);

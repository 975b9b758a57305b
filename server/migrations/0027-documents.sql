-- Documents in, text and tags out. A row stands for a document from before any work is done on it, so that a crash
-- loses none and a retry bills none twice.

create extension if not exists pg_trgm;

create table document_jobs (
  id text primary key check (length(id) between 1 and 200),
  -- Null for a job without credentials: it belongs to whoever holds its id, until it expires.
  user_id text references users (id) on delete cascade,
  job_type text not null check (job_type in ('single', 'batch')),
  name text not null,
  options jsonb not null,
  -- Who asked, as the gateway knows a caller: what is tagged later is admitted and paid for under the same bounds.
  caller jsonb,
  -- Whom the tagger's calls go to: how many documents are worked on at once is bounded for each.
  provider text not null default 'offline',
  budget_nano_usd bigint check (budget_nano_usd > 0),
  paused_reason text check (paused_reason in ('person', 'budget', 'provider', 'account')),
  paused_message text,
  -- A job that a provider made wait goes on by itself at this time.
  resume_at timestamptz,
  cancelled_at timestamptz,
  -- When the end was told; at most once.
  notified_at timestamptz,
  created_at timestamptz not null,
  finished_at timestamptz,
  expires_at timestamptz,
  check ((user_id is null) = (expires_at is not null))
);
create index document_jobs_by_owner on document_jobs (user_id, created_at desc, id desc);
create index document_jobs_open on document_jobs (created_at, id) where finished_at is null;
create index document_jobs_by_expiry on document_jobs (expires_at) where expires_at is not null;

-- Grows with every change of a document, so that somebody who watches a job can ask for what is new.
create sequence document_revisions;

create table documents (
  id text primary key check (length(id) between 1 and 200),
  job_id text not null references document_jobs (id) on delete cascade,
  -- The job's, beside it for the lists.
  user_id text references users (id) on delete cascade,
  position integer not null check (position >= 0),
  title text not null,
  file_name text not null,
  source_url text,
  status text not null default 'pending' check (status in ('pending', 'processing', 'completed', 'failed', 'cancelled')),
  stage text check (stage in ('fetching', 'extracting', 'recognising', 'tagging')),
  failure jsonb,
  attempts integer not null default 0,
  -- Those of the attempts that ended with the process: they are no fault of the document, up to a bound.
  interruptions integer not null default 0,
  -- Whoever works on it says so anew now and then; after this time somebody else may begin. The holder names the data
  -- directory of the process: the next process that works there knows that the former one is dead.
  lease_id text,
  lease_holder text,
  lease_until timestamptz,
  -- Not before this time, after a failure that may pass.
  retry_at timestamptz,
  object_key text,
  bytes bigint,
  sha256 text,
  page_count integer,
  word_count integer,
  language text,
  language_confidence real,
  ocr_used boolean not null default false,
  file_metadata jsonb,
  form_fields jsonb not null default '[]',
  tagger text,
  -- Everything that decides about suggested tags besides the content; equal digests give equal results.
  tagging_digest text,
  prompt_version text,
  tagging_request_id text,
  input_tokens integer,
  output_tokens integer,
  -- Null while nothing was tagged, and where the model has no price.
  cost_nano_usd bigint,
  -- What the tagging that goes on may cost at most, against the job's budget.
  held_nano_usd bigint not null default 0,
  tagging_ms integer,
  processing_ms integer,
  duplicate_of text references documents (id) on delete set null,
  revision bigint not null default nextval('document_revisions'),
  created_at timestamptz not null,
  completed_at timestamptz,
  unique (job_id, position)
);
create index documents_by_owner on documents (user_id, created_at desc, job_id desc, position);
create index documents_by_title on documents (user_id, lower(title), id);
create index documents_by_language on documents (user_id, language);
create index documents_by_job_revision on documents (job_id, revision);
-- By the content first: documents without an owner are looked for as well.
create index documents_by_content on documents (sha256, user_id) where sha256 is not null;
create index documents_by_original on documents (duplicate_of) where duplicate_of is not null;
create index documents_waiting on documents (job_id, interruptions, position) where status = 'pending';
create index documents_leased on documents (lease_until) where status = 'processing';
create index documents_by_object on documents (object_key) where object_key is not null;

-- Apart from the rows of the lists, which stay small.
create table document_texts (
  document_id text primary key references documents (id) on delete cascade,
  text text not null
);

-- A person's library of tags. `folded` is the name without case, accents, spaces and hyphens: twins fall together.
create table tags (
  id text primary key check (length(id) between 1 and 200),
  user_id text not null references users (id) on delete cascade,
  name text not null,
  folded text not null,
  -- Made by hand: it counts as accepted before any document has it.
  by_person boolean not null default false,
  -- Its words, and its owner.
  vector tsvector not null,
  -- Under which ids the search rows of documents may name it: its own, and those of the tags that were put into it.
  -- Documents are searched by the ids of their tags, so that a renamed or merged tag changes no search row.
  search_ids text[] not null,
  created_at timestamptz not null,
  unique (user_id, folded)
);
create index tags_by_likeness on tags using gin (folded gin_trgm_ops);
create index tags_by_words on tags using gin (vector) with (fastupdate = off);

-- The tags of a document. For one without an owner there is no library, and tag_id is null; so it is where a tag was
-- deleted that somebody had rejected.
create table document_tags (
  document_id text not null references documents (id) on delete cascade,
  position integer not null,
  tag_id text references tags (id) on delete set null,
  name text not null,
  folded text not null,
  state text not null check (state in ('suggested', 'accepted', 'edited', 'rejected')),
  source text not null check (source in ('model', 'offline', 'person')),
  is_new boolean not null default false,
  decided_at timestamptz,
  primary key (document_id, folded)
);
create index document_tags_by_tag on document_tags (tag_id, state);

-- What is searched: one row a document with an owner, written with its text and again with its title and tags. Vectors
-- are made by the server, which knows scripts and languages better than the locale of a database.
create table document_search (
  created_at timestamptz not null,
  document_id text primary key references documents (id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  -- Folded words of the title, for spelling mistakes.
  short_text text not null,
  -- Title and tags alone: what they match is ranked before the rest.
  short_vector tsvector not null,
  vector tsvector not null
);
-- Read for every hit that is ranked: unpacking would cost more than the space.
alter table document_search alter column vector set storage external;
-- Without a list of pending rows, which every search would have to walk.
create index document_search_by_words on document_search using gin (vector) with (fastupdate = off);
create index document_search_by_short_words on document_search using gin (short_vector) with (fastupdate = off);
create index document_search_by_likeness on document_search using gin (short_text gin_trgm_ops) with (fastupdate = off);
create index document_search_by_owner on document_search (user_id, created_at desc);

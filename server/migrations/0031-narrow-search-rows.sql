-- A search for a frequent word reads the row of nearly every document, if only to see that it is there. So that these
-- lie on few pages, they hold no more than is asked of all; titles and tags, which are ranked first, stand apart.

create table document_search_titles (
  created_at timestamptz not null,
  document_id text primary key references documents (id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  -- Folded words of the title, for spelling mistakes.
  short_text text not null,
  -- Title and tags alone: what they match is ranked before the rest.
  short_vector tsvector not null
);
insert into document_search_titles (created_at, document_id, user_id, short_text, short_vector)
select created_at, document_id, user_id, short_text, short_vector from document_search;

-- Written anew, since a dropped column leaves the rows as wide as they were.
create table narrow_document_search (
  created_at timestamptz not null,
  document_id text not null,
  user_id text not null,
  vector tsvector not null
);
-- As before: read for every hit that is ranked, and unpacking would cost more than the space.
alter table narrow_document_search alter column vector set storage external;
insert into narrow_document_search (created_at, document_id, user_id, vector)
select created_at, document_id, user_id, vector from document_search;
drop table document_search;
alter table narrow_document_search rename to document_search;

alter table document_search
  add constraint document_search_pkey primary key (document_id),
  add constraint document_search_document_id_fkey foreign key (document_id) references documents (id) on delete cascade,
  add constraint document_search_user_id_fkey foreign key (user_id) references users (id) on delete cascade;
create index document_search_by_words on document_search using gin (vector) with (fastupdate = off);
create index document_search_by_owner on document_search (user_id, created_at desc);
create index document_search_by_short_words on document_search_titles using gin (short_vector) with (fastupdate = off);
create index document_search_by_likeness on document_search_titles using gin (short_text gin_trgm_ops) with (fastupdate = off);
create index document_search_titles_by_owner on document_search_titles (user_id);

-- Nothing is known of new tables, and the first searches would be planned by guesses.
analyze document_search, document_search_titles;

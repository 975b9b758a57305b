-- Numbers that lists ask for again and again are kept, and indexes answer a page without the rows of all documents.

-- On how many documents a tag stands in which state. If every tagged document changed the numbers of its tags, all who
-- tag with a common one would wait for each other. So changes are written one behind the other, and added up now and
-- then: what holds for a tag is its row here and the changes that are left.
create table tag_uses (
  tag_id text primary key references tags (id) on delete cascade,
  accepted integer not null,
  suggested integer not null,
  rejected integer not null
);

-- Without references, whose locks would be taken in any order.
create table tag_use_changes (
  user_id text not null,
  tag_id text not null,
  state text not null,
  documents integer not null
);
create index tag_use_changes_by_owner on tag_use_changes (user_id, tag_id);

create function note_tag_uses() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into tag_use_changes (user_id, tag_id, state, documents)
    select user_id, tags.id, state, count(*) from added join tags on tags.id = tag_id group by tags.id, state;
  elsif tg_op = 'DELETE' then
    insert into tag_use_changes (user_id, tag_id, state, documents)
    select user_id, tags.id, state, -count(*) from removed join tags on tags.id = tag_id group by tags.id, state;
  else
    insert into tag_use_changes (user_id, tag_id, state, documents)
    select user_id, tags.id, state, sum(documents)
    from (
      select tag_id, state, 1 as documents from added
      union all
      select tag_id, state, -1 from removed
    ) changed join tags on tags.id = tag_id
    group by tags.id, state having sum(documents) <> 0;
  end if;
  return null;
end $$;
create trigger tags_given after insert on document_tags
  referencing new table as added for each statement execute function note_tag_uses();
create trigger tags_changed after update on document_tags
  referencing old table as removed new table as added for each statement execute function note_tag_uses();
create trigger tags_taken after delete on document_tags
  referencing old table as removed for each statement execute function note_tag_uses();

create function forget_tag_uses() returns trigger language plpgsql as $$
begin
  delete from tag_use_changes using removed
  where tag_use_changes.user_id = removed.user_id and tag_id = removed.id;
  return null;
end $$;
create trigger tags_deleted after delete on tags
  referencing old table as removed for each statement execute function forget_tag_uses();

insert into tag_uses (tag_id, accepted, suggested, rejected)
select tag_id,
  count(*) filter (where state = 'accepted'),
  count(*) filter (where state = 'suggested'),
  count(*) filter (where state in ('edited', 'rejected'))
from document_tags where tag_id is not null group by tag_id;

-- With the columns that lists filter by and answer with, so that a page or a count reads the index alone.
drop index documents_by_owner;
create index documents_by_owner on documents (user_id, created_at desc, job_id desc, position)
  include (id, status, language);
create index documents_by_pages on documents (user_id, page_count desc nulls last, id desc);
create index documents_by_cost on documents (user_id, cost_nano_usd desc nulls last, id desc);
drop index document_tags_by_tag;
create index document_tags_by_tag on document_tags (tag_id, state, document_id);

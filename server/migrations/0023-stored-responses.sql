-- Answers of OpenAI's Responses dialect that their callers wanted to be kept, to be read or continued later.

create table stored_responses (
  user_id text not null references users (id) on delete cascade,
  -- The answer's own id, which is the provider's where it spoke the dialect itself.
  id text not null check (length(id) between 1 and 200),
  response jsonb not null,
  -- Everything that it was asked with, earlier turns included.
  input jsonb not null,
  created_at timestamptz not null,
  primary key (user_id, id)
);
create index stored_responses_by_time on stored_responses (created_at);

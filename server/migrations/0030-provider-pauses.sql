-- How often a job has waited for its busy provider with no answer in between: each of these pauses is longer.
alter table document_jobs add column provider_pauses integer not null default 0 check (provider_pauses >= 0);

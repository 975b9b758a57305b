-- What a hold is for, so that a request whose process died is told by its name.
alter table usage_entries
  add column operation text,
  add column stream boolean;

-- Subjects of the counters that the cost of a request counts for, besides its person, while it has none: a cost that it
-- is given later counts where a charge would have counted.
alter table usage_requests add column counted text[];

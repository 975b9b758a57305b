-- The ledger is written by the hundred rows. Foreign keys ask once for every row, which was a third of all work of a
-- write; these triggers ask once for a statement. They refuse and remove the same rows as the keys did, with the same
-- error and the same lock on the person, so that nobody goes while their usage is being written.
alter table usage_entries
  drop constraint usage_entries_user_id_fkey,
  drop constraint usage_entries_price_id_fkey;
alter table usage_requests
  drop constraint usage_requests_user_id_fkey,
  drop constraint usage_requests_price_id_fkey;
alter table usage_attempts drop constraint usage_attempts_request_id_fkey;

create function require_usage_owners() returns trigger language plpgsql as $$
begin
  perform from users where id in (select user_id from added) for key share;
  if exists (select from (select distinct user_id from added) row where not exists (select from users where id = row.user_id)) then
    raise foreign_key_violation using message = format('a row of %s names a person who does not exist', tg_table_name);
  end if;
  if exists (select from (select distinct price_id from added) row
    where price_id is not null and not exists (select from prices where id = row.price_id)) then
    raise foreign_key_violation using message = format('a row of %s names a price that does not exist', tg_table_name);
  end if;
  return null;
end $$;
create trigger usage_entries_owners after insert on usage_entries
  referencing new table as added for each statement execute function require_usage_owners();
create trigger usage_requests_owners after insert on usage_requests
  referencing new table as added for each statement execute function require_usage_owners();
create trigger usage_requests_owners_changed after update on usage_requests
  referencing new table as added for each statement execute function require_usage_owners();

create function require_usage_request() returns trigger language plpgsql as $$
begin
  if exists (select from added where not exists (select from usage_requests request where request.request_id = added.request_id)) then
    raise foreign_key_violation using message = 'an attempt names a request that does not exist';
  end if;
  return null;
end $$;
create trigger usage_attempts_request after insert on usage_attempts
  referencing new table as added for each statement execute function require_usage_request();

create function remove_usage_of_person() returns trigger language plpgsql as $$
begin
  delete from usage_entries where user_id in (select id from gone);
  delete from usage_requests where user_id in (select id from gone);
  return null;
end $$;
create trigger users_usage_removed after delete on users
  referencing old table as gone for each statement execute function remove_usage_of_person();

create function remove_attempts_of_request() returns trigger language plpgsql as $$
begin
  delete from usage_attempts where request_id in (select request_id from gone);
  return null;
end $$;
create trigger usage_requests_attempts_removed after delete on usage_requests
  referencing old table as gone for each statement execute function remove_attempts_of_request();

create function keep_used_prices() returns trigger language plpgsql as $$
begin
  if exists (select from usage_entries where price_id in (select id from gone))
    or exists (select from usage_requests where price_id in (select id from gone)) then
    raise foreign_key_violation using message = 'a price that something was charged by cannot be deleted';
  end if;
  return null;
end $$;
create trigger prices_used_kept after delete on prices
  referencing old table as gone for each statement execute function keep_used_prices();

-- Only holds are looked for by their time.
drop index usage_entries_by_time;
create index usage_holds_by_time on usage_entries (created_at) where kind = 'hold';

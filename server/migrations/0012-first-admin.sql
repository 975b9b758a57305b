-- No installation begins with an account. Its first administrator is whoever holds the setup token, which is made of
-- this row's id and of a secret of the installation, and is stored nowhere.
create table first_admin_setup (
  one boolean primary key default true check (one),
  id text not null default gen_random_uuid()::text,
  used_at timestamptz,
  used_by text
);
insert into first_admin_setup default values;

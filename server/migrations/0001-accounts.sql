-- People, their sessions, and the keys that sign access tokens.

create table users (
  id text primary key,
  email text not null unique check (email = lower(email) and length(email) between 3 and 254),
  -- PHC string: algorithm and parameters stand in it. Null for a person who signs in elsewhere only.
  password_hash text,
  full_name text check (length(full_name) between 1 and 200),
  picture text,
  provider text not null default 'password' check (provider in ('password', 'google')),
  role text not null default 'user' check (role in ('user', 'admin')),
  tier text not null default 'standard',
  email_verified_at timestamptz,
  disabled_at timestamptz,
  last_login_at timestamptz,
  created_at timestamptz not null,
  check (provider <> 'password' or password_hash is not null)
);
create index users_admins on users (id) where role = 'admin';
create index users_disabled on users (disabled_at) where disabled_at is not null;

-- One row per sign-in. Refreshing changes the row and never adds one.
create table sessions (
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  -- Encrypted with the master key. With it and the counter a refresh token is made and checked; no token is stored.
  mac_key bytea not null,
  counter integer not null default 0 check (counter >= 0),
  refreshed_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoke_reason text check (revoke_reason in ('logout', 'reuse_detected', 'session_limit')),
  address text not null,
  -- The part of the address that one household or machine keeps: IPv4 whole, IPv6 by /64.
  network text not null,
  user_agent text check (length(user_agent) <= 300),
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  check ((revoked_at is null) = (revoke_reason is null))
);
create index sessions_by_user on sessions (user_id, last_used_at desc);
create index sessions_revoked on sessions (revoked_at) where revoked_at is not null;
create index sessions_by_end on sessions (expires_at);

-- A key is published before it signs (next) and stays published until its last token has expired (verify_only).
create table signing_keys (
  kid text primary key,
  algorithm text not null check (algorithm in ('EdDSA', 'RS256')),
  state text not null check (state in ('next', 'signing', 'verify_only', 'gone')),
  public_jwk jsonb not null,
  -- Encrypted with the master key; erased as soon as the key no longer signs.
  private_key bytea,
  state_since timestamptz not null,
  created_at timestamptz not null,
  check ((private_key is not null) = (state in ('next', 'signing')))
);
create unique index signing_keys_one_each on signing_keys (state) where state in ('next', 'signing');

-- Counters of the sign-in limiter (rate-limiter-flexible: the first three columns are its own). Losing them in a
-- crash costs nothing, so they are kept out of the write-ahead log.
create unlogged table sign_in_attempts (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint,
  created_at timestamptz not null default now()
);
create index sign_in_attempts_by_end on sign_in_attempts (expire);

-- Every process keeps what it needs to judge an access token in memory. These notices bring changes to it at once, and
-- being triggers they also come when a person changes a row by hand.
create function notify_session_revoked() returns trigger language plpgsql as $$
begin
  perform pg_notify('session_revoked', new.id);
  return null;
end $$;
create trigger session_revoked after update of revoked_at on sessions
  for each row when (old.revoked_at is null and new.revoked_at is not null) execute function notify_session_revoked();

create function notify_user_access_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('user_access_changed', new.id);
  return null;
end $$;
create trigger user_access_changed after update of role, disabled_at on users
  for each row when (old.role is distinct from new.role or old.disabled_at is distinct from new.disabled_at)
  execute function notify_user_access_changed();

create function notify_signing_keys_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('signing_keys_changed', '');
  return null;
end $$;
create trigger signing_keys_changed after insert or update or delete on signing_keys
  for each statement execute function notify_signing_keys_changed();

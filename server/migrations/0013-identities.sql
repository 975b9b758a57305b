-- People as providers of sign-in know them, and the sign-ins that are under way.

-- Somebody is known by issuer and subject. The address is what the provider said at first: a note, never a key.
create table identities (
  issuer text not null check (length(issuer) <= 500),
  subject text not null check (length(subject) between 1 and 255),
  user_id text not null references users (id) on delete cascade,
  email text not null,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  primary key (issuer, subject)
);
create index identities_by_user on identities (user_id);

-- One row per browser that was sent to the provider. Neither what comes back in the address nor the browser's cookie is
-- stored, only their hashes.
create table oidc_transactions (
  id text primary key,
  state_hash bytea not null unique check (octet_length(state_hash) = 32),
  browser_hash bytea not null check (octet_length(browser_hash) = 32),
  -- Nonce and PKCE verifier, encrypted with the master key.
  secrets bytea not null,
  mode text not null check (mode in ('popup', 'redirect')),
  return_to text not null check (length(return_to) <= 500),
  redirect_uri text not null,
  -- Of the client: open transactions are limited by it.
  network text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index oidc_transactions_by_end on oidc_transactions (expires_at);
create index oidc_transactions_by_network on oidc_transactions (network, created_at desc) where used_at is null;

-- A sign-in that waits until its person has proved the password of the account with the same address. One a browser.
create table oidc_waiting_links (
  browser_hash bytea primary key check (octet_length(browser_hash) = 32),
  user_id text not null references users (id) on delete cascade,
  issuer text not null,
  subject text not null,
  email text not null,
  email_verified boolean not null,
  tries integer not null default 0 check (tries >= 0),
  expires_at timestamptz not null
);
create index oidc_waiting_links_by_end on oidc_waiting_links (expires_at);
create index oidc_waiting_links_by_user on oidc_waiting_links (user_id);

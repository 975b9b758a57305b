-- Mails to people about their account. The address of a link is not stored: it is made of the mail's id and a secret of
-- the installation at the moment when the mail is sent, so that no copy of this table is a credential.

create table account_mails (
  id text primary key,
  -- Null where somebody asked for a link to an address that has no account: nothing is sent then.
  user_id text references users (id) on delete cascade,
  purpose text not null check (purpose in ('verify_email', 'change_email', 'reset_password', 'invitation',
    'account_exists', 'email_change_notice', 'email_changed_notice', 'password_changed_notice')),
  -- Where it goes. For change_email it is the address that the account will have.
  email text not null check (email = lower(email) and length(email) between 3 and 254),
  -- The session that asked for another address; it stays open when the address changes.
  session_id text,
  expires_at timestamptz not null,
  used_at timestamptz,
  sent_at timestamptz,
  created_at timestamptz not null
);
create index account_mails_unused on account_mails (user_id, purpose) where used_at is null;
create index account_mails_by_time on account_mails (created_at);

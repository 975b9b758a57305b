-- What the access of signed-in people depends on besides the session: how recently they proved who they are, their tier.

-- Something that cannot be undone asks for a recent proof. Sessions of before count as proven when they were opened.
alter table sessions add column authenticated_at timestamptz;
update sessions set authenticated_at = created_at;
alter table sessions alter column authenticated_at set not null;

alter table sessions drop constraint sessions_revoke_reason_check;
alter table sessions add constraint sessions_revoke_reason_check check (revoke_reason in ('logout', 'reuse_detected',
  'session_limit', 'revoked', 'password_changed', 'password_reset', 'account_closed', 'admin'));

alter table users drop constraint users_provider_check;
alter table users add constraint users_provider_check check (provider in ('password', 'google', 'oidc'));
-- A person who was invited has no password until they set one.
alter table users drop constraint users_check;
create index users_by_time on users (created_at desc, id desc);

drop trigger user_access_changed on users;
create trigger user_access_changed after update of role, disabled_at, tier on users
  for each row when (old.role is distinct from new.role or old.disabled_at is distinct from new.disabled_at
    or old.tier is distinct from new.tier)
  execute function notify_user_access_changed();
create index users_other_tiers on users (id) where tier <> 'standard';

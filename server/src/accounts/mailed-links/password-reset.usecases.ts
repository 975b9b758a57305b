import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { weakPassword } from "../accounts.errors.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { PasswordHasher } from "../passwords/password-hasher.ts";
import type { PasswordPolicy } from "../passwords/password-policy.ts";
import type { EndSessions } from "../sessions/end-sessions.ts";
import type { SignInLimits } from "../sign-in-limits/sign-in-limits.ts";
import type { UsersStore } from "../users.store.ts";
import type { AccountMails } from "./account-mails.ts";
import type { AccountMailsStore } from "./account-mails.store.ts";
import { openLinkToken } from "./link-token.ts";
import type { MailLimits } from "./mail-limits.ts";
import type { MailboxOwnersStore } from "./mailbox-owners.store.ts";
import { invalidLink } from "./mailed-links.errors.ts";

export interface PasswordResetUsecases {
  /** Does the same work whether or not the address has an account. */
  request: (email: string, network: string) => Promise<void>;
  /** Sets a password by a link that was mailed for it, or with an invitation. */
  confirm: (confirmation: { token: string; password: string; network: string }) => Promise<void>;
}

export interface PasswordResetDependencies extends Pick<EndSessions, "endAllSessions" | "markSessionsEnded"> {
  database: Database;
  users: Pick<UsersStore, "findByEmail">;
  store: AccountMailsStore;
  owners: MailboxOwnersStore;
  mails: AccountMails;
  mailLimits: MailLimits;
  /** Makes the links' MACs. */
  linkSecret: Uint8Array;
  revokeKeysOf: (transaction: Queryable, userId: string) => Promise<number>;
  hasher: PasswordHasher;
  refusePassword: PasswordPolicy;
  limits: Pick<SignInLimits, "forgiveAccount">;
  audit: AuditTrail;
  clock: Clock;
}

export function createPasswordResetUsecases(dependencies: PasswordResetDependencies): PasswordResetUsecases {
  const { database, users, store, owners, mails, mailLimits, linkSecret, hasher, refusePassword } = dependencies;
  const { limits, audit, clock, endAllSessions, markSessionsEnded, revokeKeysOf } = dependencies;

  async function request(email: string, network: string): Promise<void> {
    await mailLimits.admitNetwork(network);
    if (!(await mailLimits.admitMailbox("reset_password", email))) return;
    await database.transaction(async (transaction) => {
      const user = await users.findByEmail(transaction, email);
      await mails.queueMail(transaction, { purpose: "reset_password", userId: user?.id ?? null, email });
      const target = user === undefined ? {} : { target: { kind: "user", id: user.id } };
      await audit.record(transaction, { action: "account.password_reset_requested", ...target });
    });
  }

  /** Whoever registered the address before its owner came gets in by nothing any more. Sessions end in any case. */
  async function shutOutStrangers(transaction: Queryable, userId: string): Promise<{ keys_revoked: number }> {
    await owners.forgetIdentities(transaction, userId);
    return { keys_revoked: await revokeKeysOf(transaction, userId) };
  }

  /** Everything that the link does, in one transaction: of many that use it at once exactly one succeeds. */
  const setPassword = (mailId: string, hash: string) =>
    database.transaction(async (transaction) => {
      const at = clock.now();
      const link = await store.use(transaction, { id: mailId, at });
      if (link === undefined) throw invalidLink();
      const { user_id: userId, email } = link;
      await owners.lock(transaction, userId);
      const isUnproven = await owners.isUnproven(transaction, userId);
      const shutOut = isUnproven ? await shutOutStrangers(transaction, userId) : {};
      if (!(await owners.setPassword(transaction, { userId, email, hash, at }))) throw invalidLink();
      const ended = await endAllSessions(transaction, { userId, reason: "password_reset" });
      await mails.mailPasswordChanged(transaction, { id: userId, email });
      const target = { kind: "user", id: userId };
      const details = { by: link.purpose, sessions_ended: ended.length, ...shutOut };
      await audit.record(transaction, { action: "account.password_reset", userId, target, details });
      return { ended, email };
    });

  async function confirm({ token, password, network }: { token: string; password: string; network: string }) {
    const opened = openLinkToken(token, ["reset_password", "invitation"], linkSecret);
    if (opened === null) throw invalidLink();
    const link = await store.findHolding(database, { id: opened.mailId, at: clock.now() });
    if (link === undefined) throw invalidLink();
    const refusal = refusePassword({ password, email: link.email });
    if (refusal !== null) throw weakPassword(refusal, "new_password");
    const { ended, email } = await setPassword(link.id, await hasher.hash(password));
    markSessionsEnded(ended);
    await limits.forgiveAccount({ email, network });
  }

  return { request, confirm };
}

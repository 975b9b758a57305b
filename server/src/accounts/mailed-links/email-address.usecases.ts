import type { Database, Queryable } from "../../platform/database/database.ts";
import { isUniqueViolation } from "../../platform/database/postgres-errors.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { invalidAccessToken } from "../accounts.errors.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { RequireOwner } from "../passwords/owner-proof.ts";
import type { EndSessions } from "../sessions/end-sessions.ts";
import type { SessionOrigin } from "../sessions/sessions.store.ts";
import type { SignedInPerson } from "../sessions/signed-in-person.ts";
import type { UserRow, UsersStore } from "../users.store.ts";
import type { AccountMails } from "./account-mails.ts";
import type { AccountMailsStore, LinkRow } from "./account-mails.store.ts";
import { openLinkToken } from "./link-token.ts";
import type { MailLimits } from "./mail-limits.ts";
import { linkPurposes } from "./mail-purpose.ts";
import type { MailboxOwnersStore } from "./mailbox-owners.store.ts";
import { emailUnchanged, invalidLink } from "./mailed-links.errors.ts";

interface AddressChange {
  person: SignedInPerson;
  newEmail: string;
  password: string | undefined;
  origin: SessionOrigin;
}

export interface EmailAddressUsecases {
  /** Uses a link that was mailed after registering, or to the address that an account shall have; gives the address. */
  verify: (token: string) => Promise<string>;
  resend: (person: SignedInPerson, network: string) => Promise<void>;
  /** Does the same work whether or not the new address has an account. */
  requestChange: (change: AddressChange) => Promise<void>;
}

export interface EmailAddressDependencies extends EndSessions {
  database: Database;
  users: Pick<UsersStore, "findById" | "findByEmail">;
  store: AccountMailsStore;
  owners: MailboxOwnersStore;
  mails: AccountMails;
  mailLimits: MailLimits;
  linkSecret: Uint8Array;
  requireOwner: RequireOwner;
  audit: AuditTrail;
  clock: Clock;
}

const targetOf = (userId: string) => ({ kind: "user", id: userId });

export function createEmailAddressUsecases(dependencies: EmailAddressDependencies): EmailAddressUsecases {
  const { database, users, store, owners, mails, mailLimits, linkSecret, audit, clock } = dependencies;
  const { requireOwner, endAllSessions, markSessionsEnded } = dependencies;

  async function finishVerification(transaction: Queryable, { user_id: userId, email }: LinkRow): Promise<void> {
    if (!(await owners.markVerified(transaction, { userId, email, at: clock.now() }))) throw invalidLink();
    await audit.record(transaction, { action: "account.email_verified", userId, target: targetOf(userId) });
  }

  async function finishChange(transaction: Queryable, link: LinkRow): Promise<readonly string[]> {
    const { user_id: userId, email, session_id: except } = link;
    const at = clock.now();
    await owners.lock(transaction, userId);
    const before = await users.findById(transaction, userId);
    if (before === undefined || !(await owners.changeEmail(transaction, { userId, email, at }))) throw invalidLink();
    await store.end(transaction, { userId, purposes: linkPurposes, at });
    const ended = await endAllSessions(transaction, { userId, reason: "revoked", except });
    await mails.queueMail(transaction, { purpose: "email_changed_notice", userId, email: before.email });
    const details = { sessions_ended: ended.length };
    await audit.record(transaction, { action: "account.email_changed", userId, target: targetOf(userId), details });
    return ended;
  }

  async function verify(token: string): Promise<string> {
    const opened = openLinkToken(token, ["verify_email", "change_email"], linkSecret);
    if (opened === null) throw invalidLink();
    const { email, ended } = await database
      .transaction(async (transaction) => {
        const link = await store.use(transaction, { id: opened.mailId, at: clock.now() });
        if (link === undefined) throw invalidLink();
        if (opened.purpose === "change_email")
          return { email: link.email, ended: await finishChange(transaction, link) };
        await finishVerification(transaction, link);
        return { email: link.email, ended: [] };
      })
      .catch((error: unknown) => {
        // Somebody else got the address at this very moment.
        throw isUniqueViolation(error, "users_email_key") ? invalidLink() : error;
      });
    markSessionsEnded(ended);
    return email;
  }

  async function presentUser({ userId }: SignedInPerson): Promise<UserRow> {
    const user = await users.findById(database, userId);
    if (user === undefined) throw invalidAccessToken();
    return user;
  }

  async function resend(person: SignedInPerson, network: string): Promise<void> {
    await mailLimits.admitNetwork(network);
    const user = await presentUser(person);
    if (user.email_verified_at !== null || !(await mailLimits.admitMailbox("verify_email", user.email))) return;
    await database.transaction((transaction) => mails.mailVerification(transaction, user));
  }

  async function requestChange(change: AddressChange): Promise<void> {
    const { person, newEmail: email, password, origin } = change;
    const user = await presentUser(person);
    await requireOwner({ person, user, password, origin });
    if (email === user.email) throw emailUnchanged();
    await mailLimits.admitNetwork(origin.network);
    if (!(await mailLimits.admitMailbox("change_email", email))) return;
    await database.transaction(async (transaction) => {
      const holder = await users.findByEmail(transaction, email);
      await store.end(transaction, { userId: user.id, purposes: ["change_email"], at: clock.now() });
      await mails.queueMail(
        transaction,
        holder === undefined
          ? { purpose: "change_email", userId: user.id, email, sessionId: person.sessionId }
          : { purpose: "account_exists", userId: holder.id, email },
      );
      await mails.queueMail(transaction, { purpose: "email_change_notice", userId: user.id, email: user.email });
      await audit.record(transaction, { action: "account.email_change_requested", target: targetOf(user.id) });
    });
  }

  return { verify, resend, requestChange };
}

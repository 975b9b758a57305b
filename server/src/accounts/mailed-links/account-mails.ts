import type { Queryable } from "../../platform/database/database.ts";
import { newId } from "../../platform/ids.ts";
import type { Queue } from "../../platform/queue/queue.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { AccountMailsStore } from "./account-mails.store.ts";
import { isLinkPurpose, linkLifetimesMs, type MailPurpose, noticeLifetimeMs } from "./mail-purpose.ts";

interface QueuedMail {
  purpose: MailPurpose;
  /** Null where nobody has the address: the same is written, and nothing is sent. */
  userId: string | null;
  email: string;
  sessionId?: string | null;
}

/** Mails to people about their account: each is a row and a job that exist exactly when the transaction commits. */
export interface AccountMails {
  /** A link ends the person's older ones of its purpose. */
  queueMail: (transaction: Queryable, mail: QueuedMail) => Promise<void>;
  /** The link by which somebody proves that the address of their account is theirs. */
  mailVerification: (transaction: Queryable, user: { id: string; email: string }) => Promise<void>;
  /** The link by which somebody who was invited sets their first password; it holds for 7 days. */
  inviteByMail: (transaction: Queryable, invited: { userId: string; email: string }) => Promise<void>;
  /** Ends a link of a registration that was not opened. */
  endVerification: (transaction: Queryable, userId: string) => Promise<void>;
  /**
   * Says that the password was changed, to whoever reads the mails of the account, and ends the links that somebody
   * else may have asked for.
   */
  mailPasswordChanged: (transaction: Queryable, user: { id: string; email: string }) => Promise<void>;
}

interface AccountMailsDependencies {
  store: AccountMailsStore;
  queue: Queue;
  clock: Clock;
}

export function createAccountMails({ store, queue, clock }: AccountMailsDependencies): AccountMails {
  async function queueMail(transaction: Queryable, { purpose, userId, email, sessionId = null }: QueuedMail) {
    const id = newId("mailToken");
    const createdAt = clock.now();
    const lifetimeMs = isLinkPurpose(purpose) ? linkLifetimesMs[purpose] : noticeLifetimeMs;
    const expiresAt = new Date(createdAt.getTime() + lifetimeMs);
    // Also asked where nothing can end: mails of every purpose cost the same, for one may tell whose an address is.
    await store.end(transaction, { userId, purposes: isLinkPurpose(purpose) ? [purpose] : [], at: createdAt });
    await store.insert(transaction, { id, userId, purpose, email, sessionId, expiresAt, createdAt });
    await queue.send(transaction, "accounts.mail", { mail_id: id });
  }

  return {
    queueMail,
    mailVerification: (transaction, { id, email }) =>
      queueMail(transaction, { purpose: "verify_email", userId: id, email }),
    inviteByMail: (transaction, { userId, email }) => queueMail(transaction, { purpose: "invitation", userId, email }),
    async endVerification(transaction, userId) {
      await store.end(transaction, { userId, purposes: ["verify_email"], at: clock.now() });
    },
    async mailPasswordChanged(transaction, { id, email }) {
      const purposes = ["change_email", "reset_password", "invitation"] as const;
      await store.end(transaction, { userId: id, purposes, at: clock.now() });
      await queueMail(transaction, { purpose: "password_changed_notice", userId: id, email });
    },
  };
}

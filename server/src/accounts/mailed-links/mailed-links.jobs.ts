import type { Database } from "../../platform/database/database.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Mailer } from "../../platform/mail/mailer.ts";
import { type AnyQueueWorker, defineWorker } from "../../platform/queue/queue.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { UsersStore } from "../users.store.ts";
import type { AccountMailsStore, MailRow } from "./account-mails.store.ts";
import { encodeLinkToken } from "./link-token.ts";
import { mailText } from "./mail-texts.ts";
import { mailNotTaken } from "./mailed-links.errors.ts";

interface MailJobDependencies {
  database: Database;
  store: AccountMailsStore;
  users: Pick<UsersStore, "findById">;
  mailer: Mailer;
  linkSecret: Uint8Array;
  publicUrl: () => string;
  clock: Clock;
  log: Log;
}

export function createMailWorkers(dependencies: MailJobDependencies): AnyQueueWorker[] {
  const { database, store, users, mailer, linkSecret, publicUrl, clock, log } = dependencies;

  async function isWanted({ id, user_id: userId, used_at: usedAt, expires_at: expiresAt }: MailRow): Promise<boolean> {
    const user = userId === null ? undefined : await users.findById(database, userId);
    // Nobody has the address: what was written of it so that the answer told nothing has served its purpose.
    if (user === undefined) await store.remove(database, id);
    return user !== undefined && user.disabled_at === null && usedAt === null && expiresAt > clock.now();
  }

  async function send(mail: MailRow): Promise<void> {
    const { id, email, purpose } = mail;
    const outcome = await mailer.send({
      id,
      to: email,
      ...mailText(purpose, {
        publicUrl: publicUrl(),
        token: (linkPurpose) => encodeLinkToken({ mailId: id, purpose: linkPurpose }, linkSecret),
      }),
    });
    if (outcome.kind === "sent") {
      await store.markSent(database, { id, at: clock.now() });
      log.info({ mailId: id, purpose }, "a mail was sent");
      return;
    }
    if (outcome.retry) throw mailNotTaken(outcome.reason);
    log.error({ mailId: id, purpose, reason: outcome.reason }, "a mail was refused for good");
  }

  return [
    defineWorker({
      queue: "accounts.mail",
      // With a wait of at most a minute in between: a mail server may be away for about an hour.
      options: { concurrency: 2, retries: 60, expireSeconds: 300 },
      async handle({ mail_id: id }) {
        const mail = await store.findById(database, id);
        if (mail === undefined || mail.sent_at !== null) return;
        if (await isWanted(mail)) await send(mail);
        else log.debug({ mailId: id }, "a mail is not sent: its link ended or it has no reader");
      },
    }),
  ];
}

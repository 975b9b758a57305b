import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Route } from "../../platform/http/route.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Mailer } from "../../platform/mail/mailer.ts";
import type { AnyQueueWorker } from "../../platform/queue/queue.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { RequireOwner } from "../passwords/owner-proof.ts";
import type { PasswordHasher } from "../passwords/password-hasher.ts";
import type { PasswordPolicy } from "../passwords/password-policy.ts";
import { createRegister, type Register } from "../registration/registration.usecases.ts";
import type { EndSessions } from "../sessions/end-sessions.ts";
import type { SessionUsecases } from "../sessions/sessions.usecases.ts";
import type { SignInLimits } from "../sign-in-limits/sign-in-limits.ts";
import { usersStore } from "../users.store.ts";
import type { AccountMails } from "./account-mails.ts";
import { accountMailsStore } from "./account-mails.store.ts";
import { createEmailAddressUsecases, type EmailAddressUsecases } from "./email-address.usecases.ts";
import { createMailLimits, type MailLimits } from "./mail-limits.ts";
import { mailboxOwnersStore } from "./mailbox-owners.store.ts";
import { createMailWorkers } from "./mailed-links.jobs.ts";
import { createMailedLinkRoutes } from "./mailed-links.routes.ts";
import { createPasswordResetUsecases, type PasswordResetUsecases } from "./password-reset.usecases.ts";

export interface MailedLinksParts {
  register: Register;
  mailLimits: MailLimits;
  passwordReset: PasswordResetUsecases;
  emailAddress: EmailAddressUsecases;
  routes: readonly Route[];
  workers: readonly AnyQueueWorker[];
  /** Removes what was written of mails long ago. */
  deleteOldMails: () => Promise<unknown>;
}

interface MailedLinksDependencies extends EndSessions {
  database: Database;
  sessionUsecases: SessionUsecases;
  hasher: PasswordHasher;
  refusePassword: PasswordPolicy;
  requireOwner: RequireOwner;
  limits: SignInLimits;
  mails: AccountMails;
  mailer: Mailer;
  linkSecret: Uint8Array;
  revokeKeysOf: (transaction: Queryable, userId: string) => Promise<number>;
  publicUrl: () => string;
  audit: AuditTrail;
  clock: Clock;
  log: Log;
  config: {
    registration: "open" | "closed";
    emailVerification: "optional" | "required";
    mailsPerMailbox: number;
    mailRequestsPerAddress: number;
  };
}

const dayMs = 86_400_000;
/** Longer than any link holds. */
const keepMailsDays = 30;

/** Everything that a mailed link does, and registering, which may go by mail. */
export function createMailedLinksParts(dependencies: MailedLinksDependencies): MailedLinksParts {
  const { database, clock } = dependencies;
  const parts = {
    ...dependencies,
    users: usersStore,
    store: accountMailsStore,
    owners: mailboxOwnersStore,
    mailLimits: createMailLimits(dependencies),
  };
  const passwordReset = createPasswordResetUsecases(parts);
  const emailAddress = createEmailAddressUsecases(parts);
  return {
    register: createRegister(parts),
    mailLimits: parts.mailLimits,
    passwordReset,
    emailAddress,
    routes: createMailedLinkRoutes({ passwordReset, emailAddress }),
    workers: createMailWorkers(parts),
    deleteOldMails: () =>
      accountMailsStore.deleteOld(database, new Date(clock.now().getTime() - keepMailsDays * dayMs)),
  };
}

import type { RegisterRequest } from "@llm-tuner/contract/accounts.ts";
import type { z } from "zod";
import type { Database, Queryable } from "../../platform/database/database.ts";
import { newId } from "../../platform/ids.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { emailTaken, weakPassword } from "../accounts.errors.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { AccountMails } from "../mailed-links/account-mails.ts";
import type { MailLimits } from "../mailed-links/mail-limits.ts";
import type { MailboxOwnersStore } from "../mailed-links/mailbox-owners.store.ts";
import { registrationClosed, registrationInterrupted } from "../mailed-links/mailed-links.errors.ts";
import type { PasswordHasher } from "../passwords/password-hasher.ts";
import type { PasswordPolicy } from "../passwords/password-policy.ts";
import { type IssuedTokens, toIssuedTokens } from "../sessions/issued-tokens.ts";
import type { SessionOrigin } from "../sessions/sessions.store.ts";
import type { SessionUsecases } from "../sessions/sessions.usecases.ts";
import type { SignInLimits } from "../sign-in-limits/sign-in-limits.ts";
import { toUser } from "../user-view.ts";
import type { UserRow, UsersStore } from "../users.store.ts";

type Registration = z.output<typeof RegisterRequest>;

/** Creates an account and signs it in; null where a mail says how to go on, whoever has the address. */
export type Register = (request: Registration, origin: SessionOrigin) => Promise<IssuedTokens | null>;

interface RegistrationDependencies {
  database: Database;
  users: Pick<UsersStore, "insert" | "findByEmail">;
  owners: Pick<MailboxOwnersStore, "forgetUnprovenPassword">;
  sessionUsecases: Pick<SessionUsecases, "open" | "issue">;
  hasher: PasswordHasher;
  refusePassword: PasswordPolicy;
  limits: Pick<SignInLimits, "admitRegistration">;
  mails: AccountMails;
  mailLimits: Pick<MailLimits, "admitMailbox">;
  audit: AuditTrail;
  clock: Clock;
  log: Log;
  config: { registration: "open" | "closed"; emailVerification: "optional" | "required" };
}

export function createRegister(dependencies: RegistrationDependencies): Register {
  const { database, users, owners, sessionUsecases, hasher, refusePassword } = dependencies;
  const { limits, mails, mailLimits, audit, clock, log, config } = dependencies;

  const insertUser = (transaction: Queryable, request: Registration, passwordHash: string, isSignedIn: boolean) => {
    const { email, full_name: fullName = null } = request;
    const createdAt = clock.now();
    const lastLoginAt = isSignedIn ? createdAt : null;
    return users.insert(transaction, { id: newId("user"), email, passwordHash, fullName, createdAt, lastLoginAt });
  };

  const recordRegistered = (transaction: Queryable, { id }: UserRow): Promise<void> =>
    audit.record(transaction, { action: "account.registered", userId: id, target: { kind: "user", id } });

  async function registerAtOnce(request: Registration, origin: SessionOrigin): Promise<IssuedTokens> {
    if ((await users.findByEmail(database, request.email)) !== undefined) throw emailTaken();
    const hash = await hasher.hash(request.password);
    const { user, grant } = await database.transaction(async (transaction) => {
      const user = await insertUser(transaction, request, hash, true);
      if (user === undefined) throw emailTaken();
      const grant = await sessionUsecases.open(transaction, { userId: user.id, origin });
      await mails.mailVerification(transaction, user);
      await recordRegistered(transaction, user);
      return { user, grant };
    });
    log.info({ userId: user.id, sessionId: grant.id }, "account created");
    return toIssuedTokens(toUser(user), await sessionUsecases.issue(grant));
  }

  /**
   * What is mailed to an address that has an account already. One that nobody proved may be a stranger's work: its
   * password goes, and whoever reads the mailbox chooses a new one. Were the link to keep the password of either
   * registration, the owner of the mailbox could not tell whose it is.
   */
  async function mailHolder(transaction: Queryable, { id, email, email_verified_at: verifiedAt }: UserRow) {
    const purpose = verifiedAt === null ? "reset_password" : "account_exists";
    await mails.queueMail(transaction, { purpose, userId: id, email });
    const target = { kind: "user", id };
    await audit.record(transaction, {
      action: verifiedAt === null ? "account.password_reset_requested" : "account.sign_in_refused",
      target,
      details: { by: "registration" },
    });
  }

  /** One hash, one row, one job and one entry, whoever has the address. */
  async function registerByMail(request: Registration): Promise<void> {
    const hash = await hasher.hash(request.password);
    if (!(await mailLimits.admitMailbox("verify_email", request.email))) return;
    await database.transaction(async (transaction) => {
      const created = await insertUser(transaction, request, hash, false);
      const user = await users.findByEmail(transaction, request.email);
      if (user === undefined) throw registrationInterrupted();
      await mails.endVerification(transaction, user.id);
      await owners.forgetUnprovenPassword(transaction, { userId: user.id, isNew: created !== undefined });
      if (created === undefined) return mailHolder(transaction, user);
      await mails.mailVerification(transaction, user);
      await recordRegistered(transaction, user);
    });
  }

  return async (request, origin) => {
    const { email, password } = request;
    if (config.registration === "closed") throw registrationClosed();
    const refusal = refusePassword({ password, email });
    if (refusal !== null) throw weakPassword(refusal);
    await limits.admitRegistration(origin.network);
    if (config.emailVerification === "optional") return registerAtOnce(request, origin);
    await registerByMail(request);
    return null;
  };
}

import type { LoginRequest, User } from "@llm-tuner/contract/accounts.ts";
import type { z } from "zod";
import type { Database } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import type { Clock } from "../platform/time/clock.ts";
import { accountDisabled, invalidCredentials } from "./accounts.errors.ts";
import type { AuditTrail } from "./audit/audit-trail.ts";
import type { AccountMails } from "./mailed-links/account-mails.ts";
import type { MailLimits } from "./mailed-links/mail-limits.ts";
import { emailNotVerified } from "./mailed-links/mailed-links.errors.ts";
import type { PasswordProof } from "./passwords/password-proof.ts";
import type { PasswordHasher } from "./passwords/password-hasher.ts";
import type { Register } from "./registration/registration.usecases.ts";
import { type IssuedTokens, toIssuedTokens } from "./sessions/issued-tokens.ts";
import type { SessionOrigin } from "./sessions/sessions.store.ts";
import type { SessionUsecases } from "./sessions/sessions.usecases.ts";
import { toUser } from "./user-view.ts";
import type { UserRow, UsersStore } from "./users.store.ts";

export interface AccountUsecases {
  register: Register;
  login: (request: z.output<typeof LoginRequest>, origin: SessionOrigin) => Promise<IssuedTokens>;
  refresh: (refreshToken: string) => Promise<IssuedTokens>;
  userById: (id: string) => Promise<User | undefined>;
}

interface AccountDependencies {
  database: Database;
  users: UsersStore;
  sessionUsecases: SessionUsecases;
  hasher: PasswordHasher;
  register: Register;
  passwordProof: PasswordProof;
  mails: Pick<AccountMails, "mailVerification">;
  mailLimits: Pick<MailLimits, "admitMailbox">;
  audit: AuditTrail;
  clock: Clock;
  log: Log;
  config: { emailVerification: "optional" | "required" };
}

export function createAccountUsecases(dependencies: AccountDependencies): AccountUsecases {
  const { database, users, sessionUsecases, hasher, register, passwordProof, audit, clock, log } = dependencies;
  const { mails, mailLimits, config } = dependencies;

  /** Does the same work for an unknown address as for a wrong password, and fails in the same way. */
  async function proveUser(email: string, password: string, origin: SessionOrigin): Promise<UserRow> {
    const user = await users.findByEmail(database, email);
    if ((await passwordProof.proves({ email, user, password, origin })) && user !== undefined) return user;
    const target = user === undefined ? {} : { target: { kind: "user", id: user.id } };
    await audit.note({ action: "account.sign_in_failed", ...target });
    throw invalidCredentials();
  }

  async function upgradeHash({ id, password_hash: from }: UserRow, password: string): Promise<void> {
    if (from === null || !hasher.isOutdated(from)) return;
    await users.upgradePasswordHash(database, { id, from, to: await hasher.hash(password) });
    log.info({ userId: id }, "password hash upgraded");
  }

  /** Says it only to somebody who gave the right password, and mails the link once more. */
  async function requireVerifiedEmail(user: UserRow): Promise<void> {
    if (config.emailVerification === "optional" || user.email_verified_at !== null) return;
    const mayMail = await mailLimits.admitMailbox("verify_email", user.email);
    await database.transaction(async (transaction) => {
      if (mayMail) await mails.mailVerification(transaction, user);
      await audit.record(transaction, {
        action: "account.sign_in_refused",
        target: { kind: "user", id: user.id },
        details: { reason: "email_not_verified" },
      });
    });
    throw emailNotVerified();
  }

  async function login(
    { email, password }: z.output<typeof LoginRequest>,
    origin: SessionOrigin,
  ): Promise<IssuedTokens> {
    const proven = await proveUser(email, password, origin);
    if (proven.disabled_at !== null) {
      await audit.note({ action: "account.sign_in_refused", target: { kind: "user", id: proven.id } });
      throw accountDisabled();
    }
    await requireVerifiedEmail(proven);
    await upgradeHash(proven, password);
    const { user, grant } = await database.transaction(async (transaction) => {
      const user = await users.recordLogin(transaction, { id: proven.id, at: clock.now() });
      if (user === undefined) throw invalidCredentials();
      // The row is locked from here on. Whoever disabled the account or changed the password a moment ago ended its
      // sessions, and this one must not slip in behind.
      if (user.disabled_at !== null) throw accountDisabled();
      const isSameHash = user.password_hash === proven.password_hash;
      if (!isSameHash && !(await hasher.verify(user.password_hash, password))) throw invalidCredentials();
      const grant = await sessionUsecases.open(transaction, { userId: user.id, origin });
      await audit.record(transaction, {
        action: "account.signed_in",
        userId: user.id,
        target: { kind: "session", id: grant.id },
        details: { by: "password" },
      });
      return { user, grant };
    });
    log.info({ userId: user.id, sessionId: grant.id }, "signed in");
    return toIssuedTokens(toUser(user), await sessionUsecases.issue(grant));
  }

  async function refresh(refreshToken: string): Promise<IssuedTokens> {
    const { user, session } = await sessionUsecases.refresh(refreshToken);
    return toIssuedTokens(toUser(user), session);
  }

  async function userById(id: string): Promise<User | undefined> {
    const row = await users.findById(database, id);
    return row && toUser(row);
  }

  return { register, login, refresh, userById };
}

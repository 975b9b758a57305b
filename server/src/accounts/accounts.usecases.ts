import type { LoginRequest, RegisterRequest, User } from "@llm-tuner/contract/accounts.ts";
import type { z } from "zod";
import type { Database } from "../platform/database/database.ts";
import { newId } from "../platform/ids.ts";
import type { Log } from "../platform/log/log.ts";
import type { Clock } from "../platform/time/clock.ts";
import { accountDisabled, emailTaken, invalidCredentials, weakPassword } from "./accounts.errors.ts";
import type { PasswordHasher } from "./passwords/password-hasher.ts";
import type { PasswordPolicy } from "./passwords/password-policy.ts";
import { type IssuedTokens, toIssuedTokens } from "./sessions/issued-tokens.ts";
import type { SessionOrigin, SessionsStore } from "./sessions/sessions.store.ts";
import type { SessionUsecases } from "./sessions/sessions.usecases.ts";
import type { SignInLimits } from "./sign-in-limits/sign-in-limits.ts";
import type { UserRow, UsersStore } from "./users.store.ts";

export interface AccountUsecases {
  register: (request: z.output<typeof RegisterRequest>, origin: SessionOrigin) => Promise<IssuedTokens>;
  login: (request: z.output<typeof LoginRequest>, origin: SessionOrigin) => Promise<IssuedTokens>;
  refresh: (refreshToken: string) => Promise<IssuedTokens>;
  userById: (id: string) => Promise<User | undefined>;
}

interface AccountDependencies {
  database: Database;
  users: UsersStore;
  sessions: SessionsStore;
  sessionUsecases: SessionUsecases;
  hasher: PasswordHasher;
  refusePassword: PasswordPolicy;
  limits: SignInLimits;
  clock: Clock;
  log: Log;
}

const toUser = (row: UserRow): User => ({
  id: row.id,
  user_id: row.id,
  email: row.email,
  full_name: row.full_name,
  is_active: row.disabled_at === null,
  is_verified: row.email_verified_at !== null,
  provider: row.provider,
  picture: row.picture,
  created_at: row.created_at.toISOString(),
  last_login: row.last_login_at?.toISOString() ?? null,
  role: row.role,
  tier: row.tier,
});

export function createAccountUsecases(dependencies: AccountDependencies): AccountUsecases {
  const { database, users, sessions, sessionUsecases, hasher, refusePassword, limits, clock, log } = dependencies;

  async function register(request: z.output<typeof RegisterRequest>, origin: SessionOrigin): Promise<IssuedTokens> {
    const { email, password } = request;
    const refusal = refusePassword({ password, email });
    if (refusal !== null) throw weakPassword(refusal);
    await limits.admitRegistration(origin.network);
    if ((await users.findByEmail(database, email)) !== undefined) throw emailTaken();
    const passwordHash = await hasher.hash(password);
    const { user, grant } = await database.transaction(async (transaction) => {
      const user = await users.insert(transaction, {
        id: newId("user"),
        email,
        passwordHash,
        fullName: request.full_name ?? null,
        createdAt: clock.now(),
      });
      if (user === undefined) throw emailTaken();
      return { user, grant: await sessionUsecases.open(transaction, { userId: user.id, origin }) };
    });
    log.info({ userId: user.id, sessionId: grant.id }, "account created");
    return toIssuedTokens(toUser(user), await sessionUsecases.issue(grant));
  }

  /** Does the same work for an unknown address as for a wrong password, and fails in the same way. */
  async function proveUser(email: string, password: string, origin: SessionOrigin): Promise<UserRow> {
    const user = await users.findByEmail(database, email);
    const { network } = origin;
    const isKnownNetwork = await sessions.isKnownNetwork(database, { userId: user?.id ?? null, network });
    const attempt = { email, network, isKnownNetwork };
    await limits.admit(attempt);
    const matches = await hasher.verify(user?.password_hash, password);
    if (!matches || user === undefined) {
      log.warn({ userId: user?.id ?? null }, "sign-in failed");
      throw invalidCredentials();
    }
    await limits.forgive(attempt);
    return user;
  }

  async function upgradeHash({ id, password_hash: from }: UserRow, password: string): Promise<void> {
    if (from === null || !hasher.isOutdated(from)) return;
    await users.upgradePasswordHash(database, { id, from, to: await hasher.hash(password) });
    log.info({ userId: id }, "password hash upgraded");
  }

  async function login(
    { email, password }: z.output<typeof LoginRequest>,
    origin: SessionOrigin,
  ): Promise<IssuedTokens> {
    const proven = await proveUser(email, password, origin);
    if (proven.disabled_at !== null) throw accountDisabled();
    await upgradeHash(proven, password);
    const { user, grant } = await database.transaction(async (transaction) => {
      const user = await users.recordLogin(transaction, { id: proven.id, at: clock.now() });
      if (user === undefined) throw invalidCredentials();
      return { user, grant: await sessionUsecases.open(transaction, { userId: user.id, origin }) };
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

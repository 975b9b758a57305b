import { randomBytes } from "node:crypto";
import type { Envelope } from "../../platform/crypto/envelope.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import { newId } from "../../platform/ids.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { AccessTokenClaims } from "../access-tokens/access-tokens.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import { invalidRefreshToken } from "../accounts.errors.ts";
import type { UserRow, UsersStore } from "../users.store.ts";
import { encodeRefreshToken, isAuthenticRefreshToken, parseRefreshToken } from "./refresh-token.ts";
import type { SessionOrigin, SessionsStore } from "./sessions.store.ts";

/** What the holder of a session gets at its start and at every refresh. */
export interface OpenedSession {
  id: string;
  accessToken: string;
  refreshToken: string;
  /** Of the access token. */
  expiresInSeconds: number;
  /** Until the session ends, however often it is refreshed. */
  sessionEndsInSeconds: number;
}

/** A session's right to tokens, as its row has it. */
interface SessionGrant {
  id: string;
  userId: string;
  counter: number;
  macKey: Uint8Array;
  endsAt: Date;
}

export interface SessionUsecases {
  /** A new session in the caller's transaction; ends the oldest ones of a person who has too many. */
  open: (transaction: Queryable, opening: { userId: string; origin: SessionOrigin }) => Promise<SessionGrant>;
  /** The tokens of a grant. Called after the commit: it may have to read the signing keys. */
  issue: (grant: SessionGrant) => Promise<OpenedSession>;
  refresh: (refreshToken: string) => Promise<{ user: UserRow; session: OpenedSession }>;
  logout: (sessionId: string) => Promise<void>;
  /** Removes sessions that nobody needs to ask about any more. */
  deleteEnded: () => Promise<void>;
}

interface SessionDependencies {
  database: Database;
  sessions: SessionsStore;
  users: UsersStore;
  envelope: Envelope;
  issueAccessToken: (claims: AccessTokenClaims) => Promise<string>;
  markSessionRevoked: (sessionId: string) => void;
  audit: AuditTrail;
  clock: Clock;
  log: Log;
  config: { accessTokenMinutes: number; sessionDays: number; refreshGraceSeconds: number; sessionsPerUser: number };
}

const dayMs = 86_400_000;
const keepEndedDays = 30;
const deleteAtOnce = 1000;

const placeOf = (sessionId: string) => ({ table: "sessions", row: sessionId, column: "mac_key" });

/** What a refresh token turned out to be; decided while the session's row is locked. */
type RefreshOutcome =
  | { kind: "renewed"; user: UserRow; grant: SessionGrant }
  | { kind: "reused"; sessionId: string; userId: string }
  | { kind: "invalid" };

export function createSessionUsecases(dependencies: SessionDependencies): SessionUsecases {
  const { database, sessions, users, envelope, issueAccessToken, markSessionRevoked, audit, clock, log, config } =
    dependencies;

  async function issue({ id, userId, counter, macKey, endsAt }: SessionGrant): Promise<OpenedSession> {
    const nowMs = clock.now().getTime();
    // No access token outlives its session.
    const expiresAtMs = Math.min(nowMs + config.accessTokenMinutes * 60_000, endsAt.getTime());
    return {
      id,
      accessToken: await issueAccessToken({ userId, sessionId: id, expiresAtMs }),
      refreshToken: encodeRefreshToken({ sessionId: id, counter }, macKey),
      expiresInSeconds: Math.floor((expiresAtMs - nowMs) / 1000),
      sessionEndsInSeconds: Math.floor((endsAt.getTime() - nowMs) / 1000),
    };
  }

  async function open(
    transaction: Queryable,
    { userId, origin }: { userId: string; origin: SessionOrigin },
  ): Promise<SessionGrant> {
    const id = newId("session");
    const macKey = randomBytes(32);
    const createdAt = clock.now();
    const endsAt = new Date(createdAt.getTime() + config.sessionDays * dayMs);
    const encryptedKey = envelope.encrypt(macKey, placeOf(id));
    await sessions.insert(transaction, { ...origin, id, userId, macKey: encryptedKey, createdAt, expiresAt: endsAt });
    // Other processes and this one hear of the ended sessions by the notice of the row's trigger, after the commit.
    const ended = await sessions.revokeBeyond(transaction, { userId, keep: config.sessionsPerUser, at: createdAt });
    for (const session of ended) {
      const target = { kind: "session", id: session.id };
      await audit.record(transaction, {
        action: "session.revoked",
        userId,
        target,
        details: { reason: "session_limit" },
      });
    }
    return { id, userId, counter: 0, macKey, endsAt };
  }

  async function judge(transaction: Queryable, refreshToken: string): Promise<RefreshOutcome> {
    const claims = parseRefreshToken(refreshToken);
    if (claims === null) return { kind: "invalid" };
    const row = await sessions.findForUpdate(transaction, claims.sessionId);
    if (row === undefined) return { kind: "invalid" };
    const macKey = envelope.decrypt(row.mac_key, placeOf(row.id));
    if (!isAuthenticRefreshToken(refreshToken, macKey)) return { kind: "invalid" };

    const at = clock.now();
    const user = await users.findById(transaction, row.user_id);
    const hasEnded = row.revoked_at !== null || row.expires_at <= at;
    if (hasEnded || user === undefined || user.disabled_at !== null) return { kind: "invalid" };

    const grantOf = (counter: number): SessionGrant => ({
      id: row.id,
      userId: user.id,
      counter,
      macKey,
      endsAt: row.expires_at,
    });
    if (claims.counter === row.counter) {
      const counter = row.counter + 1;
      await sessions.advance(transaction, { id: row.id, counter, at });
      return { kind: "renewed", user, grant: grantOf(counter) };
    }
    const inGrace = at.getTime() - row.refreshed_at.getTime() <= config.refreshGraceSeconds * 1000;
    const target = { kind: "session", id: row.id };
    if (claims.counter === row.counter - 1 && inGrace) {
      await audit.record(transaction, { action: "account.refreshed_in_grace", userId: user.id, target });
      return { kind: "renewed", user, grant: grantOf(row.counter) };
    }
    // A counter ahead of the row is authentic only after the database went back to an older state: nobody stole it.
    if (claims.counter > row.counter) return { kind: "invalid" };
    await sessions.revoke(transaction, { id: row.id, reason: "reuse_detected", at });
    // Whose session it is, not who came: that may be the thief or the person.
    await audit.record(transaction, { action: "account.token_reused", target, details: { user: user.id } });
    return { kind: "reused", sessionId: row.id, userId: row.user_id };
  }

  async function refresh(refreshToken: string) {
    // The outcome leaves the transaction as a value: an exception would roll the revocation back.
    const outcome = await database.transaction((transaction) => judge(transaction, refreshToken));
    if (outcome.kind === "reused") {
      const { sessionId, userId } = outcome;
      markSessionRevoked(sessionId);
      log.warn({ sessionId, userId }, "a spent refresh token was used again; its session is revoked");
    }
    if (outcome.kind !== "renewed") throw invalidRefreshToken();
    return { user: outcome.user, session: await issue(outcome.grant) };
  }

  async function logout(sessionId: string): Promise<void> {
    await database.transaction(async (transaction) => {
      const ended = await sessions.revoke(transaction, { id: sessionId, reason: "logout", at: clock.now() });
      if (ended === 0) return;
      await audit.record(transaction, { action: "account.signed_out", target: { kind: "session", id: sessionId } });
    });
    markSessionRevoked(sessionId);
    log.info({ sessionId }, "signed out");
  }

  async function deleteEnded(): Promise<void> {
    const endedBefore = new Date(clock.now().getTime() - keepEndedDays * dayMs);
    while ((await sessions.deleteEnded(database, { endedBefore, limit: deleteAtOnce })) === deleteAtOnce);
  }

  return { open, issue, refresh, logout, deleteEnded };
}

import type { Session } from "@llm-tuner/contract/sessions.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { invalidAccessToken } from "../accounts.errors.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import { wrongPassword } from "../passwords/passwords.errors.ts";
import type { PasswordProof } from "../passwords/password-proof.ts";
import type { UsersStore } from "../users.store.ts";
import { deviceName } from "./device-name.ts";
import type { EndSessions } from "./end-sessions.ts";
import type { RecentSignIn } from "./recent-sign-in.ts";
import { noPasswordToProve, sessionNotFound } from "./sessions.errors.ts";
import type { SessionOrigin, SessionsStore } from "./sessions.store.ts";
import type { SessionUsecases } from "./sessions.usecases.ts";
import type { SignedInPerson } from "./signed-in-person.ts";

/** What people do with their own sessions. */
export interface OwnSessions {
  list: (person: SignedInPerson) => Promise<Session[]>;
  revoke: (person: SignedInPerson, sessionId: string) => Promise<void>;
  /** Returns how many were ended. */
  revokeOthers: (person: SignedInPerson) => Promise<number>;
  /** Returns until when the session counts as recently signed in. */
  reauthenticate: (person: SignedInPerson, password: string, origin: SessionOrigin) => Promise<Date>;
}

interface OwnSessionsDependencies extends RecentSignIn, EndSessions {
  database: Database;
  users: Pick<UsersStore, "findById">;
  sessionsStore: SessionsStore;
  sessions: Pick<SessionUsecases, "logout">;
  passwordProof: PasswordProof;
  audit: AuditTrail;
  clock: Clock;
}

export function createOwnSessions(dependencies: OwnSessionsDependencies): OwnSessions {
  const { database, users, sessionsStore, sessions, passwordProof, audit, clock } = dependencies;
  const { requireRecentSignIn, markRecent, endAllSessions, markSessionsEnded } = dependencies;

  async function revoke({ userId, sessionId: ownId }: SignedInPerson, sessionId: string): Promise<void> {
    if (sessionId === ownId) {
      await sessions.logout(sessionId);
      return;
    }
    await requireRecentSignIn(ownId);
    await database.transaction(async (transaction) => {
      const ending = { id: sessionId, userId, reason: "revoked", at: clock.now() } as const;
      if ((await sessionsStore.revokeOwn(transaction, ending)) === 0) throw sessionNotFound();
      await audit.record(transaction, { action: "session.revoked", target: { kind: "session", id: sessionId } });
    });
    markSessionsEnded([sessionId]);
  }

  async function revokeOthers({ userId, sessionId }: SignedInPerson): Promise<number> {
    await requireRecentSignIn(sessionId);
    const ended = await database.transaction(async (transaction) => {
      const ids = await endAllSessions(transaction, { userId, reason: "revoked", except: sessionId });
      if (ids.length > 0) {
        const target = { kind: "user", id: userId };
        await audit.record(transaction, { action: "session.revoked", target, details: { sessions: [...ids] } });
      }
      return ids;
    });
    markSessionsEnded(ended);
    return ended.length;
  }

  async function reauthenticate(person: SignedInPerson, password: string, origin: SessionOrigin): Promise<Date> {
    const user = await users.findById(database, person.userId);
    if (user === undefined) throw invalidAccessToken();
    if (user.password_hash === null) throw noPasswordToProve();
    if (!(await passwordProof.proves({ email: user.email, user, password, origin }))) {
      await audit.note({ action: "account.reauthentication_failed" });
      throw wrongPassword("password");
    }
    return database.transaction(async (transaction) => {
      const until = await markRecent(transaction, person.sessionId);
      await audit.record(transaction, { action: "account.reauthenticated" });
      return until;
    });
  }

  return {
    async list({ userId, sessionId }) {
      const rows = await sessionsStore.listOpen(database, { userId, at: clock.now() });
      return rows.map((row) => ({
        id: row.id,
        device: deviceName(row.user_agent),
        user_agent: row.user_agent,
        address: row.address,
        created_at: row.created_at.toISOString(),
        last_used_at: row.last_used_at.toISOString(),
        expires_at: row.expires_at.toISOString(),
        current: row.id === sessionId,
      }));
    },
    revoke,
    revokeOthers,
    reauthenticate,
  };
}

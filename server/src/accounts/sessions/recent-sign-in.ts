import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { reauthenticationRequired } from "./sessions.errors.ts";
import type { SessionsStore } from "./sessions.store.ts";

export interface RecentSignIn {
  /** Throws a 403 unless the session's person proved who they are within the last `REAUTHENTICATION_MINUTES`. */
  requireRecentSignIn: (sessionId: string | null) => Promise<void>;
  /** The session counts as recent from now on; returns until when. */
  markRecent: (transaction: Queryable, sessionId: string) => Promise<Date>;
}

interface RecentSignInDependencies {
  database: Database;
  sessions: SessionsStore;
  clock: Clock;
  config: { reauthenticationMinutes: number };
}

export function createRecentSignIn({ database, sessions, clock, config }: RecentSignInDependencies): RecentSignIn {
  const recentMs = config.reauthenticationMinutes * 60_000;
  return {
    async requireRecentSignIn(sessionId) {
      const provenAt = sessionId === null ? undefined : await sessions.findAuthenticatedAt(database, sessionId);
      if (provenAt === undefined) throw reauthenticationRequired();
      if (clock.now().getTime() - provenAt.getTime() >= recentMs) throw reauthenticationRequired();
    },
    async markRecent(transaction, sessionId) {
      const at = clock.now();
      await sessions.setAuthenticatedAt(transaction, { id: sessionId, at });
      return new Date(at.getTime() + recentMs);
    },
  };
}

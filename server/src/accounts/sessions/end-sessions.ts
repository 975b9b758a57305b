import type { Queryable } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { RevokeReason, SessionsStore } from "./sessions.store.ts";

export interface EndSessions {
  /**
   * Ends the open sessions of a person in the caller's transaction and returns their ids. Other processes hear of them
   * by the notice of the row's trigger; after the commit give them to `markSessionsEnded` for this one.
   */
  endAllSessions: (
    transaction: Queryable,
    ending: { userId: string; reason: RevokeReason; except?: string | null },
  ) => Promise<readonly string[]>;
  /** This process refuses the access tokens of these sessions from now on, without waiting for the notice. */
  markSessionsEnded: (sessionIds: readonly string[]) => void;
}

interface EndSessionsDependencies {
  sessions: SessionsStore;
  markSessionRevoked: (sessionId: string) => void;
  clock: Clock;
}

export const createEndSessions = ({ sessions, markSessionRevoked, clock }: EndSessionsDependencies): EndSessions => ({
  async endAllSessions(transaction, { userId, reason, except = null }) {
    const ended = await sessions.revokeAll(transaction, { userId, reason, except, at: clock.now() });
    return ended.map(({ id }) => id);
  },
  markSessionsEnded(sessionIds) {
    for (const sessionId of sessionIds) markSessionRevoked(sessionId);
  },
});

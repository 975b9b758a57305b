import { standardTier } from "@llm-tuner/contract/api-keys.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { SessionsStore } from "../sessions/sessions.store.ts";
import type { UsersStore } from "../users.store.ts";

/** What can have changed since an access token was signed. Small: only exceptions and only while tokens can live. */
export interface AccessState {
  load: () => Promise<void>;
  isSessionRevoked: (sessionId: string) => boolean;
  isUserDisabled: (userId: string) => boolean;
  roleOf: (userId: string) => "user" | "admin";
  tierOf: (userId: string) => string;
  /** Takes effect in this process at once; other processes hear of it by the notice of the row's trigger. */
  markSessionRevoked: (sessionId: string) => void;
}

interface AccessStateDependencies {
  database: Database;
  users: UsersStore;
  sessions: SessionsStore;
  clock: Clock;
}

/** Longer than any access token may live (one day), with room for clocks that differ. */
const rememberMs = 25 * 3_600_000;

export function createAccessState({ database, users, sessions, clock }: AccessStateDependencies): AccessState {
  // Revocation is final, so this set is only ever added to, and an older reading can take nothing back.
  const revokedSessions = new Map<string, number>();
  let disabledUsers = new Set<string>();
  let admins = new Set<string>();
  let tiers = new Map<string, string>();

  return {
    async load() {
      const since = new Date(clock.now().getTime() - rememberMs);
      const [revoked, exceptions] = await Promise.all([
        sessions.listRevokedSince(database, since),
        users.listExceptionalAccess(database),
      ]);
      for (const { id, revoked_at } of revoked) revokedSessions.set(id, revoked_at.getTime());
      for (const [id, revokedAtMs] of revokedSessions) {
        if (revokedAtMs < since.getTime()) revokedSessions.delete(id);
      }
      disabledUsers = new Set(exceptions.filter(({ is_disabled }) => is_disabled).map(({ id }) => id));
      admins = new Set(exceptions.filter(({ is_admin }) => is_admin).map(({ id }) => id));
      tiers = new Map(exceptions.filter(({ tier }) => tier !== standardTier).map(({ id, tier }) => [id, tier]));
    },
    isSessionRevoked: (sessionId) => revokedSessions.has(sessionId),
    isUserDisabled: (userId) => disabledUsers.has(userId),
    tierOf: (userId) => tiers.get(userId) ?? standardTier,
    roleOf: (userId) => (admins.has(userId) ? "admin" : "user"),
    markSessionRevoked(sessionId) {
      revokedSessions.set(sessionId, clock.now().getTime());
    },
  };
}

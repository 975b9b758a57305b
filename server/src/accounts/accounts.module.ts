import type { Awaitable } from "@llm-tuner/gateway/awaitable.ts";
import type { User } from "@llm-tuner/contract/accounts.ts";
import type { Caller } from "../platform/http/caller.ts";
import { createSessionCookies } from "../platform/http/session-cookies.ts";
import type { DomainModule } from "../platform/module.ts";
import { type AccountsDependencies, createAccountParts } from "./account-parts.ts";
import { createHousekeeping } from "../platform/time/housekeeping.ts";
import { createAdminRoutes } from "./admin/admin.routes.ts";
import { createAuditRoutes } from "./audit/audit.routes.ts";
import type { Standing } from "./access-tokens/access-gate.ts";
import { createSigningKeyRoutes } from "./access-tokens/signing-keys.routes.ts";
import type { AuditTrail } from "./audit/audit-trail.ts";
import { createAccountRoutes } from "./accounts.routes.ts";
import { createPersonalDataWorkers } from "./personal-data/personal-data.jobs.ts";
import { createPersonalDataRoutes } from "./personal-data/personal-data.routes.ts";
import { personalDataStore } from "./personal-data/personal-data.store.ts";
import { createPersonalDataUsecases, type NamedPersonalData } from "./personal-data/personal-data.usecases.ts";
import { createFirstAdminRoutes } from "./first-admin/first-admin.routes.ts";
import { createProfileRoutes } from "./profile/profile.routes.ts";
import { createSessionRoutes } from "./sessions/sessions.routes.ts";
import { sessionsStore } from "./sessions/sessions.store.ts";
import { usersStore } from "./users.store.ts";
import { deleteEndedAttempts } from "./sign-in-limits/sign-in-attempts.store.ts";

export type { AuditTrail, NamedPersonalData };

export interface AccountsModule extends DomainModule {
  /** Of the whole platform: every domain records in it what it destroys or administers. */
  audit: AuditTrail;
  /** Proves an access token without asking the database; throws a 401 when it does not hold. */
  authenticateAccessToken: (token: string) => Promise<Caller>;
  /** Whether a person's account works and which tier it has; asks no database. */
  standingOf: (userId: string) => Awaitable<Standing>;
  /** Whether what was handed out under a session still holds; asks no database. */
  isSessionOpen: (sessionId: string, userId: string) => Promise<boolean>;
  /** When an open session ends by itself. */
  endOfSession: (sessionId: string) => Promise<Date | undefined>;
  userById: (id: string) => Promise<User | undefined>;
  /** How many accounts have each tier; a tier that nobody has is missing. */
  usersByTier: () => Promise<ReadonlyMap<string, number>>;
  /** The token by which somebody may become the first administrator; undefined when there is one, or was. */
  openSetupToken: () => Promise<string | undefined>;
}

export function createAccountsModule(dependencies: AccountsDependencies): AccountsModule {
  const { database, log } = dependencies;
  const parts = createAccountParts(dependencies);
  const { audit, auditLog, verifyAudit, gate, sessions, accounts } = parts;
  const cookies = createSessionCookies(dependencies.publicUrl);
  const personalData = createPersonalDataUsecases({
    ...dependencies,
    ...parts,
    store: personalDataStore,
    userById: accounts.userById,
    domains: dependencies.personalData,
  });
  const housekeeping = createHousekeeping({
    tasks: [
      gate.rotateSigningKeyWhenDue,
      sessions.deleteEnded,
      () => deleteEndedAttempts(database, new Date()),
      auditLog.anchorHead,
      parts.oidc.deleteEnded,
      personalData.cleanUp,
      parts.mailedLinks.deleteOldMails,
    ],
    log,
  });

  return {
    routes: [
      ...createAccountRoutes({
        accounts,
        sessions,
        cookies,
        publicKeys: gate.publicKeys,
      }),
      ...createSigningKeyRoutes(gate),
      ...createSessionRoutes({ ownSessions: parts.ownSessions, cookies }),
      ...createProfileRoutes(parts.profile),
      ...createAdminRoutes(parts.administration),
      ...createFirstAdminRoutes(parts.firstAdmin),
      ...parts.mailedLinks.routes,
      ...parts.oidc.routes,
      ...createAuditRoutes({ audit: auditLog, trail: audit, verify: verifyAudit }),
      ...createPersonalDataRoutes({ personalData, clearCookies: cookies.clear }),
    ],
    workers: [...createPersonalDataWorkers(personalData), ...parts.mailedLinks.workers],
    audit,
    async start() {
      await gate.open();
      housekeeping.start();
    },
    async stop() {
      await housekeeping.stop();
      await auditLog.anchorHead();
      await gate.close();
    },
    authenticateAccessToken: gate.authenticate,
    standingOf: gate.standingOf,
    isSessionOpen: gate.isSessionOpen,
    endOfSession: (sessionId) => sessionsStore.endOf(database, sessionId),
    userById: accounts.userById,
    usersByTier: async () => new Map((await usersStore.countByTier(database)).map(({ tier, users }) => [tier, users])),
    openSetupToken: parts.firstAdmin.openSetupToken,
  };
}

import type { Database } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import type { Clock } from "../platform/time/clock.ts";
import type { AccessGate } from "./access-tokens/access-gate.ts";
import { adminStore } from "./admin/admin.store.ts";
import { type AdminUsecases, createAdminUsecases } from "./admin/admin.usecases.ts";
import type { AuditTrail } from "./audit/audit-trail.ts";
import { firstAdminStore } from "./first-admin/first-admin.store.ts";
import { createFirstAdmin, type FirstAdmin } from "./first-admin/first-admin.usecases.ts";
import type { AccountMails } from "./mailed-links/account-mails.ts";
import type { RequireOwner } from "./passwords/owner-proof.ts";
import type { PasswordHasher } from "./passwords/password-hasher.ts";
import type { PasswordPolicy } from "./passwords/password-policy.ts";
import type { PasswordProof } from "./passwords/password-proof.ts";
import { personalDataStore } from "./personal-data/personal-data.store.ts";
import { profileStore } from "./profile/profile.store.ts";
import { createProfileUsecases, type ProfileUsecases } from "./profile/profile.usecases.ts";
import type { EndSessions } from "./sessions/end-sessions.ts";
import { createOwnSessions, type OwnSessions } from "./sessions/own-sessions.usecases.ts";
import type { RecentSignIn } from "./sessions/recent-sign-in.ts";
import { sessionsStore } from "./sessions/sessions.store.ts";
import type { SessionUsecases } from "./sessions/sessions.usecases.ts";
import type { SignInLimits } from "./sign-in-limits/sign-in-limits.ts";
import { usersStore } from "./users.store.ts";

/** What people do with their own account, and administrators with those of others. */
export interface ManagementParts {
  ownSessions: OwnSessions;
  profile: ProfileUsecases;
  administration: AdminUsecases;
  firstAdmin: FirstAdmin;
}

interface ManagementDependencies extends RecentSignIn, EndSessions {
  database: Database;
  sessions: SessionUsecases;
  gate: Pick<AccessGate, "accessChanged">;
  hasher: PasswordHasher;
  refusePassword: PasswordPolicy;
  passwordProof: PasswordProof;
  requireOwner: RequireOwner;
  limits: SignInLimits;
  mails: AccountMails;
  tierExists: (name: string) => Promise<boolean>;
  setupSecret: Uint8Array;
  audit: AuditTrail;
  clock: Clock;
  log: Log;
}

export function createManagementParts({ gate, setupSecret, ...parts }: ManagementDependencies): ManagementParts {
  const { accessChanged } = gate;
  const { countOtherAdmins } = personalDataStore;
  return {
    ownSessions: createOwnSessions({ ...parts, users: usersStore, sessionsStore }),
    profile: createProfileUsecases({ ...parts, users: usersStore, store: profileStore }),
    administration: createAdminUsecases({ ...parts, store: adminStore, countOtherAdmins, accessChanged }),
    firstAdmin: createFirstAdmin({ ...parts, store: firstAdminStore, secret: setupSecret, accessChanged }),
  };
}

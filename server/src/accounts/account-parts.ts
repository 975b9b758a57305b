import type { SettingsOf } from "../platform/config/setting.ts";
import type { Envelope } from "../platform/crypto/envelope.ts";
import type { SecretOf } from "../platform/crypto/installation-secrets.ts";
import type { Database, Queryable } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import type { Mailer } from "../platform/mail/mailer.ts";
import type { Queue } from "../platform/queue/queue.ts";
import type { Clock } from "../platform/time/clock.ts";
import { type AccessGate, createAccessGate } from "./access-tokens/access-gate.ts";
import type { accountsSettings } from "./accounts.config.ts";
import { auditStore } from "./audit/audit.store.ts";
import { type AuditTrail, createAuditTrail } from "./audit/audit-trail.ts";
import { type AuditUsecases, createAuditUsecases } from "./audit/audit.usecases.ts";
import { type AuditVerifier, createAuditVerifier } from "./audit/audit-verifier.ts";
import { createHeadFile } from "./audit/head-anchors.ts";
import { passwordCheckBusy } from "./accounts.errors.ts";
import { type AccountUsecases, createAccountUsecases } from "./accounts.usecases.ts";
import { createManagementParts, type ManagementParts } from "./management-parts.ts";
import { type AccountMails, createAccountMails } from "./mailed-links/account-mails.ts";
import { accountMailsStore } from "./mailed-links/account-mails.store.ts";
import { createMailedLinksParts, type MailedLinksParts } from "./mailed-links/mailed-links-parts.ts";
import { createOidcParts, type Installation, type OidcParts } from "./oidc/oidc-parts.ts";
import { createRequireOwner } from "./passwords/owner-proof.ts";
import { createPasswordHasher } from "./passwords/password-hasher.ts";
import { createPasswordProof } from "./passwords/password-proof.ts";
import { createPasswordPolicy } from "./passwords/password-policy.ts";
import { createEndSessions, type EndSessions } from "./sessions/end-sessions.ts";
import { createRecentSignIn, type RecentSignIn } from "./sessions/recent-sign-in.ts";
import type { NamedPersonalData } from "./personal-data/personal-data.usecases.ts";
import { sessionsStore } from "./sessions/sessions.store.ts";
import { createSessionUsecases, type SessionUsecases } from "./sessions/sessions.usecases.ts";
import { createSignInLimits } from "./sign-in-limits/sign-in-limits.ts";
import { usersStore } from "./users.store.ts";

export interface AccountsDependencies {
  database: Database;
  clock: Clock;
  log: Log;
  config: SettingsOf<typeof accountsSettings>;
  /** Where people reach the server, without a slash at the end; known once it listens. */
  publicUrl: () => string;
  queue: Queue;
  mailer: Mailer;
  /** What every domain keeps of a person; they stand below this one, so it is known once all are made. */
  personalData: () => readonly NamedPersonalData[];
  /** Where heads of the audit log are kept. */
  dataDir: string;
  /** Encrypts the keys of sessions and of access tokens. */
  envelope: Envelope;
  secretOf: SecretOf<"accounts/mailed-links" | "accounts/setup-token">;
  /** Revokes every API key of a person and says how many; keys belong to a domain below this one. */
  revokeKeysOf: (transaction: Queryable, userId: string) => Promise<number>;
  /** Whether there is a tier of this name; tiers belong to a domain below this one. */
  tierExists: (name: string) => Promise<boolean>;
  /** What the page that shows the settings of sign-in says besides those of accounts. */
  installation?: Installation;
}

export interface AccountParts extends RecentSignIn, EndSessions, ManagementParts {
  /** `inviteByMail`, `mailVerification` and the other mails about an account. */
  mails: AccountMails;
  mailedLinks: MailedLinksParts;
  audit: AuditTrail;
  auditLog: AuditUsecases;
  verifyAudit: AuditVerifier;
  gate: AccessGate;
  sessions: SessionUsecases;
  accounts: AccountUsecases;
  /** Sign-in with a provider. */
  oidc: OidcParts;
}

/** What the use cases of the domain share. */
function createFoundation(dependencies: AccountsDependencies) {
  const { database, queue, clock, config } = dependencies;
  const audit = createAuditTrail({ database, store: auditStore, clock });
  const stores = { users: usersStore, sessions: sessionsStore };
  const gate = createAccessGate({ ...dependencies, ...stores, audit });
  const hasher = createPasswordHasher({ config, busy: passwordCheckBusy });
  const limits = createSignInLimits({ database, config });
  const passwordProof = createPasswordProof({ database, sessions: sessionsStore, limits, hasher, audit, clock });
  const recentSignIn = createRecentSignIn({ database, sessions: sessionsStore, clock, config });
  return {
    ...dependencies,
    ...recentSignIn,
    ...createEndSessions({ ...gate, sessions: sessionsStore, clock }),
    users: usersStore,
    sessions: createSessionUsecases({ ...dependencies, ...stores, ...gate, audit }),
    mails: createAccountMails({ store: accountMailsStore, queue, clock }),
    refusePassword: createPasswordPolicy(),
    requireOwner: createRequireOwner({ ...recentSignIn, passwordProof, audit }),
    audit,
    gate,
    hasher,
    limits,
    passwordProof,
  };
}

/** Puts the domain's use cases together with their drivers. */
export function createAccountParts(dependencies: AccountsDependencies): AccountParts {
  const shared = createFoundation(dependencies);
  const { config, secretOf, sessions, dataDir, installation } = shared;
  const mailedLinks = createMailedLinksParts({
    ...shared,
    sessionUsecases: sessions,
    linkSecret: secretOf("accounts/mailed-links"),
  });
  const management = createManagementParts({ ...shared, setupSecret: secretOf("accounts/setup-token") });
  const oidc = createOidcParts({
    ...shared,
    installation,
    mailLimits: mailedLinks.mailLimits,
    rules: {
      isRegistrationOpen: config.registration === "open",
      isVerificationRequired: config.emailVerification === "required",
    },
    needsFirstAdmin: management.firstAdmin.needsFirstAdmin,
  });
  const auditing = { ...shared, store: auditStore, anchors: createHeadFile(dataDir) };
  return {
    ...shared,
    ...management,
    mailedLinks,
    auditLog: createAuditUsecases(auditing),
    verifyAudit: createAuditVerifier(auditing),
    accounts: createAccountUsecases({ ...shared, ...mailedLinks, sessionUsecases: sessions }),
    oidc,
  };
}

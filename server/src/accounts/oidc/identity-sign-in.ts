import type { Database, Queryable } from "../../platform/database/database.ts";
import { newId } from "../../platform/ids.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { accountDisabled, invalidCredentials } from "../accounts.errors.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { SessionOrigin } from "../sessions/sessions.store.ts";
import type { SessionUsecases } from "../sessions/sessions.usecases.ts";
import type { UserRow, UsersStore } from "../users.store.ts";
import type { IdentitiesStore } from "./identities.store.ts";
import { decideLinking, type LinkingDecision, vouchesFor } from "./linking.policy.ts";
import type { ExternalPerson } from "./oidc-client.ts";

type Grant = Awaited<ReturnType<SessionUsecases["open"]>>;

export type SettledSignIn =
  | { kind: "signed_in"; user: UserRow; grant: Grant }
  | Extract<LinkingDecision, { kind: "ask_password" | "verify_first" | "refuse" }>;

type Vouching = Pick<ExternalPerson, "issuer" | "subject" | "email" | "emailVerified">;

export interface IdentitySignIn {
  /** Whether the person would get a new account; asked before, because the limit of registrations is counted apart. */
  wouldCreate: (person: ExternalPerson) => Promise<boolean>;
  /** Finds, links or makes the account of a proven identity, and opens a session where nothing speaks against it. */
  settle: (person: ExternalPerson, origin: SessionOrigin) => Promise<SettledSignIn>;
  /** Links an identity to the account whose password was just proved, in the caller's transaction. */
  linkProven: (
    transaction: Queryable,
    linking: { identity: Vouching; proven: UserRow; origin: SessionOrigin },
  ) => Promise<SettledSignIn>;
}

interface IdentitySignInDependencies {
  database: Database;
  identities: IdentitiesStore;
  users: UsersStore;
  sessions: Pick<SessionUsecases, "open">;
  audit: AuditTrail;
  clock: Clock;
  rules: { isRegistrationOpen: boolean; isVerificationRequired: boolean };
}

const googleIssuer = "https://accounts.google.com";
const providerOf = (issuer: string): "google" | "oidc" => (issuer === googleIssuer ? "google" : "oidc");

export function createIdentitySignIn(dependencies: IdentitySignInDependencies): IdentitySignIn {
  const { database, identities, users, sessions, audit, clock, rules } = dependencies;

  async function lockedUser(transaction: Queryable, userId: string | undefined): Promise<UserRow | undefined> {
    if (userId === undefined) return undefined;
    await identities.lockUser(transaction, userId);
    return users.findById(transaction, userId);
  }

  async function decide(transaction: Queryable, person: ExternalPerson): Promise<LinkingDecision> {
    const known = await lockedUser(transaction, await identities.findUserId(transaction, person));
    const sameAddress = person.email === null ? undefined : (await users.findByEmail(transaction, person.email))?.id;
    return decideLinking({ ...rules, person, known, sameAddress: await lockedUser(transaction, sameAddress) });
  }

  /** Last of what happens in the transaction: the audit trail holds its lock until the commit. */
  async function openSession(
    transaction: Queryable,
    opening: { user: UserRow; identity: Vouching; origin: SessionOrigin; before?: "registered" | "identity_linked" },
  ): Promise<SettledSignIn> {
    const { user, identity, origin, before } = opening;
    const signedIn = await users.recordLogin(transaction, { id: user.id, at: clock.now() });
    if (signedIn === undefined) throw invalidCredentials();
    const grant = await sessions.open(transaction, { userId: user.id, origin });
    const details = { provider: providerOf(identity.issuer) };
    const target = { kind: "user", id: user.id };
    if (before !== undefined) {
      await audit.record(transaction, { action: `account.${before}`, userId: user.id, target, details });
    }
    await audit.record(transaction, {
      action: "account.signed_in",
      userId: user.id,
      target: { kind: "session", id: grant.id },
      details,
    });
    return { kind: "signed_in", user: signedIn, grant };
  }

  /** The provider's word counts for the very address that it gave. */
  const verifiedAt = (identity: Vouching, user: { email: string }): Date | null =>
    vouchesFor(identity, user) ? clock.now() : null;

  async function create(
    transaction: Queryable,
    person: ExternalPerson,
    { email, isVerified, origin }: { email: string; isVerified: boolean; origin: SessionOrigin },
  ): Promise<SettledSignIn | undefined> {
    const at = clock.now();
    const id = newId("user");
    const { issuer, subject, fullName, picture } = person;
    const added = { id, email, fullName, picture, createdAt: at, verifiedAt: isVerified ? at : null };
    if ((await identities.insertUser(transaction, { ...added, provider: providerOf(issuer) })) === 0) return undefined;
    await identities.insert(transaction, { issuer, subject, userId: id, email, at });
    const user = await users.findById(transaction, id);
    if (user === undefined) return undefined;
    if (isVerified || !rules.isVerificationRequired) {
      return openSession(transaction, { user, identity: person, origin, before: "registered" });
    }
    const details = { provider: providerOf(issuer) };
    const target = { kind: "user", id };
    await audit.record(transaction, { action: "account.registered", userId: id, target, details });
    return { kind: "verify_first", user };
  }

  async function follow(
    transaction: Queryable,
    { decision, person, origin }: { decision: LinkingDecision; person: ExternalPerson; origin: SessionOrigin },
  ): Promise<SettledSignIn | undefined> {
    switch (decision.kind) {
      case "create":
        return create(transaction, person, { ...decision, origin });
      case "sign_in":
      case "link": {
        const { user, kind } = decision;
        const { issuer, subject, fullName, picture } = person;
        const at = clock.now();
        if (kind === "sign_in") await identities.recordUse(transaction, { issuer, subject, at });
        else await identities.insert(transaction, { issuer, subject, userId: user.id, email: user.email, at });
        const profile = { id: user.id, fullName, picture, verifiedAt: verifiedAt(person, user) };
        await identities.completeUser(transaction, profile);
        const before = kind === "link" ? { before: "identity_linked" as const } : {};
        return openSession(transaction, { user, identity: person, origin, ...before });
      }
      case "verify_first":
      case "ask_password":
      case "refuse":
        return decision;
    }
  }

  return {
    async wouldCreate(person) {
      const decision = await database.transaction((transaction) => decide(transaction, person));
      return decision.kind === "create";
    },

    settle: (person, origin) =>
      database.transaction(async (transaction) => {
        await identities.lockIdentity(transaction, person);
        for (;;) {
          const decision = await decide(transaction, person);
          const settled = await follow(transaction, { decision, person, origin });
          // Somebody registered with the address at this very moment; now there is an account to decide about.
          if (settled !== undefined) return settled;
        }
      }),

    async linkProven(transaction, { identity, proven, origin }) {
      await identities.lockIdentity(transaction, identity);
      const user = await lockedUser(transaction, proven.id);
      // The password that was proved may have been changed meanwhile, by somebody whom it was to keep out.
      if (user === undefined || user.password_hash !== proven.password_hash) throw invalidCredentials();
      if (user.disabled_at !== null) throw accountDisabled();
      const { issuer, subject } = identity;
      const owner = await identities.findUserId(transaction, identity);
      if (owner !== undefined && owner !== user.id) throw invalidCredentials();
      const at = clock.now();
      if (owner === undefined) {
        await identities.insert(transaction, {
          issuer,
          subject,
          userId: user.id,
          email: identity.email ?? user.email,
          at,
        });
      }
      const verified = verifiedAt(identity, user);
      await identities.completeUser(transaction, { id: user.id, fullName: null, picture: null, verifiedAt: verified });
      if (rules.isVerificationRequired && user.email_verified_at === null && verified === null) {
        const details = { provider: providerOf(issuer) };
        const target = { kind: "user", id: user.id };
        await audit.record(transaction, { action: "account.identity_linked", userId: user.id, target, details });
        return { kind: "verify_first", user };
      }
      return openSession(transaction, { user, identity, origin, before: "identity_linked" });
    },
  };
}

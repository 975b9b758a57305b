import type { Database } from "../../platform/database/database.ts";
import { AppError } from "../../platform/errors.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { createOnceAMinute } from "../../platform/time/once-a-minute.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { SessionOrigin, SessionsStore } from "../sessions/sessions.store.ts";
import type { SignInLimits } from "../sign-in-limits/sign-in-limits.ts";
import type { UserRow } from "../users.store.ts";
import type { PasswordHasher } from "./password-hasher.ts";

export interface PasswordAttempt {
  /** As it was typed; the account has it, if there is one. */
  email: string;
  user: Pick<UserRow, "id" | "password_hash"> | undefined;
  password: string;
  origin: Pick<SessionOrigin, "network">;
}

export interface PasswordProof {
  /**
   * Whether the password is the account's. Every place where somebody may try a password asks here, so that all of them
   * share the limits of the account and of the network; throws a 429 when the attempt comes too soon. Takes the same
   * time without an account.
   */
  proves: (attempt: PasswordAttempt) => Promise<boolean>;
}

interface PasswordProofDependencies {
  database: Database;
  sessions: SessionsStore;
  limits: SignInLimits;
  hasher: PasswordHasher;
  audit: AuditTrail;
  clock: Clock;
}

export function createPasswordProof(dependencies: PasswordProofDependencies): PasswordProof {
  const { database, sessions, limits, hasher, audit, clock } = dependencies;
  // A refused attempt costs whoever sends it nothing. The log says that they go on, not how often.
  const isFirst = createOnceAMinute(() => clock.now().getTime());

  async function noteRefusal({ email, user, origin: { network } }: PasswordAttempt): Promise<void> {
    if (!isFirst(`${network} ${email}`)) return;
    const target = user === undefined ? {} : { target: { kind: "user", id: user.id } };
    await audit.note({ action: "account.sign_in_refused", ...target });
  }

  return {
    async proves(given) {
      const { email, user, password, origin } = given;
      const { network } = origin;
      const isKnownNetwork = await sessions.isKnownNetwork(database, { userId: user?.id ?? null, network });
      const attempt = { email, network, isKnownNetwork };
      try {
        await limits.admit(attempt);
      } catch (refusal) {
        if (refusal instanceof AppError) await noteRefusal(given);
        throw refusal;
      }
      const matches = await hasher.verify(user?.password_hash, password);
      if (matches) await limits.forgive(attempt);
      return matches;
    },
  };
}

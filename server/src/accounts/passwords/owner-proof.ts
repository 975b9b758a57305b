import type { AuditTrail } from "../audit/audit-trail.ts";
import type { RecentSignIn } from "../sessions/recent-sign-in.ts";
import type { SessionOrigin } from "../sessions/sessions.store.ts";
import type { SignedInPerson } from "../sessions/signed-in-person.ts";
import type { UserRow } from "../users.store.ts";
import type { PasswordProof } from "./password-proof.ts";
import { currentPasswordRequired, wrongPassword } from "./passwords.errors.ts";

interface OwnerAttempt {
  person: SignedInPerson;
  user: UserRow;
  /** As it stands in the request, if it does. */
  password: string | undefined;
  origin: SessionOrigin;
}

/**
 * Whoever sits at an open browser cannot take the account over: the present password is asked for, or a recent sign-in
 * where there is none.
 */
export type RequireOwner = (attempt: OwnerAttempt) => Promise<void>;

interface OwnerProofDependencies extends Pick<RecentSignIn, "requireRecentSignIn"> {
  passwordProof: PasswordProof;
  audit: AuditTrail;
}

export const createRequireOwner =
  ({ passwordProof, requireRecentSignIn, audit }: OwnerProofDependencies): RequireOwner =>
  async ({ person, user, password, origin }) => {
    if (user.password_hash === null) return requireRecentSignIn(person.sessionId);
    if (password === undefined) throw currentPasswordRequired();
    if (await passwordProof.proves({ email: user.email, user, password, origin })) return;
    await audit.note({ action: "account.reauthentication_failed" });
    throw wrongPassword("current_password");
  };

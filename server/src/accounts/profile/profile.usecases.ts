import type { UpdateMeRequest, User } from "@llm-tuner/contract/accounts.ts";
import type { z } from "zod";
import type { Database, Queryable } from "../../platform/database/database.ts";
import { invalidAccessToken, weakPassword } from "../accounts.errors.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { AccountMails } from "../mailed-links/account-mails.ts";
import type { RequireOwner } from "../passwords/owner-proof.ts";
import type { PasswordHasher } from "../passwords/password-hasher.ts";
import type { PasswordPolicy } from "../passwords/password-policy.ts";
import type { EndSessions } from "../sessions/end-sessions.ts";
import type { SessionOrigin } from "../sessions/sessions.store.ts";
import type { SignedInPerson } from "../sessions/signed-in-person.ts";
import { toUser } from "../user-view.ts";
import type { UserRow, UsersStore } from "../users.store.ts";
import { passwordChangedMeanwhile } from "./profile.errors.ts";
import type { ProfileStore } from "./profile.store.ts";

type ProfileChange = z.output<typeof UpdateMeRequest>;

export interface ProfileUsecases {
  update: (person: SignedInPerson, change: ProfileChange, origin: SessionOrigin) => Promise<User>;
}

interface ProfileDependencies extends EndSessions {
  database: Database;
  users: Pick<UsersStore, "findById">;
  store: ProfileStore;
  hasher: PasswordHasher;
  refusePassword: PasswordPolicy;
  requireOwner: RequireOwner;
  mails: Pick<AccountMails, "mailPasswordChanged">;
  audit: AuditTrail;
}

export function createProfileUsecases(dependencies: ProfileDependencies): ProfileUsecases {
  const { database, users, store, hasher, refusePassword, mails, audit } = dependencies;
  const { requireOwner, endAllSessions, markSessionsEnded } = dependencies;

  async function changePassword(
    transaction: Queryable,
    { user, hash, sessionId }: { user: UserRow; hash: string; sessionId: string },
  ): Promise<readonly string[]> {
    const { id, password_hash: from } = user;
    if ((await store.replacePasswordHash(transaction, { id, from, to: hash })) === 0) throw passwordChangedMeanwhile();
    const ended = await endAllSessions(transaction, { userId: id, reason: "password_changed", except: sessionId });
    await mails.mailPasswordChanged(transaction, user);
    return ended;
  }

  async function update(person: SignedInPerson, change: ProfileChange, origin: SessionOrigin): Promise<User> {
    const { full_name: fullName, new_password: password, current_password: proof } = change;
    const user = await users.findById(database, person.userId);
    if (user === undefined) throw invalidAccessToken();
    if (password !== undefined) {
      await requireOwner({ person, user, password: proof, origin });
      const refusal = refusePassword({ password, email: user.email });
      if (refusal !== null) throw weakPassword(refusal, "new_password");
    }
    const hash = password === undefined ? undefined : await hasher.hash(password);
    const { changed, ended } = await database.transaction(async (transaction) => {
      if (fullName !== undefined) await store.setFullName(transaction, { id: user.id, fullName });
      const ended =
        hash === undefined ? [] : await changePassword(transaction, { user, hash, sessionId: person.sessionId });
      const changed = await users.findById(transaction, user.id);
      const target = { kind: "user", id: user.id };
      if (fullName !== undefined) await audit.record(transaction, { action: "account.profile_changed", target });
      if (hash !== undefined) {
        const details = { sessions_ended: ended.length };
        await audit.record(transaction, { action: "account.password_changed", target, details });
      }
      return { changed, ended };
    });
    markSessionsEnded(ended);
    return toUser(changed ?? user);
  }

  return { update };
}

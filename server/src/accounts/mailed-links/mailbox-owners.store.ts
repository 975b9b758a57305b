import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const idRow = z.object({ id: z.string() });

interface ProvenOwner {
  userId: string;
  /** Where the link went. It proves nothing of an account that has another address by now. */
  email: string;
  at: Date;
}

const didChange = async (rows: Promise<number>): Promise<boolean> => (await rows) === 1;

/** Who opened the link reads the mails of this address, so it counts as verified as well. */
const setPassword = (transaction: Queryable, { userId, email, hash, at }: ProvenOwner & { hash: string }) =>
  didChange(
    transaction.execute(
      `update users set password_hash = $3, email_verified_at = coalesce(email_verified_at, $4)
       where id = $1 and email = $2 and disabled_at is null`,
      [userId, email, hash, at],
    ),
  );

const markVerified = (transaction: Queryable, { userId, email, at }: ProvenOwner): Promise<boolean> =>
  didChange(
    transaction.execute(
      `update users set email_verified_at = coalesce(email_verified_at, $3)
       where id = $1 and email = $2 and disabled_at is null`,
      [userId, email, at],
    ),
  );

/** Until the transaction ends nobody else changes the account. */
const lock = (transaction: Queryable, userId: string): Promise<{ id: string } | undefined> =>
  transaction.row(idRow, "select id from users where id = $1 for update", [userId]);

const changeEmail = (transaction: Queryable, { userId, email, at }: ProvenOwner): Promise<boolean> =>
  didChange(
    transaction.execute(
      `update users set email = $2, email_verified_at = $3 where id = $1 and disabled_at is null
       and not exists (select 1 from users where email = $2)`,
      [userId, email, at],
    ),
  );

/**
 * Takes the password from an account whose address nobody has proved, unless the account was just made: whoever
 * registered it first may be a stranger, and must not get in when the owner of the mailbox comes.
 */
const forgetUnprovenPassword = (
  transaction: Queryable,
  { userId, isNew }: { userId: string; isNew: boolean },
): Promise<number> =>
  transaction.execute(
    "update users set password_hash = null where id = $1 and email_verified_at is null and not $2::boolean",
    [userId, isNew],
  );

/** Asked before anything marks the address as verified: whatever came before that may be a stranger's. */
const isUnproven = async (transaction: Queryable, userId: string): Promise<boolean> =>
  (await transaction.row(idRow, "select id from users where id = $1 and email_verified_at is null", [userId])) !==
  undefined;

/** Sign-ins with a provider that did not vouch for the address either. */
const forgetIdentities = (transaction: Queryable, userId: string): Promise<number> =>
  transaction.execute("delete from identities where user_id = $1", [userId]);

export const mailboxOwnersStore = {
  setPassword,
  markVerified,
  lock,
  changeEmail,
  forgetUnprovenPassword,
  isUnproven,
  forgetIdentities,
};
export type MailboxOwnersStore = typeof mailboxOwnersStore;

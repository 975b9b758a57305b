import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";
import type { ExternalPerson } from "./oidc-client.ts";

const idRow = z.object({ id: z.string() });

type IdentityKey = Pick<ExternalPerson, "issuer" | "subject">;

/** Sign-ins of one person follow each other until the transaction ends, also before there is any row of theirs. */
const lockIdentity = (transaction: Queryable, { issuer, subject }: IdentityKey): Promise<number> =>
  transaction.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
    JSON.stringify(["accounts.identities", issuer, subject]),
  ]);

/** The account of an identity; undefined for somebody who was never here. */
const findUserId = async (queryable: Queryable, { issuer, subject }: IdentityKey): Promise<string | undefined> =>
  (
    await queryable.row(idRow, "select user_id as id from identities where issuer = $1 and subject = $2", [
      issuer,
      subject,
    ])
  )?.id;

/** Until the transaction ends nobody disables the account, verifies its address or deletes it. */
const lockUser = (transaction: Queryable, userId: string): Promise<number> =>
  transaction.execute("select id from users where id = $1 for update", [userId]);

const insert = (
  transaction: Queryable,
  identity: IdentityKey & { userId: string; email: string; at: Date },
): Promise<number> =>
  transaction.execute(
    `insert into identities (issuer, subject, user_id, email, created_at, last_used_at) values ($1, $2, $3, $4, $5, $5)`,
    [identity.issuer, identity.subject, identity.userId, identity.email, identity.at],
  );

const recordUse = (transaction: Queryable, { issuer, subject, at }: IdentityKey & { at: Date }): Promise<number> =>
  transaction.execute("update identities set last_used_at = $3 where issuer = $1 and subject = $2", [
    issuer,
    subject,
    at,
  ]);

interface NewExternalUser {
  id: string;
  email: string;
  fullName: string | null;
  picture: string | null;
  provider: "google" | "oidc";
  verifiedAt: Date | null;
  createdAt: Date;
}

/** An account without a password; 0 when the address was taken at this very moment. */
const insertUser = (transaction: Queryable, user: NewExternalUser): Promise<number> =>
  transaction.execute(
    `insert into users (id, email, full_name, picture, provider, email_verified_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (email) do nothing`,
    [user.id, user.email, user.fullName, user.picture, user.provider, user.verifiedAt, user.createdAt],
  );

/** What the account does not say itself is taken from the provider. */
const completeUser = (
  transaction: Queryable,
  user: { id: string; fullName: string | null; picture: string | null; verifiedAt: Date | null },
): Promise<number> =>
  transaction.execute(
    `update users set full_name = coalesce(full_name, $2), picture = coalesce($3, picture),
       email_verified_at = coalesce(email_verified_at, $4) where id = $1`,
    [user.id, user.fullName, user.picture, user.verifiedAt],
  );

export const identitiesStore = {
  lockIdentity,
  findUserId,
  lockUser,
  insert,
  recordUse,
  insertUser,
  completeUser,
};
export type IdentitiesStore = typeof identitiesStore;

import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const idRow = z.object({ id: z.string() });
const countRow = z.object({ count: z.coerce.number() });

const sessionRow = z.object({
  id: z.string(),
  address: z.string(),
  user_agent: z.string().nullable(),
  created_at: z.date(),
  last_used_at: z.date(),
  expires_at: z.date(),
  revoked_at: z.date().nullable(),
});

/** Administrators other than this person who can still sign in; their rows are locked until the transaction ends. */
const countOtherAdmins = async (transaction: Queryable, userId: string): Promise<number> => {
  const admins = await transaction.rows(
    idRow,
    "select id from users where role = 'admin' and disabled_at is null order by id for update",
  );
  return admins.filter(({ id }) => id !== userId).length;
};

/** False when it was closed before. */
const close = async (transaction: Queryable, { userId, at }: { userId: string; at: Date }): Promise<boolean> => {
  const closed = await transaction.execute(
    "update users set closed_at = $2, disabled_at = coalesce(disabled_at, $2) where id = $1 and closed_at is null",
    [userId, at],
  );
  return closed === 1;
};

/** Takes everything personal out of the rows that stay for a while. The address is free for a new account. */
const anonymise = async (transaction: Queryable, { userId, at }: { userId: string; at: Date }): Promise<boolean> => {
  await transaction.execute(
    "update sessions set address = '', network = '', user_agent = null where user_id = $1 and address <> ''",
    [userId],
  );
  for (const table of ["account_mails", "identities", "oidc_waiting_links"]) {
    await transaction.execute(`delete from ${table} where user_id = $1`, [userId]);
  }
  const erased = await transaction.execute(
    `update users set email = lower(id) || '@closed.invalid', password_hash = null, full_name = null, picture = null,
       role = 'user', email_verified_at = null, erased_at = $2
     where id = $1 and closed_at is not null and erased_at is null`,
    [userId, at],
  );
  return erased === 1;
};

/** Closed accounts of which something may be left: their erasure was given up, or its job was lost. */
const listUnerased = async (queryable: Queryable, closedBefore: Date): Promise<string[]> =>
  (await queryable.rows(idRow, "select id from users where closed_at < $1 and erased_at is null", [closedBefore])).map(
    ({ id }) => id,
  );

const isClosed = async (queryable: Queryable, userId: string): Promise<boolean> =>
  ((await queryable.row(countRow, "select count(*) from users where id = $1 and closed_at is not null", [userId]))
    ?.count ?? 0) > 0;

/** The last row of an account; everything that refers to it goes along. */
const deleteErased = (queryable: Queryable, erasedBefore: Date): Promise<number> =>
  queryable.execute("delete from users where erased_at < $1", [erasedBefore]);

const listSessions = (queryable: Queryable, userId: string): Promise<z.infer<typeof sessionRow>[]> =>
  queryable.rows(
    sessionRow,
    `select id, address, user_agent, created_at, last_used_at, expires_at, revoked_at from sessions
     where user_id = $1 order by created_at desc`,
    [userId],
  );

const mailRow = z.object({
  purpose: z.string(),
  email: z.string(),
  created_at: z.date(),
  sent_at: z.date().nullable(),
  used_at: z.date().nullable(),
});

const listMails = (queryable: Queryable, userId: string): Promise<z.infer<typeof mailRow>[]> =>
  queryable.rows(
    mailRow,
    "select purpose, email, created_at, sent_at, used_at from account_mails where user_id = $1 order by created_at desc",
    [userId],
  );

const identityRow = z.object({
  issuer: z.string(),
  subject: z.string(),
  email: z.string(),
  created_at: z.date(),
  last_used_at: z.date(),
});

const listIdentities = (queryable: Queryable, userId: string): Promise<z.infer<typeof identityRow>[]> =>
  queryable.rows(
    identityRow,
    "select issuer, subject, email, created_at, last_used_at from identities where user_id = $1 order by created_at",
    [userId],
  );

export const personalDataStore = {
  countOtherAdmins,
  close,
  anonymise,
  listUnerased,
  isClosed,
  deleteErased,
  listSessions,
  listMails,
  listIdentities,
};
export type PersonalDataStore = typeof personalDataStore;

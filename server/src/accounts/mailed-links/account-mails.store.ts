import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";
import { type LinkPurpose, type MailPurpose, mailPurposes } from "./mail-purpose.ts";

const mailRow = z.object({
  id: z.string(),
  user_id: z.string().nullable(),
  purpose: z.enum(mailPurposes),
  email: z.string(),
  session_id: z.string().nullable(),
  expires_at: z.date(),
  used_at: z.date().nullable(),
  sent_at: z.date().nullable(),
});
export type MailRow = z.infer<typeof mailRow>;

/** Of a link that holds: it belongs to somebody. */
const linkRow = mailRow.extend({ user_id: z.string() });
export type LinkRow = z.infer<typeof linkRow>;

const columns = Object.keys(mailRow.shape).join(", ");

export interface NewMail {
  id: string;
  userId: string | null;
  purpose: MailPurpose;
  email: string;
  sessionId: string | null;
  expiresAt: Date;
  createdAt: Date;
}

const insert = (transaction: Queryable, mail: NewMail): Promise<number> =>
  transaction.execute(
    `insert into account_mails (id, user_id, purpose, email, session_id, expires_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [mail.id, mail.userId, mail.purpose, mail.email, mail.sessionId, mail.expiresAt, mail.createdAt],
  );

const findById = (queryable: Queryable, id: string): Promise<MailRow | undefined> =>
  queryable.row(mailRow, `select ${columns} from account_mails where id = $1`, [id]);

const findHolding = (queryable: Queryable, { id, at }: { id: string; at: Date }): Promise<LinkRow | undefined> =>
  queryable.row(
    linkRow,
    `select ${columns} from account_mails
     where id = $1 and used_at is null and expires_at > $2 and user_id is not null`,
    [id, at],
  );

/**
 * Of many that use a link at once exactly one gets its row. The owner is locked first, as everything else does that
 * changes an account and then its mails: in another order the two could wait for each other.
 */
const use = (transaction: Queryable, { id, at }: { id: string; at: Date }): Promise<LinkRow | undefined> =>
  transaction.row(
    linkRow,
    `update account_mails set used_at = $2
     from (select users.id as owner_id from users
           where users.id = (select user_id from account_mails where id = $1) for update) as owner
     where id = $1 and used_at is null and expires_at > $2 and user_id = owner_id returning ${columns}`,
    [id, at],
  );

/** Ends the links of a person that were not used; for nobody (`null`) there are none, and the work is the same. */
const end = (
  transaction: Queryable,
  { userId, purposes, at }: { userId: string | null; purposes: readonly LinkPurpose[]; at: Date },
): Promise<number> =>
  transaction.execute(
    `update account_mails set expires_at = $3
     where user_id = $1 and purpose = any($2) and used_at is null and expires_at > $3`,
    [userId, purposes, at],
  );

const markSent = (queryable: Queryable, { id, at }: { id: string; at: Date }): Promise<number> =>
  queryable.execute("update account_mails set sent_at = $2 where id = $1", [id, at]);

const remove = (queryable: Queryable, id: string): Promise<number> =>
  queryable.execute("delete from account_mails where id = $1", [id]);

const deleteOld = (queryable: Queryable, createdBefore: Date): Promise<number> =>
  queryable.execute("delete from account_mails where created_at < $1", [createdBefore]);

export const accountMailsStore = { insert, findById, findHolding, use, end, markSent, remove, deleteOld };
export type AccountMailsStore = typeof accountMailsStore;

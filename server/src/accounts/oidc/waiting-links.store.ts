import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const waitingLinkRow = z.object({
  user_id: z.string(),
  issuer: z.string(),
  subject: z.string(),
  email: z.string(),
  email_verified: z.boolean(),
});
export type WaitingLinkRow = z.infer<typeof waitingLinkRow>;

const columns = Object.keys(waitingLinkRow.shape).join(", ");

interface NewWaitingLink {
  browserHash: Uint8Array;
  userId: string;
  issuer: string;
  subject: string;
  email: string;
  emailVerified: boolean;
  expiresAt: Date;
}

/** Takes the place of the one that waited in this browser before. */
const put = (queryable: Queryable, link: NewWaitingLink): Promise<number> =>
  queryable.execute(
    `insert into oidc_waiting_links (browser_hash, user_id, issuer, subject, email, email_verified, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (browser_hash) do update set user_id = excluded.user_id, issuer = excluded.issuer,
       subject = excluded.subject, email = excluded.email, email_verified = excluded.email_verified, tries = 0,
       expires_at = excluded.expires_at`,
    [link.browserHash, link.userId, link.issuer, link.subject, link.email, link.emailVerified, link.expiresAt],
  );

/** Counts a try before it is made; undefined when nothing waits, or no try is left. */
const countTry = (
  queryable: Queryable,
  { browserHash, at, maxTries }: { browserHash: Uint8Array; at: Date; maxTries: number },
): Promise<WaitingLinkRow | undefined> =>
  queryable.row(
    waitingLinkRow,
    `update oidc_waiting_links set tries = tries + 1
     where browser_hash = $1 and expires_at > $2 and tries < $3 returning ${columns}`,
    [browserHash, at, maxTries],
  );

/** Uses the link up; 0 when another call did so first. */
const remove = (
  queryable: Queryable,
  { browserHash, issuer, subject }: { browserHash: Uint8Array; issuer: string; subject: string },
): Promise<number> =>
  queryable.execute("delete from oidc_waiting_links where browser_hash = $1 and issuer = $2 and subject = $3", [
    browserHash,
    issuer,
    subject,
  ]);

const deleteEnded = (queryable: Queryable, now: Date): Promise<number> =>
  queryable.execute("delete from oidc_waiting_links where expires_at <= $1", [now]);

export const waitingLinksStore = { put, countTry, remove, deleteEnded };
export type WaitingLinksStore = typeof waitingLinksStore;

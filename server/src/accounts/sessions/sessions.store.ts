import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const sessionRow = z.object({
  id: z.string(),
  user_id: z.string(),
  mac_key: z.instanceof(Uint8Array),
  counter: z.int(),
  refreshed_at: z.date(),
  expires_at: z.date(),
  revoked_at: z.date().nullable(),
});
type SessionRow = z.infer<typeof sessionRow>;

const idRow = z.object({ id: z.string() });
const revokedRow = z.object({ id: z.string(), revoked_at: z.date() });

/** What its owner may see of a session. */
const openSessionRow = z.object({
  id: z.string(),
  user_agent: z.string().nullable(),
  address: z.string(),
  created_at: z.date(),
  last_used_at: z.date(),
  expires_at: z.date(),
});

export type RevokeReason =
  | "logout"
  | "reuse_detected"
  | "session_limit"
  | "revoked"
  | "password_changed"
  | "password_reset"
  | "account_closed"
  | "admin";

/** Where a session was opened from. */
export interface SessionOrigin {
  address: string;
  network: string;
  userAgent: string | null;
}

interface NewSession extends SessionOrigin {
  id: string;
  userId: string;
  macKey: Uint8Array;
  createdAt: Date;
  expiresAt: Date;
}

const insert = (queryable: Queryable, session: NewSession): Promise<number> =>
  queryable.execute(
    `insert into sessions (id, user_id, mac_key, refreshed_at, expires_at, address, network, user_agent, created_at, last_used_at, authenticated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $4, $4, $4)`,
    [
      session.id,
      session.userId,
      session.macKey,
      session.createdAt,
      session.expiresAt,
      session.address,
      session.network,
      session.userAgent,
    ],
  );

/** The row is locked until the transaction ends, so that refreshes of one session follow each other. */
const findForUpdate = (transaction: Queryable, id: string): Promise<SessionRow | undefined> =>
  transaction.row(
    sessionRow,
    `select id, user_id, mac_key, counter, refreshed_at, expires_at, revoked_at from sessions where id = $1 for update`,
    [id],
  );

/** Undefined for a session that was revoked. */
const endOf = async (queryable: Queryable, id: string): Promise<Date | undefined> => {
  const row = await queryable.row(
    z.object({ expires_at: z.date() }),
    "select expires_at from sessions where id = $1 and revoked_at is null",
    [id],
  );
  return row?.expires_at;
};

const advance = (
  transaction: Queryable,
  { id, counter, at }: { id: string; counter: number; at: Date },
): Promise<number> =>
  transaction.execute("update sessions set counter = $2, refreshed_at = $3, last_used_at = $3 where id = $1", [
    id,
    counter,
    at,
  ]);

const revoke = (
  queryable: Queryable,
  { id, reason, at }: { id: string; reason: RevokeReason; at: Date },
): Promise<number> =>
  queryable.execute("update sessions set revoked_at = $3, revoke_reason = $2 where id = $1 and revoked_at is null", [
    id,
    reason,
    at,
  ]);

/** Ends the sessions of a person that were unused for longest, beyond the `keep` newest. */
const revokeBeyond = (
  transaction: Queryable,
  { userId, keep, at }: { userId: string; keep: number; at: Date },
): Promise<{ id: string }[]> =>
  transaction.rows(
    idRow,
    `update sessions set revoked_at = $3, revoke_reason = 'session_limit' where id in (
       select id from sessions where user_id = $1 and revoked_at is null and expires_at > $3
       order by last_used_at desc, id offset $2
     ) returning id`,
    [userId, keep, at],
  );

const listRevokedSince = (queryable: Queryable, since: Date): Promise<z.infer<typeof revokedRow>[]> =>
  queryable.rows(revokedRow, "select id, revoked_at from sessions where revoked_at > $1", [since]);

/** Ends every open session of a person but `except`. */
const revokeAll = (
  queryable: Queryable,
  { userId, reason, except, at }: { userId: string; reason: RevokeReason; except: string | null; at: Date },
): Promise<{ id: string }[]> =>
  queryable.rows(
    idRow,
    `update sessions set revoked_at = $4, revoke_reason = $2
     where user_id = $1 and revoked_at is null and expires_at > $4 and id is distinct from $3 returning id`,
    [userId, reason, except, at],
  );

/** Ends one open session of this person; 0 when they have no such session. */
const revokeOwn = (
  queryable: Queryable,
  { id, userId, reason, at }: { id: string; userId: string; reason: RevokeReason; at: Date },
): Promise<number> =>
  queryable.execute(
    `update sessions set revoked_at = $4, revoke_reason = $3
     where id = $1 and user_id = $2 and revoked_at is null and expires_at > $4`,
    [id, userId, reason, at],
  );

const listOpen = (
  queryable: Queryable,
  { userId, at }: { userId: string; at: Date },
): Promise<z.infer<typeof openSessionRow>[]> =>
  queryable.rows(
    openSessionRow,
    `select id, user_agent, address, created_at, last_used_at, expires_at from sessions
     where user_id = $1 and revoked_at is null and expires_at > $2 order by last_used_at desc, id`,
    [userId, at],
  );

/** When the person of a session last proved who they are; undefined when the session has ended. */
const findAuthenticatedAt = async (queryable: Queryable, id: string): Promise<Date | undefined> =>
  (
    await queryable.row(
      z.object({ authenticated_at: z.date() }),
      "select authenticated_at from sessions where id = $1 and revoked_at is null",
      [id],
    )
  )?.authenticated_at;

const setAuthenticatedAt = (queryable: Queryable, { id, at }: { id: string; at: Date }): Promise<number> =>
  queryable.execute("update sessions set authenticated_at = $2 where id = $1", [id, at]);

/** Whether this person signed in from this network before; asked alike for nobody (`null`). */
const isKnownNetwork = async (
  queryable: Queryable,
  { userId, network }: { userId: string | null; network: string },
): Promise<boolean> =>
  (await queryable.row(idRow, "select id from sessions where user_id = $1 and network = $2 limit 1", [
    userId,
    network,
  ])) !== undefined;

/** Removes at most `limit` sessions that ended before `endedBefore` and returns how many there were. */
const deleteEnded = (
  queryable: Queryable,
  { endedBefore, limit }: { endedBefore: Date; limit: number },
): Promise<number> =>
  queryable.execute(
    "delete from sessions where id in (select id from sessions where expires_at < $1 order by expires_at limit $2)",
    [endedBefore, limit],
  );

export const sessionsStore = {
  insert,
  findForUpdate,
  endOf,
  advance,
  revoke,
  revokeBeyond,
  revokeAll,
  revokeOwn,
  listOpen,
  findAuthenticatedAt,
  setAuthenticatedAt,
  listRevokedSince,
  isKnownNetwork,
  deleteEnded,
};
export type SessionsStore = typeof sessionsStore;

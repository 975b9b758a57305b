import { ApiKeyScope } from "@llm-tuner/contract/api-keys.ts";
import { z } from "zod";
import type { Queryable } from "../platform/database/database.ts";
import type { PagePosition } from "../platform/paging/cursor.ts";

const apiKeyRow = z.object({
  id: z.string(),
  user_id: z.string(),
  name: z.string(),
  secret_mac: z.instanceof(Uint8Array),
  scopes: z.array(ApiKeyScope),
  expires_at: z.date().nullable(),
  revoked_at: z.date().nullable(),
  last_used_at: z.date().nullable(),
  created_at: z.date(),
});
export type ApiKeyRow = z.infer<typeof apiKeyRow>;

const columns = Object.keys(apiKeyRow.shape).join(", ");

type NewApiKey = Omit<ApiKeyRow, "secret_mac" | "revoked_at" | "last_used_at"> & { secret_mac: Uint8Array };

/** Keys of one person are created one after the other, so that their number is true when it is compared. */
const lockKeysOf = (transaction: Queryable, userId: string): Promise<number> =>
  transaction.execute("select pg_advisory_xact_lock(hashtextextended('keys.api_keys:' || $1, 0))", [userId]);

const countInUse = async (queryable: Queryable, { userId, at }: { userId: string; at: Date }): Promise<number> => {
  const row = await queryable.row(
    z.object({ count: z.coerce.number() }),
    `select count(*) from api_keys
     where user_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)`,
    [userId, at],
  );
  return row?.count ?? 0;
};

const insert = (queryable: Queryable, key: NewApiKey): Promise<number> =>
  queryable.execute(
    `insert into api_keys (id, user_id, name, secret_mac, scopes, expires_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [key.id, key.user_id, key.name, key.secret_mac, key.scopes, key.expires_at, key.created_at],
  );

const find = (queryable: Queryable, id: string): Promise<ApiKeyRow | undefined> =>
  queryable.row(apiKeyRow, `select ${columns} from api_keys where id = $1`, [id]);

/** Newest first, beginning after a position. */
const listOf = (
  queryable: Queryable,
  { userId, after, limit }: { userId: string; after: PagePosition | null; limit: number },
): Promise<ApiKeyRow[]> =>
  queryable.rows(
    apiKeyRow,
    `select ${columns} from api_keys
     where user_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3))
     order by created_at desc, id desc limit $4`,
    [userId, after?.createdAt ?? null, after?.id ?? null, limit],
  );

/** Keeps the time of the first revocation. Undefined when the person has no such key. */
const revoke = (
  queryable: Queryable,
  { userId, id, at }: { userId: string; id: string; at: Date },
): Promise<ApiKeyRow | undefined> =>
  queryable.row(
    apiKeyRow,
    `update api_keys set revoked_at = coalesce(revoked_at, $3) where id = $2 and user_id = $1 returning ${columns}`,
    [userId, id, at],
  );

/** Many keys in one statement; a time that is older than what is stored changes nothing. */
const recordUse = (queryable: Queryable, uses: readonly { id: string; at: Date }[]): Promise<number> =>
  queryable.execute(
    `update api_keys set last_used_at = used.at from unnest($1::text[], $2::timestamptz[]) as used (id, at)
     where api_keys.id = used.id and (last_used_at is null or last_used_at < used.at)`,
    [uses.map(({ id }) => id), uses.map(({ at }) => at)],
  );

export const keysStore = { lockKeysOf, countInUse, insert, find, listOf, revoke, recordUse };
export type KeysStore = typeof keysStore;

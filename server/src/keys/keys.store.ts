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
  allowed_models: z.array(z.string()).nullable(),
  budget_nano_usd: z.coerce.number().nullable(),
  budget_period: z.enum(["total", "month", "day"]).nullable(),
  tier: z.string().nullable(),
  family_id: z.string(),
  replaced_by: z.string().nullable(),
  rotated_at: z.date().nullable(),
  expires_at: z.date().nullable(),
  revoked_at: z.date().nullable(),
  last_used_at: z.date().nullable(),
  created_at: z.date(),
});
export type ApiKeyRow = Omit<z.infer<typeof apiKeyRow>, "secret_mac"> & { secret_mac: Uint8Array };

const columns = Object.keys(apiKeyRow.shape).join(", ");

/** What a person chooses of a key, and a successor takes over. */
export type KeySettings = Pick<
  ApiKeyRow,
  "name" | "scopes" | "allowed_models" | "budget_nano_usd" | "budget_period" | "tier" | "expires_at"
>;
type NewApiKey = KeySettings & Pick<ApiKeyRow, "id" | "user_id" | "secret_mac" | "family_id" | "created_at">;

/** Keys of one person are created one after the other, so that their number is true when it is compared. */
const lockKeysOf = (transaction: Queryable, userId: string): Promise<number> =>
  transaction.execute("select pg_advisory_xact_lock(hashtextextended('keys.api_keys:' || $1, 0))", [userId]);

/** A key that was replaced is not counted besides its successor: a person at the limit must be able to rotate. */
const countInUse = async (queryable: Queryable, { userId, at }: { userId: string; at: Date }): Promise<number> => {
  const row = await queryable.row(
    z.object({ count: z.coerce.number() }),
    `select count(*) from api_keys
     where user_id = $1 and revoked_at is null and replaced_by is null and (expires_at is null or expires_at > $2)`,
    [userId, at],
  );
  return row?.count ?? 0;
};

const insert = (queryable: Queryable, key: NewApiKey): Promise<number> =>
  queryable.execute(
    `insert into api_keys (id, user_id, name, secret_mac, scopes, allowed_models, budget_nano_usd, budget_period, tier,
       family_id, expires_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      key.id,
      key.user_id,
      key.name,
      key.secret_mac,
      key.scopes,
      key.allowed_models,
      key.budget_nano_usd,
      key.budget_period,
      key.tier,
      key.family_id,
      key.expires_at,
      key.created_at,
    ],
  );

const find = (queryable: Queryable, id: string): Promise<ApiKeyRow | undefined> =>
  queryable.row(apiKeyRow, `select ${columns} from api_keys where id = $1`, [id]);

/** The row is locked until the transaction ends. Undefined when the person has no such key. */
const findOwnForUpdate = (
  transaction: Queryable,
  { userId, id }: { userId: string; id: string },
): Promise<ApiKeyRow | undefined> =>
  transaction.row(apiKeyRow, `select ${columns} from api_keys where id = $2 and user_id = $1 for update`, [userId, id]);

const updateSettings = (transaction: Queryable, id: string, settings: KeySettings): Promise<number> =>
  transaction.execute(
    `update api_keys set name = $2, scopes = $3, allowed_models = $4, budget_nano_usd = $5, budget_period = $6,
       tier = $7, expires_at = $8 where id = $1`,
    [
      id,
      settings.name,
      settings.scopes,
      settings.allowed_models,
      settings.budget_nano_usd,
      settings.budget_period,
      settings.tier,
      settings.expires_at,
    ],
  );

/** From now on the key has a successor; it works until `expiresAt`, or no longer when `revokedAt` is given. */
const replace = (
  transaction: Queryable,
  key: { id: string; successorId: string; at: Date; expiresAt: Date | null; revokedAt: Date | null },
): Promise<number> =>
  transaction.execute(
    `update api_keys set replaced_by = $2, rotated_at = $3, expires_at = $4, revoked_at = $5 where id = $1`,
    [key.id, key.successorId, key.at, key.expiresAt, key.revokedAt],
  );

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

const revoke = (transaction: Queryable, { id, at }: { id: string; at: Date }): Promise<number> =>
  transaction.execute("update api_keys set revoked_at = $2 where id = $1", [id, at]);

/** Keys that were not revoked. */
const countWithTier = async (queryable: Queryable, tier: string): Promise<number> => {
  const row = await queryable.row(
    z.object({ count: z.coerce.number() }),
    "select count(*) from api_keys where tier = $1 and revoked_at is null",
    [tier],
  );
  return row?.count ?? 0;
};

/** Many keys in one statement; a time that is older than what is stored changes nothing. */
const recordUse = (queryable: Queryable, uses: readonly { id: string; at: Date }[]): Promise<number> =>
  queryable.execute(
    `update api_keys set last_used_at = used.at from unnest($1::text[], $2::timestamptz[]) as used (id, at)
     where api_keys.id = used.id and (last_used_at is null or last_used_at < used.at)`,
    [uses.map(({ id }) => id), uses.map(({ at }) => at)],
  );

const revokeAllOf = (queryable: Queryable, { userId, at }: { userId: string; at: Date }): Promise<number> =>
  queryable.execute("update api_keys set revoked_at = $2 where user_id = $1 and revoked_at is null", [userId, at]);

const deleteAllOf = (queryable: Queryable, userId: string): Promise<number> =>
  queryable.execute("delete from api_keys where user_id = $1", [userId]);

export const keysStore = {
  lockKeysOf,
  countInUse,
  insert,
  find,
  findOwnForUpdate,
  updateSettings,
  replace,
  listOf,
  revokeAllOf,
  deleteAllOf,
  revoke,
  countWithTier,
  recordUse,
};
export type KeysStore = typeof keysStore;

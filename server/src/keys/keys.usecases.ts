import type { ApiKey, CreateApiKeyRequest, CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import type { PageQuery } from "@llm-tuner/contract/paging.ts";
import type { z } from "zod";
import type { Database } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import { pageOf, parseCursor } from "../platform/paging/cursor.ts";
import type { Clock } from "../platform/time/clock.ts";
import { formatApiKey, macOfApiKey, newApiKeyParts, visiblePrefix } from "./api-key-format.ts";
import { apiKeyNotFound, expiryInThePast, tooManyApiKeys } from "./keys.errors.ts";
import type { ApiKeyRow, KeysStore } from "./keys.store.ts";

export interface KeyUsecases {
  create: (userId: string, request: z.output<typeof CreateApiKeyRequest>) => Promise<z.input<typeof CreatedApiKey>>;
  list: (userId: string, page: PageQuery) => Promise<{ api_keys: ApiKey[]; next_cursor: string | null }>;
  revoke: (userId: string, id: string) => Promise<ApiKey>;
}

interface KeyDependencies {
  database: Database;
  store: KeysStore;
  pepper: Uint8Array;
  /** Called when the rights of a key changed, so that this process asks anew. */
  forget: (keyId: string) => void;
  clock: Clock;
  log: Log;
  keysPerUser: number;
}

const toApiKey = (row: Omit<ApiKeyRow, "secret_mac" | "user_id">): ApiKey => ({
  id: row.id,
  name: row.name,
  prefix: visiblePrefix(row.id),
  scopes: row.scopes,
  allowed_models: null,
  budget: null,
  spent_usd: 0,
  tier: null,
  family_id: row.id,
  replaced_by: null,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at?.toISOString() ?? null,
  last_used_at: row.last_used_at?.toISOString() ?? null,
  revoked_at: row.revoked_at?.toISOString() ?? null,
});

export function createKeyUsecases(dependencies: KeyDependencies): KeyUsecases {
  const { database, store, pepper, forget, clock, log, keysPerUser } = dependencies;

  async function create(userId: string, request: z.output<typeof CreateApiKeyRequest>) {
    const created_at = clock.now();
    const expires_at =
      request.expires_at === undefined || request.expires_at === null ? null : new Date(request.expires_at);
    if (expires_at !== null && expires_at <= created_at) throw expiryInThePast();
    const parts = newApiKeyParts();
    const row = {
      id: parts.id,
      user_id: userId,
      name: request.name,
      secret_mac: macOfApiKey(parts, pepper),
      scopes: [...new Set(request.scopes)],
      expires_at,
      created_at,
    };
    await database.transaction(async (transaction) => {
      await store.lockKeysOf(transaction, userId);
      if ((await store.countInUse(transaction, { userId, at: created_at })) >= keysPerUser) {
        throw tooManyApiKeys(keysPerUser);
      }
      await store.insert(transaction, row);
    });
    forget(parts.id);
    log.info({ userId, apiKeyId: parts.id, scopes: row.scopes }, "API key created");
    return { key: toApiKey({ ...row, revoked_at: null, last_used_at: null }), secret: formatApiKey(parts) };
  }

  async function list(userId: string, { limit, cursor }: PageQuery) {
    const found = await store.listOf(database, { userId, after: parseCursor(cursor), limit: limit + 1 });
    const page = pageOf(found, { limit, position: (row) => ({ createdAt: row.created_at, id: row.id }) });
    return { api_keys: page.rows.map(toApiKey), next_cursor: page.nextCursor };
  }

  async function revoke(userId: string, id: string): Promise<ApiKey> {
    const row = await store.revoke(database, { userId, id, at: clock.now() });
    if (row === undefined) throw apiKeyNotFound();
    forget(id);
    log.info({ userId, apiKeyId: id }, "API key revoked");
    return toApiKey(row);
  }

  return { create, list, revoke };
}

import type { User } from "@llm-tuner/contract/accounts.ts";
import type { Database } from "../platform/database/database.ts";
import { type Caller, noBounds } from "../platform/http/caller.ts";
import type { Clock } from "../platform/time/clock.ts";
import { isSameMac, macOfApiKey, parseApiKey } from "./api-key-format.ts";
import { createKeyCache } from "./key-cache.ts";
import { apiKeyExpired, apiKeyRevoked, invalidApiKey } from "./keys.errors.ts";
import type { ApiKeyRow, KeysStore } from "./keys.store.ts";

export interface ApiKeyGate {
  authenticate: (text: string) => Promise<Caller>;
  forget: (keyId: string) => void;
  forgetAll: () => void;
}

interface ApiKeyGateDependencies {
  database: Database;
  store: KeysStore;
  userById: (id: string) => Promise<User | undefined>;
  pepper: Uint8Array;
  noteUse: (keyId: string) => void;
  clock: Clock;
}

/** A key with what its owner's state adds to it. */
interface KnownKey {
  row: ApiKeyRow;
  isOwnerActive: boolean;
  tier: string;
  scopes: Caller["scopes"];
}

export function createApiKeyGate(dependencies: ApiKeyGateDependencies): ApiKeyGate {
  const { database, store, userById, pepper, noteUse, clock } = dependencies;

  const cache = createKeyCache<KnownKey>(async (keyId) => {
    const row = await store.find(database, keyId);
    if (row === undefined) return null;
    const owner = await userById(row.user_id);
    return {
      row,
      isOwnerActive: owner?.is_active ?? false,
      tier: owner?.tier ?? "standard",
      scopes: new Set(row.scopes),
    };
  }, clock);

  async function authenticate(text: string): Promise<Caller> {
    const parts = parseApiKey(text);
    if (parts === null) throw invalidApiKey();
    const known = await cache.get(parts.id);
    // Only somebody who holds the secret learns more than that the key does not work.
    if (known === null || !isSameMac(macOfApiKey(parts, pepper), known.row.secret_mac)) throw invalidApiKey();
    const { row, isOwnerActive, scopes, tier } = known;
    if (row.revoked_at !== null) throw apiKeyRevoked();
    if (row.expires_at !== null && row.expires_at <= clock.now()) throw apiKeyExpired();
    if (!isOwnerActive) throw apiKeyRevoked();
    noteUse(row.id);
    // A key never has an administrator's rights, whoever owns it.
    return {
      userId: row.user_id,
      role: "user",
      tier,
      sessionId: null,
      apiKeyId: row.id,
      clientTokenId: null,
      scopes,
      bounds: noBounds,
      notices: {},
    };
  }

  return { authenticate, forget: cache.forget, forgetAll: cache.forgetAll };
}

import { hash, type KeyObject } from "node:crypto";
import { type Awaitable, goOnWith } from "@llm-tuner/gateway/awaitable.ts";
import type { AccountsModule } from "../accounts/accounts.module.ts";
import type { Database } from "../platform/database/database.ts";
import type { Caller, CallerBounds } from "../platform/http/caller.ts";
import type { Clock } from "../platform/time/clock.ts";
import { spendPeriodOf, spendSubjectOf } from "./api-key-answer.ts";
import { type ApiKeyParts, isSameMac, macOfApiKey, parseApiKey } from "./api-key-format.ts";
import { createKeyCache } from "./key-cache.ts";
import { apiKeyExpired, apiKeyRevoked, invalidApiKey } from "./keys.errors.ts";
import type { ApiKeyRow, KeysStore } from "./keys.store.ts";

export interface ApiKeyGate {
  authenticate: (text: string) => Awaitable<Caller>;
  /** What the holder of a key may do now, for what was made with it. Throws as `authenticate` does. */
  callerOf: (keyId: string) => Awaitable<Caller>;
  /** When a key ends by itself; null when it does not. Throws when there is none. */
  endOf: (keyId: string) => Promise<Date | null>;
  forget: (keyId: string) => void;
  forgetAll: () => void;
}

interface ApiKeyGateDependencies {
  database: Database;
  store: KeysStore;
  standingOf: AccountsModule["standingOf"];
  pepper: KeyObject;
  noteUse: (keyId: string) => void;
  clock: Clock;
}

/** A key with what follows from it for whoever holds it. */
interface KnownKey {
  row: ApiKeyRow;
  caller: Caller;
  /** Digest of the secret that was last proved by the code in `row`. */
  provedDigest: string | undefined;
}

const boundsOf = (row: ApiKeyRow): CallerBounds => {
  const subject = spendSubjectOf(row);
  return {
    allowedModels: row.allowed_models,
    // Without a budget too: what is spent is counted, so that a budget that is set later begins with the truth.
    spend: [{ subject, period: spendPeriodOf(row), limitNanoUsd: row.budget_nano_usd, maxRequests: null }],
    locked: null,
    tier: row.tier === null ? null : { name: row.tier, subject },
  };
};

/** RFC 9745 and RFC 8594: since when the key is replaced and when it stops working. */
const noticesOf = ({ rotated_at, expires_at }: ApiKeyRow): Record<string, string> =>
  rotated_at === null || expires_at === null
    ? {}
    : { deprecation: `@${Math.floor(rotated_at.getTime() / 1000)}`, sunset: expires_at.toUTCString() };

/** A key never has an administrator's rights, whoever owns it. */
const callerOfRow = (row: ApiKeyRow, tier: string): Caller => ({
  userId: row.user_id,
  role: "user",
  tier,
  sessionId: null,
  apiKeyId: row.id,
  clientTokenId: null,
  scopes: new Set(row.scopes),
  bounds: boundsOf(row),
  notices: noticesOf(row),
});

/**
 * Whether somebody holds the key's secret. The code costs ten times as much as a digest, so it is computed once and the digest
 * compared with the next calls: it is not written anywhere, and how it begins says nothing of a random secret.
 */
function isProved(known: KnownKey, parts: ApiKeyParts, pepper: KeyObject): boolean {
  const digest = hash("sha256", parts.secret);
  if (digest === known.provedDigest) return true;
  if (!isSameMac(macOfApiKey(parts, pepper), known.row.secret_mac)) return false;
  known.provedDigest = digest;
  return true;
}

export function createApiKeyGate(dependencies: ApiKeyGateDependencies): ApiKeyGate {
  const { database, store, standingOf, pepper, noteUse, clock } = dependencies;

  const cache = createKeyCache<KnownKey>(async (keyId) => {
    const row = await store.find(database, keyId);
    if (row === undefined) return null;
    return { row, caller: callerOfRow(row, (await standingOf(row.user_id)).tier), provedDigest: undefined };
  }, clock);

  /** The key's caller, the same object for as long as nothing of it changed. */
  function admit(known: KnownKey): Awaitable<Caller> {
    const { row } = known;
    if (row.revoked_at !== null) throw apiKeyRevoked();
    if (row.expires_at !== null && row.expires_at <= clock.now()) throw apiKeyExpired();
    return goOnWith(standingOf(row.user_id), ({ isActive, tier }) => {
      if (!isActive) throw apiKeyRevoked();
      if (known.caller.tier !== tier) known.caller = { ...known.caller, tier };
      noteUse(row.id);
      return known.caller;
    });
  }

  function authenticate(text: string): Awaitable<Caller> {
    const parts = parseApiKey(text);
    if (parts === null) throw invalidApiKey();
    return goOnWith(cache.get(parts.id), (known) => {
      // Only somebody who holds the secret learns more than that the key does not work.
      if (known === null || !isProved(known, parts, pepper)) throw invalidApiKey();
      return admit(known);
    });
  }

  const callerOf = (keyId: string): Awaitable<Caller> =>
    goOnWith(cache.get(keyId), (known) => {
      if (known === null) throw apiKeyRevoked();
      return admit(known);
    });

  async function endOf(keyId: string): Promise<Date | null> {
    const known = await cache.get(keyId);
    if (known === null) throw apiKeyRevoked();
    return known.row.expires_at;
  }

  return { authenticate, callerOf, endOf, forget: cache.forget, forgetAll: cache.forgetAll };
}

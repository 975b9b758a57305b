import type { KeyObject } from "node:crypto";
import type { ApiKey, CreateApiKeyRequest, CreatedApiKey, UpdateApiKeyRequest } from "@llm-tuner/contract/api-keys.ts";
import type { PageQuery } from "@llm-tuner/contract/paging.ts";
import type { z } from "zod";
import type { AccountsModule } from "../accounts/accounts.module.ts";
import type { Database, Queryable } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import { pageOf, parseCursor } from "../platform/paging/cursor.ts";
import { allRows } from "../platform/personal-data/personal-data.ts";
import type { Clock } from "../platform/time/clock.ts";
import { answerKey, answerKeys, type SpentOf } from "./api-key-answer.ts";
import { formatApiKey, macOfApiKey, newApiKeyParts } from "./api-key-format.ts";
import { changedSettings, refuseImpossible, settingsOfNewKey, type TierExists } from "./key-settings.ts";
import { apiKeyEnded, apiKeyNotFound, apiKeyReplaced, tooManyApiKeys } from "./keys.errors.ts";
import type { ApiKeyRow, KeysStore } from "./keys.store.ts";

export interface KeyUsecases {
  create: (userId: string, request: z.output<typeof CreateApiKeyRequest>) => Promise<z.input<typeof CreatedApiKey>>;
  /** Every key of a person, newest first. */
  allOf: (userId: string) => AsyncGenerator<ApiKey>;
  list: (userId: string, page: PageQuery) => Promise<{ api_keys: ApiKey[]; next_cursor: string | null }>;
  update: (userId: string, id: string, change: z.output<typeof UpdateApiKeyRequest>) => Promise<ApiKey>;
  /** The old key works for `graceSeconds` more; with 0 it is revoked. */
  rotate: (userId: string, id: string, graceSeconds: number) => Promise<z.input<typeof CreatedApiKey>>;
  revoke: (userId: string, id: string) => Promise<ApiKey>;
}

interface KeyDependencies {
  database: Database;
  store: KeysStore;
  pepper: KeyObject;
  /** Called when the rights of a key changed, so that this process asks anew. */
  forget: (keyId: string) => void;
  audit: AccountsModule["audit"];
  spentOf: SpentOf;
  tierExists: TierExists;
  clock: Clock;
  log: Log;
  keysPerUser: number;
}

const auditTarget = (id: string) => ({ kind: "api_key", id });

const isEnded = ({ revoked_at, expires_at }: ApiKeyRow, now: Date): boolean =>
  revoked_at !== null || (expires_at !== null && expires_at <= now);

const earlier = (first: Date, second: Date | null): Date => (second !== null && second < first ? second : first);

export function createKeyUsecases(dependencies: KeyDependencies): KeyUsecases {
  const { database, store, pepper, forget, audit, spentOf, tierExists, clock, log, keysPerUser } = dependencies;

  /** A key of this person that may still be changed, locked. */
  async function lockChangeable(transaction: Queryable, key: { userId: string; id: string }): Promise<ApiKeyRow> {
    const row = await store.findOwnForUpdate(transaction, key);
    if (row === undefined) throw apiKeyNotFound();
    if (row.replaced_by !== null) throw apiKeyReplaced(row.replaced_by);
    if (isEnded(row, clock.now())) throw apiKeyEnded();
    return row;
  }

  async function create(userId: string, request: z.output<typeof CreateApiKeyRequest>) {
    const created_at = clock.now();
    await refuseImpossible(request, { now: created_at, tierExists });
    const parts = newApiKeyParts();
    const row = {
      ...settingsOfNewKey(request),
      id: parts.id,
      user_id: userId,
      secret_mac: macOfApiKey(parts, pepper),
      family_id: parts.id,
      created_at,
    };
    await database.transaction(async (transaction) => {
      await store.lockKeysOf(transaction, userId);
      if ((await store.countInUse(transaction, { userId, at: created_at })) >= keysPerUser) {
        throw tooManyApiKeys(keysPerUser);
      }
      await store.insert(transaction, row);
      const details = { scopes: row.scopes, name: row.name };
      await audit.record(transaction, { action: "api_key.created", target: auditTarget(row.id), details });
    });
    forget(parts.id);
    log.info({ userId, apiKeyId: parts.id, scopes: row.scopes }, "API key created");
    const stored = { ...row, replaced_by: null, rotated_at: null, revoked_at: null, last_used_at: null };
    return { key: await answerKey(stored, spentOf), secret: formatApiKey(parts) };
  }

  async function list(userId: string, { limit, cursor }: PageQuery) {
    const found = await store.listOf(database, { userId, after: parseCursor(cursor), limit: limit + 1 });
    const page = pageOf(found, { limit, position: (row) => ({ createdAt: row.created_at, id: row.id }) });
    return { api_keys: await answerKeys(page.rows, spentOf), next_cursor: page.nextCursor };
  }

  async function update(userId: string, id: string, change: z.output<typeof UpdateApiKeyRequest>): Promise<ApiKey> {
    await refuseImpossible(change, { now: clock.now(), tierExists });
    const changed = await database.transaction(async (transaction) => {
      const row = await lockChangeable(transaction, { userId, id });
      const settings = changedSettings(row, change);
      await store.updateSettings(transaction, id, settings);
      const details = { fields: Object.keys(change) };
      await audit.record(transaction, { action: "api_key.changed", target: auditTarget(id), details });
      return { ...row, ...settings };
    });
    forget(id);
    log.info({ userId, apiKeyId: id, fields: Object.keys(change) }, "API key changed");
    return answerKey(changed, spentOf);
  }

  async function rotate(userId: string, id: string, graceSeconds: number) {
    const parts = newApiKeyParts();
    const at = clock.now();
    const successor = await database.transaction(async (transaction) => {
      const old = await lockChangeable(transaction, { userId, id });
      const row = {
        ...old,
        id: parts.id,
        secret_mac: macOfApiKey(parts, pepper),
        created_at: at,
        last_used_at: null,
      };
      await store.insert(transaction, row);
      const ends =
        graceSeconds === 0
          ? { expiresAt: old.expires_at, revokedAt: at }
          : { expiresAt: earlier(new Date(at.getTime() + graceSeconds * 1000), old.expires_at), revokedAt: null };
      await store.replace(transaction, { id, successorId: parts.id, at, ...ends });
      const details = { successor: parts.id, grace_seconds: graceSeconds };
      await audit.record(transaction, { action: "api_key.rotated", target: auditTarget(id), details });
      return row;
    });
    forget(id);
    forget(parts.id);
    log.info({ userId, apiKeyId: id, successorId: parts.id, graceSeconds }, "API key rotated");
    return { key: await answerKey(successor, spentOf), secret: formatApiKey(parts) };
  }

  /** Once more changes nothing: the time of the first revocation stays. */
  async function revoke(userId: string, id: string): Promise<ApiKey> {
    const revoked = await database.transaction(async (transaction) => {
      const row = await store.findOwnForUpdate(transaction, { userId, id });
      if (row === undefined) throw apiKeyNotFound();
      if (row.revoked_at !== null) return row;
      const at = clock.now();
      await store.revoke(transaction, { id, at });
      await audit.record(transaction, { action: "api_key.revoked", target: auditTarget(id) });
      return { ...row, revoked_at: at };
    });
    forget(id);
    log.info({ userId, apiKeyId: id }, "API key revoked");
    return answerKey(revoked, spentOf);
  }

  const allOf = (userId: string): AsyncGenerator<ApiKey> =>
    allRows(async (page) => {
      const { api_keys, next_cursor } = await list(userId, page);
      return { rows: api_keys, nextCursor: next_cursor };
    });

  return { create, allOf, list, update, rotate, revoke };
}

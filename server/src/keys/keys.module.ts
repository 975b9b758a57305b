import { createSecretKey } from "node:crypto";
import type { AccountsModule } from "../accounts/accounts.module.ts";
import type { SettingsOf } from "../platform/config/setting.ts";
import type { SecretOf } from "../platform/crypto/installation-secrets.ts";
import type { Database, Queryable } from "../platform/database/database.ts";
import type { Caller } from "../platform/http/caller.ts";
import type { Log } from "../platform/log/log.ts";
import type { DomainModule } from "../platform/module.ts";
import { jsonLines } from "../platform/personal-data/personal-data.ts";
import type { Clock } from "../platform/time/clock.ts";
import type { SpentOf } from "./api-key-answer.ts";
import { type ApiKeyGate, createApiKeyGate } from "./authenticate-api-key.ts";
import { createClientTokenGate } from "./client-tokens/authenticate-client-token.ts";
import { clientTokenPrefix } from "./client-tokens/client-token-format.ts";
import { createClientTokenRoutes } from "./client-tokens/client-tokens.routes.ts";
import { createClientTokenUsecases } from "./client-tokens/client-tokens.usecases.ts";
import type { TierExists } from "./key-settings.ts";
import type { keysSettings } from "./keys.config.ts";
import { createKeyRoutes } from "./keys.routes.ts";
import { keysStore } from "./keys.store.ts";
import { createKeyUsecases } from "./keys.usecases.ts";
import { createLastUse } from "./last-use.ts";

export interface KeysDependencies {
  database: Database;
  /** A key and a client token work only while their owner's account does. */
  accounts: Pick<AccountsModule, "audit" | "standingOf" | "isSessionOpen" | "endOfSession">;
  /** Of the pages that may call this server from a browser. */
  allowedOrigins: () => readonly string[];
  spentOf: SpentOf;
  tierExists: TierExists;
  clock: Clock;
  log: Log;
  config: SettingsOf<typeof keysSettings>;
  /** Keys are stored as MACs under the first of them, client tokens sealed under the second. */
  secretOf: SecretOf<"keys/mac" | "keys/client-token">;
}

export interface KeysModule extends DomainModule {
  /** Revokes every key of a person in the caller's transaction; processes hear of it by the notice of the rows' trigger. */
  revokeAllOf: (transaction: Queryable, userId: string) => Promise<number>;
  /** Proves an API key; throws a 401 `invalid_api_key`, `api_key_expired` or `api_key_revoked`. */
  authenticateApiKey: ApiKeyGate["authenticate"];
  /**
   * Proves a client token, used by a page of `origin` when a browser calls. Throws a 401 `invalid_client_token`,
   * `client_token_expired` or `client_token_revoked`, or a 403 `origin_not_allowed`.
   */
  authenticateClientToken: (token: string, origin: string | undefined) => Promise<Caller>;
  /** What the holder of a key may do now, for work that was asked for with it earlier; throws a 401 when nothing any more. */
  callerOfKey: ApiKeyGate["callerOf"];
  /** How many keys that were not revoked have this tier. */
  keysWithTier: (name: string) => Promise<number>;
}

/** Whether a credential claims to be a client token. */
export const isClientToken = (credential: string): boolean => credential.startsWith(clientTokenPrefix);

export function createKeysModule(dependencies: KeysDependencies): KeysModule {
  const { database, accounts, clock, log, config, secretOf } = dependencies;
  const pepper = createSecretKey(secretOf("keys/mac"));
  const lastUse = createLastUse({ write: (uses) => keysStore.recordUse(database, uses), clock, log });
  const gate = createApiKeyGate({
    database,
    store: keysStore,
    standingOf: accounts.standingOf,
    pepper,
    noteUse: lastUse.note,
    clock,
  });
  const usecases = createKeyUsecases({
    ...dependencies,
    store: keysStore,
    pepper,
    forget: gate.forget,
    audit: accounts.audit,
    keysPerUser: config.keysPerUser,
  });
  const tokens = { ...dependencies, key: secretOf("keys/client-token"), apiKeys: gate };
  let stopListening: (() => Promise<void>) | undefined;

  return {
    routes: [...createKeyRoutes(usecases), ...createClientTokenRoutes(createClientTokenUsecases(tokens))],
    workers: [],
    personalData: {
      async *files(userId) {
        yield jsonLines("api-keys.jsonl", () => usecases.allOf(userId));
      },
      // The rows could stay until the person's own goes; removed now, they leave no name behind.
      erase: async (userId) => {
        await keysStore.deleteAllOf(database, userId);
        // Other processes hear of it by the notice of the rows' trigger.
        gate.forgetAll();
      },
    },
    async start() {
      stopListening = await database.listen("api_key_changed", gate.forget);
      // What changed before the channel was heard.
      gate.forgetAll();
    },
    async stop() {
      await stopListening?.();
      await lastUse.flush();
    },
    revokeAllOf: (transaction, userId) => keysStore.revokeAllOf(transaction, { userId, at: clock.now() }),
    keysWithTier: (name) => keysStore.countWithTier(database, name),
    callerOfKey: gate.callerOf,
    authenticateApiKey: gate.authenticate,
    authenticateClientToken: createClientTokenGate(tokens).authenticate,
  };
}

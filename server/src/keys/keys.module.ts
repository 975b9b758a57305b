import type { AccountsModule } from "../accounts/accounts.module.ts";
import type { SettingsOf } from "../platform/config/setting.ts";
import type { SecretOf } from "../platform/crypto/installation-secrets.ts";
import type { Database } from "../platform/database/database.ts";
import type { Caller } from "../platform/http/caller.ts";
import type { Log } from "../platform/log/log.ts";
import type { DomainModule } from "../platform/module.ts";
import type { Clock } from "../platform/time/clock.ts";
import { createApiKeyGate } from "./authenticate-api-key.ts";
import type { keysSettings } from "./keys.config.ts";
import { createKeyRoutes } from "./keys.routes.ts";
import { keysStore } from "./keys.store.ts";
import { createKeyUsecases } from "./keys.usecases.ts";
import { createLastUse } from "./last-use.ts";

export interface KeysDependencies {
  database: Database;
  /** A key works only while its owner's account does. */
  accounts: Pick<AccountsModule, "userById">;
  clock: Clock;
  log: Log;
  config: SettingsOf<typeof keysSettings>;
  /** Keys are stored as MACs under the first of them. */
  secretOf: SecretOf<"keys/mac" | "keys/client-token">;
}

export interface KeysModule extends DomainModule {
  /** Proves an API key; throws a 401 `invalid_api_key`, `api_key_expired` or `api_key_revoked`. */
  authenticateApiKey: (secret: string) => Promise<Caller>;
}

export function createKeysModule({ database, accounts, clock, log, config, secretOf }: KeysDependencies): KeysModule {
  const pepper = secretOf("keys/mac");
  const lastUse = createLastUse({ write: (uses) => keysStore.recordUse(database, uses), clock, log });
  const gate = createApiKeyGate({
    database,
    store: keysStore,
    userById: accounts.userById,
    pepper,
    noteUse: lastUse.note,
    clock,
  });
  const usecases = createKeyUsecases({
    database,
    store: keysStore,
    pepper,
    forget: gate.forget,
    clock,
    log,
    keysPerUser: config.keysPerUser,
  });
  let stopListening: (() => Promise<void>) | undefined;

  return {
    routes: createKeyRoutes(usecases),
    workers: [],
    async start() {
      stopListening = await database.listen("api_key_changed", gate.forget);
      // What changed before the channel was heard.
      gate.forgetAll();
    },
    async stop() {
      await stopListening?.();
      await lastUse.flush();
    },
    authenticateApiKey: gate.authenticate,
  };
}

import { join } from "node:path";
import { createAccountsModule } from "../accounts/accounts.module.ts";
import { createFileInspector } from "../datasets/datasets.module.ts";
import { createFilesModule } from "../files/files.module.ts";
import { createKeysModule } from "../keys/keys.module.ts";
import type { Database } from "../platform/database/database.ts";
import type { RawHandler } from "../platform/http/application.ts";
import type { Authenticator } from "../platform/http/caller.ts";
import type { RateLimits } from "../platform/http/rate-limits.ts";
import type { Log } from "../platform/log/log.ts";
import type { DomainModule } from "../platform/module.ts";
import { createFileObjectStore } from "../platform/object-store/file-object-store.ts";
import type { Queue } from "../platform/queue/queue.ts";
import { systemClock } from "../platform/time/clock.ts";
import type { Settings } from "./all-settings.ts";
import { createAuthenticator } from "./credentials.ts";

export interface Surroundings {
  settings: Settings;
  database: Database;
  queue: Queue;
  rateLimits: RateLimits;
  masterKey: Uint8Array;
  dataDir: string;
  log: Log;
}

export interface ComposedModule {
  name: string;
  module: DomainModule;
  /** Its `start` begins work for which one process is enough: it is left out in a process that only answers. */
  background: boolean;
}

export interface Composition {
  /** In the order of server/module-order.json, which is the order in which they are started. */
  modules: readonly ComposedModule[];
  authenticator: Authenticator;
  raw?: RawHandler;
  close(): Promise<void>;
}

/** Builds every domain with what it needs. Nothing runs yet. */
export function compose({ settings, database, masterKey, dataDir, log }: Surroundings): Composition {
  const clock = systemClock;
  const logOf = (domain: string) => log.child({ domain });
  const accounts = createAccountsModule({
    database,
    clock,
    log: logOf("accounts"),
    config: settings.accounts,
    masterKey,
  });
  const keys = createKeysModule({ database, accounts, clock, log: logOf("keys"), config: settings.keys, masterKey });
  const files = createFilesModule({
    database,
    objectStore: createFileObjectStore({ root: join(dataDir, "objects") }),
    inspect: createFileInspector(),
    clock,
    log: logOf("files"),
    config: settings.files,
  });
  return {
    modules: [
      { name: "accounts", module: accounts, background: false },
      { name: "keys", module: keys, background: false },
      { name: "files", module: files, background: true },
    ],
    authenticator: createAuthenticator(accounts, keys),
    close: async () => {},
  };
}

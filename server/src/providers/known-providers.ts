import type { Envelope } from "../platform/crypto/envelope.ts";
import type { Database, Queryable } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import { createFreshness } from "../platform/time/freshness.ts";
import { type Connection, connectionOfRow } from "./connections/connection.ts";
import type { ConnectionRow, ConnectionsStore } from "./connections/connections.store.ts";
import { openSecrets } from "./connections/connection-secrets.ts";
import { createDirectory, type Directory } from "./directory.ts";
import type { ModelRoutesStore } from "./model-routes/model-routes.store.ts";
import type { OfferedStore } from "./offered/offered.store.ts";
import { allOffers } from "./offered/offers.ts";

export interface KnownProviders {
  /** Resolves when what is known is young enough to go on with. Fails when the database has been away for long. */
  ensure: () => Promise<void> | undefined;
  /** From memory. */
  directory: () => Directory;
  /** As it is in the database, for those who change it. */
  read: (queryable: Queryable) => Promise<Directory>;
  invalidate: () => void;
}

export interface KnownProvidersDependencies {
  database: Database;
  envelope: Envelope;
  stores: {
    connections: Pick<ConnectionsStore, "list">;
    offered: Pick<OfferedStore, "list">;
    modelRoutes: Pick<ModelRoutesStore, "list">;
  };
  /** Those that the settings make; they come first. */
  environment: readonly Connection[];
  log: Log;
}

const freshMs = 10_000;
/** Older ways than these are not taken: a connection that was deleted is not asked for ever. */
const staleMs = 600_000;

/** Connections, models on offer and routes, kept in memory: no request to the gateway waits for a statement. */
export function createKnownProviders(dependencies: KnownProvidersDependencies): KnownProviders {
  const { database, envelope, stores, environment, log } = dependencies;
  let directory = createDirectory({ connections: [], offers: [], routes: [] });

  /** One whose secrets are damaged must not take the others with it. */
  function opened(row: ConnectionRow): Connection {
    try {
      return connectionOfRow(row, openSecrets(envelope, row.id, row.secrets));
    } catch (error) {
      log.error({ error, connectionId: row.id }, "the API key of a connection cannot be decrypted: enter it anew");
      return { ...connectionOfRow(row, { apiKey: null, headers: [] }), enabled: false };
    }
  }

  async function read(queryable: Queryable): Promise<Directory> {
    const [rows, offered, routes] = [
      await stores.connections.list(queryable),
      await stores.offered.list(queryable),
      await stores.modelRoutes.list(queryable),
    ];
    const connections = [...environment, ...rows.map(opened)];
    return createDirectory({ connections, offers: allOffers(connections, offered), routes });
  }

  const freshness = createFreshness({
    async load() {
      directory = await read(database);
    },
    freshMs,
    staleMs,
    log,
  });
  return { ensure: freshness.ensure, invalidate: freshness.invalidate, directory: () => directory, read };
}

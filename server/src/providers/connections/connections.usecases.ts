import type {
  ConnectionCheck,
  createProviderConnection,
  ProviderConnection,
  updateProviderConnection,
} from "@llm-tuner/contract/providers.ts";
import type { z } from "zod";
import type { AuditTrail } from "../../accounts/accounts.module.ts";
import { DecryptionError, type Envelope } from "../../platform/crypto/envelope.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import { isUniqueViolation } from "../../platform/database/postgres-errors.ts";
import { newId } from "../../platform/ids.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { Directory } from "../directory.ts";
import type { KnownProviders } from "../known-providers.ts";
import type { OfferedStore } from "../offered/offered.store.ts";
import {
  connectionNameTaken,
  connectionNotFound,
  connectionOfEnvironment,
  secretsNotCarried,
  tooMany,
} from "../providers.errors.ts";
import { askModels } from "./ask-models.ts";
import type { HttpRule } from "./base-url.ts";
import type { Connection } from "./connection.ts";
import { baseUrlOf, checkName, checkSecrets } from "./connection-input.ts";
import { type ConnectionSecrets, last4Of, openSecrets, sealSecrets } from "./connection-secrets.ts";
import type { ConnectionRow, ConnectionsStore } from "./connections.store.ts";

type NewConnection = z.output<typeof createProviderConnection.body>;
type ConnectionChange = z.output<typeof updateProviderConnection.body>;

export interface ConnectionUsecases {
  list: () => Promise<ProviderConnection[]>;
  get: (id: string) => Promise<ProviderConnection>;
  create: (connection: NewConnection) => Promise<ProviderConnection>;
  update: (id: string, change: ConnectionChange) => Promise<ProviderConnection>;
  remove: (id: string) => Promise<ProviderConnection>;
  check: (id: string) => Promise<ConnectionCheck>;
}

export interface ConnectionDependencies {
  database: Database;
  store: ConnectionsStore;
  offered: Pick<OfferedStore, "removeOfConnection">;
  known: Pick<KnownProviders, "read" | "invalidate">;
  envelope: Envelope;
  audit: AuditTrail;
  /** Which hosts may be asked without TLS. */
  http: HttpRule;
  clock: Clock;
}

const maxConnections = 50;
const maxListedModels = 1000;

const toConnection = (connection: Connection, directory: Directory): ProviderConnection => ({
  id: connection.id,
  name: connection.name,
  kind: connection.kind,
  base_url: connection.baseUrl,
  api_key_last4: connection.apiKeyLast4,
  header_names: [...connection.headerNames],
  offers_catalogue: connection.offersCatalogue,
  enabled: connection.enabled,
  source: connection.source,
  models: directory.offers.filter(({ connection_id }) => connection_id === connection.id).length,
  created_at: connection.createdAt?.toISOString() ?? null,
  updated_at: connection.updatedAt?.toISOString() ?? null,
});

const detailsOf = ({
  name,
  kind,
  base_url,
  api_key_last4,
  header_names,
  offers_catalogue,
  enabled,
}: ConnectionRow) => ({
  name,
  kind,
  base_url,
  key_ends_with: api_key_last4,
  header_names,
  offers_catalogue,
  enabled,
});

/** Nobody learns a stored secret by pointing its connection to a server of their own. */
function refuseToCarry({ apiKey, headers }: ConnectionSecrets, input: ConnectionChange): void {
  if (apiKey !== null && input.api_key === undefined) throw secretsNotCarried("api_key");
  if (headers.length > 0 && input.headers === undefined) throw secretsNotCarried("headers");
}

/** The one with the name may have been written a moment ago. */
const namedOnce = (name: string) => (error: unknown) => {
  throw isUniqueViolation(error, "provider_connections_name_key") ? connectionNameTaken(name) : error;
};

export function createConnectionUsecases(dependencies: ConnectionDependencies): ConnectionUsecases {
  const { database, store, offered, known, envelope, audit, http, clock } = dependencies;

  const found = async (id: string): Promise<{ connection: Connection; directory: Directory }> => {
    const directory = await known.read(database);
    const connection = directory.connection(id);
    if (connection === undefined) throw connectionNotFound();
    return { connection, directory };
  };

  const viewOf = async (id: string): Promise<ProviderConnection> => {
    const { connection, directory } = await found(id);
    return toConnection(connection, directory);
  };

  async function change<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    const result = await database.transaction(work);
    known.invalidate();
    return result;
  }

  /** Those of the environment are there for all to see and for nobody to change. */
  async function storedForUpdate(transaction: Queryable, id: string): Promise<ConnectionRow> {
    const row = await store.findForUpdate(transaction, id);
    if (row !== undefined) return row;
    throw (await known.read(transaction)).connection(id) === undefined
      ? connectionNotFound()
      : connectionOfEnvironment();
  }

  /** Secrets that cannot be decrypted any more may be replaced, all of them. */
  function secretsBefore(row: ConnectionRow, { api_key, headers }: ConnectionChange): ConnectionSecrets {
    try {
      return openSecrets(envelope, row.id, row.secrets);
    } catch (error) {
      if (!(error instanceof DecryptionError) || api_key === undefined || headers === undefined) throw error;
      return { apiKey: null, headers: [] };
    }
  }

  /** The row with the changes; what is not named stays, the secrets included. */
  function changed(row: ConnectionRow, input: ConnectionChange): ConnectionRow {
    const name = input.name ?? row.name;
    checkName(name, row.kind);
    const before = secretsBefore(row, input);
    const secrets = { apiKey: input.api_key ?? before.apiKey, headers: input.headers ?? before.headers };
    checkSecrets(row.kind, secrets);
    const base_url = input.base_url === undefined ? row.base_url : baseUrlOf(input.base_url, { kind: row.kind, http });
    if (new URL(base_url).origin !== new URL(row.base_url).origin) refuseToCarry(before, input);
    return {
      ...row,
      name,
      base_url,
      secrets: sealSecrets(envelope, row.id, secrets),
      api_key_last4: secrets.apiKey === null ? null : last4Of(secrets.apiKey),
      header_names: secrets.headers.map((header) => header.name),
      offers_catalogue: input.offers_catalogue ?? row.offers_catalogue,
      enabled: input.enabled ?? row.enabled,
      updated_at: clock.now(),
    };
  }

  return {
    async list() {
      const directory = await known.read(database);
      return directory.connections.map((connection) => toConnection(connection, directory));
    },

    get: viewOf,

    async create(input) {
      const { name, kind, offers_catalogue, enabled } = input;
      checkName(name, kind);
      const secrets = { apiKey: input.api_key ?? null, headers: input.headers };
      checkSecrets(kind, secrets);
      const id = newId("connection");
      const row: ConnectionRow = {
        id,
        name,
        kind,
        base_url: baseUrlOf(input.base_url, { kind, http }),
        secrets: sealSecrets(envelope, id, secrets),
        api_key_last4: secrets.apiKey === null ? null : last4Of(secrets.apiKey),
        header_names: secrets.headers.map((header) => header.name),
        offers_catalogue,
        enabled,
        created_at: clock.now(),
        updated_at: clock.now(),
      };
      await change(async (transaction) => {
        await store.lock(transaction);
        if ((await store.list(transaction)).length >= maxConnections) throw tooMany("connections", maxConnections);
        await store.insert(transaction, row).catch(namedOnce(name));
        await audit.record(transaction, {
          action: "admin.provider_connection_created",
          target: { kind: "provider_connection", id },
          details: detailsOf(row),
        });
      });
      return viewOf(id);
    },

    async update(id, input) {
      await change(async (transaction) => {
        const before = await storedForUpdate(transaction, id);
        const after = changed(before, input);
        await store.update(transaction, after).catch(namedOnce(after.name));
        await audit.record(transaction, {
          action: "admin.provider_connection_changed",
          target: { kind: "provider_connection", id },
          details: {
            ...detailsOf(after),
            // Of a rotation both keys can be told by their ends.
            ...(input.api_key === undefined ? {} : { key_ended_with: before.api_key_last4 }),
            ...(input.headers === undefined ? {} : { headers_replaced: true }),
          },
        });
      });
      return viewOf(id);
    },

    async remove(id) {
      const view = await viewOf(id);
      await change(async (transaction) => {
        // Nobody offers a model of it meanwhile.
        await store.lock(transaction);
        const row = await storedForUpdate(transaction, id);
        await offered.removeOfConnection(transaction, id);
        await store.remove(transaction, id);
        await audit.record(transaction, {
          action: "admin.provider_connection_deleted",
          target: { kind: "provider_connection", id },
          details: detailsOf(row),
        });
      });
      return view;
    },

    async check(id) {
      const { connection } = await found(id);
      const startedAtMs = performance.now();
      const asked = await askModels(connection);
      const latency_ms = Math.round(performance.now() - startedAtMs);
      if ("problem" in asked) return { ok: false, ...asked, models: [], latency_ms };
      const models = asked.models.map(({ model }) => model).slice(0, maxListedModels);
      return { ok: true, problem: null, message: `The provider lists ${models.length} models.`, models, latency_ms };
    },
  };
}

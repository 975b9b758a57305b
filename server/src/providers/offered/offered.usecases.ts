import type {
  createOfferedModel,
  importOfferedModels,
  OfferedModel,
  updateOfferedModel,
} from "@llm-tuner/contract/providers.ts";
import type { z } from "zod";
import type { AuditTrail } from "../../accounts/accounts.module.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { PricesNow } from "../../usage/usage.module.ts";
import { askModels } from "../connections/ask-models.ts";
import type { Connection } from "../connections/connection.ts";
import type { ConnectionsStore } from "../connections/connections.store.ts";
import type { ListedByProvider } from "../connections/model-list.ts";
import type { Directory } from "../directory.ts";
import type { KnownProviders } from "../known-providers.ts";
import {
  connectionNotFound,
  modelNotOnOffer,
  modelOnOffer,
  notInModelList,
  patternRefused,
  providerNotAsked,
  tooMany,
} from "../providers.errors.ts";
import type { OfferedRow, OfferedStore } from "./offered.store.ts";
import { isAvailable, type Offer, offerIdOf, usualDisconnect } from "./offers.ts";

type NewModel = z.output<typeof createOfferedModel.body>;
type ModelChange = z.output<typeof updateOfferedModel.body>;
type Import = z.output<typeof importOfferedModels.body>;

export interface OfferedUsecases {
  list: (filter: { connection_id?: string | undefined }) => Promise<OfferedModel[]>;
  create: (model: NewModel) => Promise<OfferedModel>;
  update: (id: string, change: ModelChange) => Promise<OfferedModel>;
  remove: (id: string) => Promise<OfferedModel>;
  importFrom: (connectionId: string, wanted: Import) => Promise<OfferedModel[]>;
}

export interface OfferedDependencies {
  database: Database;
  store: OfferedStore;
  connections: Pick<ConnectionsStore, "lock">;
  known: Pick<KnownProviders, "read" | "invalidate">;
  pricesNow: PricesNow;
  audit: AuditTrail;
  clock: Clock;
}

const maxStoredModels = 2000;

const propertiesOf = (offer: Omit<OfferedRow, "created_at" | "updated_at">) => ({
  price_model: offer.price_model,
  context_window: offer.context_window,
  max_output_tokens: offer.max_output_tokens,
  capabilities: offer.capabilities,
  first_byte_timeout_ms: offer.first_byte_timeout_ms,
  idle_timeout_ms: offer.idle_timeout_ms,
  total_timeout_ms: offer.total_timeout_ms,
  enabled: offer.enabled,
});

const detailsOf = (row: Omit<OfferedRow, "created_at" | "updated_at">) => ({
  connection_id: row.connection_id,
  model: row.model,
  ...propertiesOf(row),
  on_disconnect_whole: row.on_disconnect_whole,
  on_disconnect_stream: row.on_disconnect_stream,
});

const withChange = (offer: Offer, change: ModelChange, at: Date): OfferedRow => {
  const { connection: _connection, ...row } = offer;
  const { on_disconnect, ...properties } = change;
  const named = Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
  return {
    ...row,
    ...named,
    on_disconnect_whole: on_disconnect?.whole ?? row.on_disconnect_whole,
    on_disconnect_stream: on_disconnect?.stream ?? row.on_disconnect_stream,
    created_at: row.created_at ?? at,
    updated_at: at,
  };
};

export function createOfferedUsecases(dependencies: OfferedDependencies): OfferedUsecases {
  const { database, store, connections, known, pricesNow, audit, clock } = dependencies;

  async function change<Result>(work: (transaction: Queryable, directory: Directory) => Promise<Result>) {
    const result = await database.transaction(async (transaction) => {
      await connections.lock(transaction);
      return work(transaction, await known.read(transaction));
    });
    known.invalidate();
    return result;
  }

  async function toModels(offers: readonly Offer[]): Promise<OfferedModel[]> {
    const priceOf = await pricesNow();
    return offers.map((offer) => {
      const price = priceOf({ provider: offer.connection.provider, model: offer.price_model });
      return {
        id: offer.id,
        connection_id: offer.connection_id,
        provider: offer.connection.provider,
        model: offer.model,
        ...propertiesOf(offer),
        on_disconnect: { whole: offer.on_disconnect_whole, stream: offer.on_disconnect_stream },
        source: offer.source,
        changed: offer.source === "catalogue" && offer.created_at !== null,
        available: isAvailable(offer),
        input_price: price.inputUsdPerMillion,
        output_price: price.outputUsdPerMillion,
      };
    });
  }

  async function viewOf(id: string): Promise<OfferedModel> {
    const [model] = await toModels([offerIn(await known.read(database), id)]);
    if (model === undefined) throw modelNotOnOffer();
    return model;
  }

  function offerIn(directory: Directory, id: string): Offer {
    const offer = directory.offer(id);
    if (offer === undefined) throw modelNotOnOffer();
    return offer;
  }

  async function roomFor(transaction: Queryable, more: number): Promise<void> {
    if ((await store.list(transaction)).length + more > maxStoredModels) {
      throw tooMany("models on offer", maxStoredModels);
    }
  }

  const recordCreated = (transaction: Queryable, row: OfferedRow): Promise<void> =>
    audit.record(transaction, {
      action: "admin.offered_model_created",
      target: { kind: "offered_model", id: row.id },
      details: detailsOf(row),
    });

  const importedRow = (connection: Connection, listed: ListedByProvider): OfferedRow => ({
    id: offerIdOf(connection.id, listed.model),
    connection_id: connection.id,
    model: listed.model,
    price_model: listed.model,
    context_window: listed.contextWindow,
    max_output_tokens: listed.maxOutputTokens,
    capabilities: [listed.embeds ? "embeddings" : "chat"],
    ...usualDisconnect,
    first_byte_timeout_ms: null,
    idle_timeout_ms: null,
    total_timeout_ms: null,
    enabled: true,
    source: "imported",
    created_at: clock.now(),
    updated_at: clock.now(),
  });

  /** What the provider says of the wanted models, in their order. Throws for one that it does not list. */
  async function listedBy(connection: Connection, wanted: readonly string[]): Promise<ListedByProvider[]> {
    const asked = await askModels(connection);
    if ("problem" in asked) throw providerNotAsked(asked.message);
    const byName = new Map(asked.models.map((listed) => [listed.model, listed]));
    return [...new Set(wanted)].map((model) => {
      const listed = byName.get(model);
      if (listed === undefined) throw notInModelList(model);
      return listed;
    });
  }

  return {
    async list({ connection_id }) {
      const { offers } = await known.read(database);
      return toModels(offers.filter((offer) => connection_id === undefined || offer.connection_id === connection_id));
    },

    async create({ connection_id, model, price_model, on_disconnect, ...properties }) {
      if (model.slice(0, -1).includes("*")) throw patternRefused(model);
      const id = offerIdOf(connection_id, model);
      const at = clock.now();
      await change(async (transaction, directory) => {
        if (directory.connection(connection_id) === undefined) throw connectionNotFound();
        if (directory.offer(id) !== undefined) throw modelOnOffer(model);
        await roomFor(transaction, 1);
        const row: OfferedRow = {
          ...properties,
          id,
          connection_id,
          model,
          price_model: price_model ?? model,
          on_disconnect_whole: on_disconnect.whole,
          on_disconnect_stream: on_disconnect.stream,
          source: "added",
          created_at: at,
          updated_at: at,
        };
        await store.put(transaction, row);
        await recordCreated(transaction, row);
      });
      return viewOf(id);
    },

    async update(id, changes) {
      await change(async (transaction, directory) => {
        const row = withChange(offerIn(directory, id), changes, clock.now());
        await store.put(transaction, row);
        await audit.record(transaction, {
          action: "admin.offered_model_changed",
          target: { kind: "offered_model", id },
          details: detailsOf(row),
        });
      });
      return viewOf(id);
    },

    async remove(id) {
      const model = await viewOf(id);
      await change(async (transaction, directory) => {
        const offer = offerIn(directory, id);
        await store.remove(transaction, id);
        await audit.record(transaction, {
          action: "admin.offered_model_deleted",
          target: { kind: "offered_model", id },
          details: detailsOf(offer),
        });
      });
      return model;
    },

    async importFrom(connectionId, { models }) {
      const connection = (await known.read(database)).connection(connectionId);
      if (connection === undefined) throw connectionNotFound();
      const listed = await listedBy(connection, models);
      const added = await change(async (transaction, directory) => {
        if (directory.connection(connectionId) === undefined) throw connectionNotFound();
        const rows = listed
          .map((model) => importedRow(connection, model))
          .filter(({ id }) => directory.offer(id) === undefined);
        await roomFor(transaction, rows.length);
        for (const row of rows) await store.put(transaction, row);
        for (const row of rows) await recordCreated(transaction, row);
        return rows.map((row) => ({ ...row, connection }));
      });
      return toModels(added);
    },
  };
}

import { createHash } from "node:crypto";
import { idPrefixes } from "@llm-tuner/contract/ids.ts";
import { type CatalogueModel, catalogueModels } from "../catalogue/catalogue.ts";
import { type Connection, isUsable } from "../connections/connection.ts";
import type { OfferedRow } from "./offered.store.ts";

/** A model of a connection that may be asked for. */
export interface Offer extends Omit<OfferedRow, "created_at" | "updated_at"> {
  connection: Connection;
  /** Null for an entry of the catalogue as it was shipped. */
  created_at: Date | null;
}

/**
 * The id follows from what it names, so that an entry of the catalogue has one without a row, and a model that is offered
 * again keeps the one that attempts and metrics know.
 */
export const offerIdOf = (connectionId: string, model: string): string =>
  idPrefixes.deployment + createHash("sha256").update(`${connectionId} ${model}`).digest("hex").slice(0, 24);

export const isPattern = (model: string): boolean => model.endsWith("*");

/** A whole answer is read to its end for the bill, since it is charged anyhow; a stream stops costing when it is ended. */
export const usualDisconnect = { on_disconnect_whole: "drain", on_disconnect_stream: "abort" } as const;

const shipped = (connection: Connection, entry: CatalogueModel): Offer => ({
  id: offerIdOf(connection.id, entry.model),
  connection_id: connection.id,
  connection,
  model: entry.model,
  price_model: entry.model,
  context_window: entry.context_window,
  max_output_tokens: entry.max_output_tokens,
  capabilities: entry.capabilities,
  ...usualDisconnect,
  first_byte_timeout_ms: null,
  idle_timeout_ms: null,
  total_timeout_ms: null,
  enabled: true,
  source: "catalogue",
  created_at: null,
});

const byModel = (first: Offer, second: Offer): number => (first.model < second.model ? -1 : 1);

function offersOf(connection: Connection, rows: readonly OfferedRow[]): Offer[] {
  const entries = connection.offersCatalogue
    ? catalogueModels.filter(({ provider }) => provider === connection.kind)
    : [];
  const offers = new Map(entries.map((entry) => [entry.model, shipped(connection, entry)]));
  for (const row of rows) {
    if (row.source === "catalogue" && !connection.offersCatalogue) continue;
    offers.set(row.model, { ...row, connection });
  }
  return [...offers.values()].sort(byModel);
}

/** Everything on offer, connection by connection. Rows of a connection that is not there, such as one of the environment of before, are left out. */
export function allOffers(connections: readonly Connection[], rows: readonly OfferedRow[]): Offer[] {
  const byConnection = Map.groupBy(rows, ({ connection_id }) => connection_id);
  return connections.flatMap((connection) => offersOf(connection, byConnection.get(connection.id) ?? []));
}

export const isAvailable = ({ enabled, connection }: Offer): boolean => enabled && isUsable(connection);

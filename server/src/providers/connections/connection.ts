import type { ProviderKind } from "@llm-tuner/contract/providers.ts";
import type { ConnectionSecrets } from "./connection-secrets.ts";
import type { ConnectionRow } from "./connections.store.ts";

/** A way to a provider, ready to be used. Its secrets stay in this process. */
export interface Connection {
  id: string;
  name: string;
  kind: ProviderKind;
  /** Who answers, for the ledger and for prices. */
  provider: string;
  baseUrl: string;
  secrets: ConnectionSecrets;
  apiKeyLast4: string | null;
  headerNames: readonly string[];
  offersCatalogue: boolean;
  enabled: boolean;
  source: "stored" | "environment";
  createdAt: Date | null;
  updatedAt: Date | null;
}

/** An OpenAI-compatible server is a provider of its own; two connections to OpenAI share its prices. */
const providerOf = ({ kind, name }: Pick<Connection, "kind" | "name">): string =>
  kind === "openai-compatible" ? name : kind;

/** A server of one's own may have no keys; the others answer nobody without. */
export const hasNeededKey = ({ kind, secrets }: Pick<Connection, "kind" | "secrets">): boolean =>
  kind === "openai-compatible" || secrets.apiKey !== null;

export const isUsable = (connection: Connection): boolean => connection.enabled && hasNeededKey(connection);

const anthropicVersion = "2023-06-01";

function credentialHeaders(kind: ProviderKind, apiKey: string | null): Record<string, string> {
  if (kind === "anthropic") {
    return { "anthropic-version": anthropicVersion, ...(apiKey === null ? {} : { "x-api-key": apiKey }) };
  }
  if (apiKey === null) return {};
  return kind === "gemini" ? { "x-goog-api-key": apiKey } : { authorization: `Bearer ${apiKey}` };
}

/** What every request to the provider carries; a header of the administrator's own goes before the usual one. */
export const requestHeadersOf = ({ kind, secrets }: Pick<Connection, "kind" | "secrets">): Record<string, string> => ({
  ...credentialHeaders(kind, secrets.apiKey),
  ...Object.fromEntries(secrets.headers.map(({ name, value }) => [name.toLowerCase(), value])),
});

export const connectionOfRow = (row: ConnectionRow, secrets: ConnectionSecrets): Connection => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  provider: providerOf(row),
  baseUrl: row.base_url,
  secrets,
  apiKeyLast4: row.api_key_last4,
  headerNames: row.header_names,
  offersCatalogue: row.offers_catalogue,
  enabled: row.enabled,
  source: "stored",
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

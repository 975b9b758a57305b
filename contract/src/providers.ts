import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { ConnectionId, DeploymentId } from "./ids.ts";
import { Timestamp } from "./paging.ts";

/** Wire formats that hosted models are reached by. */
export const ProviderKind = z.enum(["openai", "anthropic", "gemini", "openai-compatible"]);
export type ProviderKind = z.infer<typeof ProviderKind>;

/** Also the word before the slash in `provider/model`, and what prices of an OpenAI-compatible server are listed under. */
const ConnectionName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, "must be lower-case letters, digits and hyphens, such as openai-eu")
  .meta({ description: "Models are reached by `name/model`; prices of an OpenAI-compatible server stand under it." });

const BaseUrl = z
  .string()
  .trim()
  .min(8)
  .max(300)
  .meta({ description: "Address of the provider without its `/v1`, such as https://api.openai.com." });

const ApiKeyText = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,500}$/, "must be at most 500 printable characters without spaces");

/** A name of a model as it stands in requests. */
export const ModelText = z.string().trim().min(1).max(200);

const ExtraHeader = z.strictObject({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,79}$/, "must be the name of a header, such as OpenAI-Organization"),
  value: z
    .string()
    .regex(/^[\x20-\x7e]{1,1000}$/, "must be printable ASCII, at most 1000 characters")
    .meta({ description: "Kept encrypted and never shown." }),
});
const ExtraHeaders = z.array(ExtraHeader).max(10);

/** A way to a provider. Its API key and the values of its headers are only ever written. */
export const ProviderConnection = z
  .strictObject({
    id: ConnectionId,
    name: ConnectionName,
    kind: ProviderKind,
    base_url: z.string(),
    api_key_last4: z
      .string()
      .nullable()
      .meta({ description: "Last characters of the API key; null when there is none." }),
    header_names: z.array(z.string()).meta({ description: "Of the headers that are sent besides the API key." }),
    offers_catalogue: z
      .boolean()
      .meta({ description: "Whether the models that are known of this provider are offered." }),
    enabled: z.boolean(),
    source: z
      .enum(["stored", "environment"])
      .meta({ description: "One of the environment is changed in the settings of the server, not here." }),
    models: z.int().meta({ description: "How many models it offers." }),
    created_at: Timestamp.nullable(),
    updated_at: Timestamp.nullable(),
  })
  .meta({ id: "ProviderConnection" });
export type ProviderConnection = z.infer<typeof ProviderConnection>;

const common = { tag: "Providers", dialect: "platform", access: "admin" } as const;
const connectionById = { params: z.strictObject({ id: ConnectionId }) };
const changesSomething = (change: object): boolean => Object.keys(change).length > 0;

export const listProviderConnections = defineEndpoint({
  ...common,
  id: "listProviderConnections",
  summary: "All connections to providers: those of the environment first, then the others by name",
  method: "GET",
  path: "/api/admin/providers/connections",
  rateClass: "read",
  responses: {
    200: {
      description: "All connections",
      schema: z.strictObject({ connections: z.array(ProviderConnection) }).meta({ id: "ProviderConnectionList" }),
    },
  },
});

export const getProviderConnection = defineEndpoint({
  ...common,
  ...connectionById,
  id: "getProviderConnection",
  summary: "One connection",
  method: "GET",
  path: "/api/admin/providers/connections/{id}",
  rateClass: "read",
  responses: { 200: { description: "The connection", schema: ProviderConnection } },
});

export const createProviderConnection = defineEndpoint({
  ...common,
  id: "createProviderConnection",
  summary: "Connect a provider; the API key is encrypted and never shown again",
  method: "POST",
  path: "/api/admin/providers/connections",
  rateClass: "write",
  body: z.strictObject({
    name: ConnectionName,
    kind: ProviderKind,
    base_url: BaseUrl.optional().meta({ description: "Needed for openai-compatible; otherwise the provider's own." }),
    api_key: ApiKeyText.optional().meta({ description: "Not needed by an openai-compatible server without keys." }),
    headers: ExtraHeaders.default([]),
    offers_catalogue: z.boolean().default(true),
    enabled: z.boolean().default(true),
  }),
  responses: { 201: { description: "The connection", schema: ProviderConnection } },
});

export const updateProviderConnection = defineEndpoint({
  ...common,
  ...connectionById,
  id: "updateProviderConnection",
  summary: "Change a connection; a new API key replaces the old one at once",
  method: "PATCH",
  path: "/api/admin/providers/connections/{id}",
  rateClass: "write",
  body: z
    .strictObject({
      name: ConnectionName.optional(),
      base_url: BaseUrl.optional(),
      api_key: ApiKeyText.optional(),
      headers: ExtraHeaders.optional().meta({ description: "All of them: what is left out is taken away." }),
      offers_catalogue: z.boolean().optional(),
      enabled: z.boolean().optional(),
    })
    .refine(changesSomething, "changes nothing"),
  responses: { 200: { description: "The changed connection", schema: ProviderConnection } },
});

export const deleteProviderConnection = defineEndpoint({
  ...common,
  ...connectionById,
  id: "deleteProviderConnection",
  summary: "Forget a connection with its API key and the models that it offered",
  method: "DELETE",
  path: "/api/admin/providers/connections/{id}",
  rateClass: "write",
  responses: { 200: { description: "The deleted connection", schema: ProviderConnection } },
});

/** What a call of the provider's model list showed. */
export const ConnectionCheck = z
  .strictObject({
    ok: z.boolean(),
    problem: z
      .enum(["no_api_key", "wrong_api_key", "forbidden", "unreachable", "timed_out", "not_this_dialect", "failed"])
      .nullable(),
    message: z.string().meta({ description: "In words, with what to do." }),
    models: z.array(z.string()).meta({ description: "Names in the provider's list, at most 1000." }),
    latency_ms: z.int(),
  })
  .meta({ id: "ConnectionCheck" });
export type ConnectionCheck = z.infer<typeof ConnectionCheck>;

export const checkProviderConnection = defineEndpoint({
  ...common,
  ...connectionById,
  id: "checkProviderConnection",
  summary: "Ask the provider for its models, and say what is wrong if it does not answer",
  method: "POST",
  path: "/api/admin/providers/connections/{id}/check",
  rateClass: "write",
  responses: { 200: { description: "What came of it", schema: ConnectionCheck } },
});

/** What a model can do, as far as somebody knows. */
export const ModelCapability = z.enum([
  "chat",
  "tools",
  "vision",
  "json_schema",
  "reasoning",
  "embeddings",
  "images",
  "videos",
]);
export type ModelCapability = z.infer<typeof ModelCapability>;
const Capabilities = z.array(ModelCapability).max(ModelCapability.options.length);

const DisconnectPolicy = z.enum(["abort", "drain"]);
const tokens = (description: string) => z.int().min(1).max(100_000_000).nullable().meta({ description });
const timeLimit = (description: string) => z.int().min(1000).max(86_400_000).nullable().meta({ description });

const modelProperties = {
  price_model: ModelText.meta({ description: "The name under which its price is listed." }),
  context_window: tokens("Tokens of prompt and answer together; null when nobody knows."),
  max_output_tokens: tokens("Most tokens of one answer; null when nobody knows."),
  capabilities: Capabilities,
  on_disconnect: z.strictObject({ whole: DisconnectPolicy, stream: DisconnectPolicy }).meta({
    description: "What becomes of an answer, whole or streamed, when its client goes away: `drain` reads it on.",
  }),
  first_byte_timeout_ms: timeLimit("To the first piece of an answer; null: the gateway's own limit."),
  idle_timeout_ms: timeLimit("Longest silence within an answer; null: the gateway's own limit."),
  total_timeout_ms: timeLimit("To the end of an answer; null: the gateway's own limit."),
  enabled: z.boolean(),
};

/** US dollars for a million tokens. */
const UsdPerMillion = z
  .number()
  .nullable()
  .meta({ description: "US dollars for a million tokens; null when there is no price." });

/** A model of a provider that may be asked for. */
export const OfferedModel = z
  .strictObject({
    id: DeploymentId,
    connection_id: ConnectionId,
    provider: z
      .string()
      .meta({ description: "As in the ledger: openai, anthropic, gemini, or the connection's name." }),
    model: z
      .string()
      .meta({ description: "Its name at the provider and in requests; `*` at the end lets every such name through." }),
    ...modelProperties,
    source: z.enum(["catalogue", "added", "imported"]),
    changed: z.boolean().meta({ description: "An entry of the catalogue that is not as it was shipped." }),
    available: z
      .boolean()
      .meta({ description: "It and its connection are enabled, and there is an API key if one is needed." }),
    input_price: UsdPerMillion,
    output_price: UsdPerMillion,
  })
  .meta({ id: "OfferedModel" });
export type OfferedModel = z.infer<typeof OfferedModel>;

export const listOfferedModels = defineEndpoint({
  ...common,
  id: "listOfferedModels",
  summary: "Models of providers by connection and name",
  method: "GET",
  path: "/api/admin/providers/models",
  rateClass: "read",
  query: z.strictObject({ connection_id: ConnectionId.optional() }),
  responses: {
    200: {
      description: "All of them",
      schema: z.strictObject({ models: z.array(OfferedModel) }).meta({ id: "OfferedModelList" }),
    },
  },
});

export const createOfferedModel = defineEndpoint({
  ...common,
  id: "createOfferedModel",
  summary: "Offer a model of a connection; `gpt-*` lets every name that begins so through",
  method: "POST",
  path: "/api/admin/providers/models",
  rateClass: "write",
  body: z.strictObject({
    connection_id: ConnectionId,
    model: ModelText,
    price_model: modelProperties.price_model.optional(),
    context_window: modelProperties.context_window.default(null),
    max_output_tokens: modelProperties.max_output_tokens.default(null),
    capabilities: Capabilities.default(["chat"]),
    on_disconnect: modelProperties.on_disconnect.default({ whole: "drain", stream: "abort" }),
    first_byte_timeout_ms: modelProperties.first_byte_timeout_ms.default(null),
    idle_timeout_ms: modelProperties.idle_timeout_ms.default(null),
    total_timeout_ms: modelProperties.total_timeout_ms.default(null),
    enabled: z.boolean().default(true),
  }),
  responses: { 201: { description: "The model", schema: OfferedModel } },
});

const modelById = { params: z.strictObject({ id: DeploymentId }) };

export const updateOfferedModel = defineEndpoint({
  ...common,
  ...modelById,
  id: "updateOfferedModel",
  summary: "Change a model on offer, also one of the catalogue",
  method: "PATCH",
  path: "/api/admin/providers/models/{id}",
  rateClass: "write",
  body: z.strictObject(modelProperties).partial().refine(changesSomething, "changes nothing"),
  responses: { 200: { description: "The changed model", schema: OfferedModel } },
});

export const deleteOfferedModel = defineEndpoint({
  ...common,
  ...modelById,
  id: "deleteOfferedModel",
  summary: "Offer a model no longer; one of the catalogue becomes as it was shipped",
  method: "DELETE",
  path: "/api/admin/providers/models/{id}",
  rateClass: "write",
  responses: { 200: { description: "The model as it was", schema: OfferedModel } },
});

export const importOfferedModels = defineEndpoint({
  ...common,
  ...connectionById,
  id: "importOfferedModels",
  summary: "Offer models that the provider lists, with what it says about them",
  method: "POST",
  path: "/api/admin/providers/connections/{id}/import",
  rateClass: "write",
  body: z.strictObject({ models: z.array(ModelText).min(1).max(200) }),
  responses: {
    200: {
      description: "Those that were not on offer before",
      schema: z.strictObject({ added: z.array(OfferedModel) }).meta({ id: "ImportedModels" }),
    },
  },
});

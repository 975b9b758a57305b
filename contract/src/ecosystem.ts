import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { AnthropicModel, AnthropicModelList } from "./messages.ts";

/**
 * The `/v1` routes in OpenAI's dialect. The gateway parses the fields that it needs and forwards the rest to providers
 * that speak the same dialect, so these schemas are open: they describe, they do not close.
 */
const textPart = z.looseObject({ type: z.literal("text"), text: z.string() });

export const ChatCompletionRequest = z
  .looseObject({
    model: z.string().min(1).max(300),
    messages: z
      .array(
        z.looseObject({
          role: z.string(),
          content: z.union([z.string(), z.array(z.union([textPart, z.looseObject({ type: z.string() })]))]).nullish(),
        }),
      )
      .min(1),
    stream: z.boolean().nullish(),
    stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
    max_tokens: z.int().min(1).nullish(),
    max_completion_tokens: z.int().min(1).nullish(),
  })
  .meta({ id: "ChatCompletionRequest" });
export type ChatCompletionRequest = z.infer<typeof ChatCompletionRequest>;

export const CompletionRequest = z
  .looseObject({
    model: z.string().min(1).max(300),
    prompt: z.union([z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))]),
    stream: z.boolean().nullish(),
    stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
    max_tokens: z.int().min(1).nullish(),
  })
  .meta({ id: "CompletionRequest" });
export type CompletionRequest = z.infer<typeof CompletionRequest>;

/** Token counts as OpenAI reports them; details are provider-dependent and passed on. */
export const CompletionUsage = z
  .looseObject({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
  .meta({ id: "CompletionUsage" });
export type CompletionUsage = z.infer<typeof CompletionUsage>;

export const ChatCompletion = z
  .looseObject({
    id: z.string(),
    object: z.literal("chat.completion"),
    created: z.int(),
    model: z.string(),
    choices: z.array(z.looseObject({ index: z.int(), finish_reason: z.string().nullable() })),
    usage: CompletionUsage.optional(),
  })
  .meta({ id: "ChatCompletion" });

export const TextCompletion = z
  .looseObject({
    id: z.string(),
    object: z.literal("text_completion"),
    created: z.int(),
    model: z.string(),
    choices: z.array(z.looseObject({ index: z.int(), text: z.string(), finish_reason: z.string().nullable() })),
    usage: CompletionUsage.optional(),
  })
  .meta({ id: "TextCompletion" });

export const EmbeddingRequest = z
  .looseObject({
    model: z.string().min(1).max(300),
    input: z.union([z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))]),
    encoding_format: z.enum(["float", "base64"]).nullish(),
    dimensions: z.int().min(1).nullish(),
  })
  .meta({ id: "EmbeddingRequest" });
export type EmbeddingRequest = z.infer<typeof EmbeddingRequest>;

/** Vectors as numbers, or as 32-bit floats in base64 where `encoding_format` asked for them. */
export const EmbeddingList = z
  .looseObject({
    object: z.literal("list"),
    data: z.array(z.looseObject({ index: z.int(), embedding: z.union([z.array(z.number()), z.string()]) })),
    model: z.string(),
    usage: z.looseObject({ prompt_tokens: z.int(), total_tokens: z.int() }).optional(),
  })
  .meta({ id: "EmbeddingList" });

export const ServedModel = z
  .strictObject({ id: z.string(), object: z.literal("model"), created: z.int(), owned_by: z.string() })
  .meta({ id: "ServedModel" });
export type ServedModel = z.infer<typeof ServedModel>;

export const ServedModelList = z
  .strictObject({ object: z.literal("list"), data: z.array(ServedModel) })
  .meta({ id: "ServedModelList" });
export type ServedModelList = z.infer<typeof ServedModelList>;

const common = { tag: "Gateway", dialect: "openai", access: "caller" } as const;

export const createChatCompletion = defineEndpoint({
  ...common,
  id: "createChatCompletion",
  summary: "Chat with a model; `stream: true` answers with server-sent events",
  method: "POST",
  path: "/v1/chat/completions",
  scope: "chat",
  rateClass: "spend",
  body: ChatCompletionRequest,
  responses: { 200: { description: "The answer", schema: ChatCompletion } },
});

export const createCompletion = defineEndpoint({
  ...common,
  id: "createCompletion",
  summary: "Continue a text; `stream: true` answers with server-sent events",
  method: "POST",
  path: "/v1/completions",
  scope: "chat",
  rateClass: "spend",
  body: CompletionRequest,
  responses: { 200: { description: "The answer", schema: TextCompletion } },
});

export const createEmbedding = defineEndpoint({
  ...common,
  id: "createEmbedding",
  summary: "Turn texts into vectors",
  method: "POST",
  path: "/v1/embeddings",
  scope: "chat",
  rateClass: "spend",
  body: EmbeddingRequest,
  responses: { 200: { description: "A vector for each text", schema: EmbeddingList } },
});

export const listServedModels = defineEndpoint({
  ...common,
  id: "listServedModels",
  summary: "Models that this caller may use; in Anthropic's dialect when the header `anthropic-version` is sent",
  method: "GET",
  path: "/v1/models",
  scope: "models:read",
  rateClass: "read",
  responses: {
    200: {
      description: "Models",
      schema: z.union([ServedModelList, AnthropicModelList]),
    },
  },
});

export const getServedModel = defineEndpoint({
  ...common,
  id: "getServedModel",
  summary: "One model",
  method: "GET",
  path: "/v1/models/{model}",
  scope: "models:read",
  rateClass: "read",
  params: z.strictObject({ model: z.string().min(1).max(300) }),
  responses: { 200: { description: "The model", schema: z.union([ServedModel, AnthropicModel]) } },
});

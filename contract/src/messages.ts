import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";

/**
 * The `/v1/messages` routes in Anthropic's dialect. Like those of OpenAI's dialect the schemas describe and do not close:
 * the gateway parses the fields that it needs and forwards the rest to providers that speak the same dialect.
 */
const contentBlock = z.looseObject({ type: z.string() });
const content = z.union([z.string(), z.array(contentBlock)]);

const prompt = {
  model: z.string().min(1).max(300),
  messages: z.array(z.looseObject({ role: z.string(), content })).min(1),
  system: content.nullish(),
  tools: z.array(z.looseObject({ name: z.string().optional() })).nullish(),
};

export const MessageRequest = z
  .looseObject({
    ...prompt,
    max_tokens: z.int().min(0),
    stream: z.boolean().nullish(),
    stop_sequences: z.array(z.string()).nullish(),
  })
  .meta({ id: "MessageRequest" });
export type MessageRequest = z.infer<typeof MessageRequest>;

export const MessageCountRequest = z.looseObject(prompt).meta({ id: "MessageCountRequest" });

/** Token counts as Anthropic reports them: `input_tokens` holds nothing that was read from a cache or written into one. */
export const MessageUsage = z
  .looseObject({
    input_tokens: z.int(),
    cache_creation_input_tokens: z.int().nullish(),
    cache_read_input_tokens: z.int().nullish(),
    output_tokens: z.int(),
  })
  .meta({ id: "MessageUsage" });
export type MessageUsage = z.infer<typeof MessageUsage>;

export const AnthropicMessage = z
  .looseObject({
    id: z.string(),
    type: z.literal("message"),
    role: z.literal("assistant"),
    model: z.string(),
    content: z.array(contentBlock),
    stop_reason: z.string().nullable(),
    stop_sequence: z.string().nullable(),
    usage: MessageUsage,
  })
  .meta({ id: "AnthropicMessage" });

export const MessageTokensCount = z.looseObject({ input_tokens: z.int() }).meta({ id: "MessageTokensCount" });
export type MessageTokensCount = z.infer<typeof MessageTokensCount>;

/** A model of `GET /v1/models` for callers who send the header `anthropic-version`. */
export const AnthropicModel = z
  .strictObject({ type: z.literal("model"), id: z.string(), display_name: z.string(), created_at: z.iso.datetime() })
  .meta({ id: "AnthropicModel" });
export type AnthropicModel = z.infer<typeof AnthropicModel>;

/** All models that the caller may use, in one page. */
export const AnthropicModelList = z
  .strictObject({
    data: z.array(AnthropicModel),
    has_more: z.literal(false),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
  })
  .meta({ id: "AnthropicModelList" });
export type AnthropicModelList = z.infer<typeof AnthropicModelList>;

const common = { tag: "Gateway", dialect: "anthropic", access: "caller" } as const;

export const createMessage = defineEndpoint({
  ...common,
  id: "createMessage",
  summary: "Chat with a model in Anthropic's dialect; `stream: true` answers with server-sent events",
  method: "POST",
  path: "/v1/messages",
  scope: "chat",
  rateClass: "spend",
  body: MessageRequest,
  responses: { 200: { description: "The answer", schema: AnthropicMessage } },
});

export const countMessageTokens = defineEndpoint({
  ...common,
  id: "countMessageTokens",
  summary:
    "Tokens of a prompt in Anthropic's dialect; estimated where the model's provider does not count, and free of charge",
  method: "POST",
  path: "/v1/messages/count_tokens",
  scope: "chat",
  rateClass: "spend",
  body: MessageCountRequest,
  responses: { 200: { description: "The count", schema: MessageTokensCount } },
});

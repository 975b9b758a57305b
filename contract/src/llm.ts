import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { ModelCapability } from "./providers.ts";

const UsdPerMillion = z
  .number()
  .nullable()
  .meta({ description: "US dollars for a million tokens; null when there is no price." });

const LlmModel = z
  .strictObject({
    id: z.string().meta({ description: "As it stands in requests." }),
    context_window: z.int().nullable(),
    max_output_tokens: z.int().nullable(),
    input_price: UsdPerMillion,
    output_price: UsdPerMillion,
    capabilities: z.array(ModelCapability),
  })
  .meta({ id: "LlmModel" });
export type LlmModel = z.infer<typeof LlmModel>;

const LlmProvider = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    available: z.boolean().meta({ description: "It is enabled and can be asked." }),
    models: z.array(LlmModel),
  })
  .meta({ id: "LlmProvider" });
export type LlmProvider = z.infer<typeof LlmProvider>;

export const LlmProviderList = z.strictObject({ providers: z.array(LlmProvider) }).meta({ id: "LlmProviderList" });

const common = { tag: "Gateway", dialect: "platform", access: "caller", scope: "chat" } as const;

export const listLlmProviders = defineEndpoint({
  ...common,
  id: "listLlmProviders",
  summary: "Providers with the models that this caller may use",
  method: "GET",
  path: "/api/v1/llm/providers",
  rateClass: "read",
  responses: {
    200: {
      description: "The providers",
      schema: LlmProviderList,
    },
  },
});

const maxText = 10_000_000;
const maxTokens = z.int().min(1).max(1_000_000);

const Message = z.strictObject({
  role: z.enum(["system", "user", "assistant"]),
  content: z.string().min(1).max(maxText),
});

export const GenerateRequest = z
  .strictObject({
    model: z.string().trim().min(1).max(300),
    provider: z
      .string()
      .trim()
      .regex(/^[a-z][a-z0-9-]{0,39}$/, "must be the id of a provider, such as openai")
      .optional()
      .meta({ description: "Only this provider may answer." }),
    prompt: z.string().min(1).max(maxText).optional(),
    messages: z.array(Message).min(1).max(1000).optional(),
    max_tokens: maxTokens.optional(),
    maxTokens: maxTokens.optional().meta({ description: "Another name of max_tokens." }),
    temperature: z.number().min(0).max(2).optional(),
    stream: z.boolean().default(false).meta({
      description:
        "Answer with server-sent events: `delta` with `{content}` for each piece of text, at last `done` with the whole answer, or `error` with an error.",
    }),
  })
  .refine(({ prompt, messages }) => (prompt === undefined) !== (messages === undefined), {
    path: ["prompt"],
    message: "either prompt or messages is needed, and only one of them",
  })
  .refine(({ max_tokens, maxTokens: other }) => max_tokens === undefined || other === undefined, {
    path: ["maxTokens"],
    message: "is another name of max_tokens: give only one of them",
  })
  .meta({ id: "GenerateRequest" });
export type GenerateRequest = z.infer<typeof GenerateRequest>;

export const GenerateResponse = z
  .strictObject({
    id: z.string().meta({ description: "Of the request, as in the ledger." }),
    provider: z.string(),
    model: z.string(),
    content: z.string(),
    finish_reason: z.string().nullable(),
    usage: z.strictObject({
      input_tokens: z.int(),
      output_tokens: z.int(),
      cost_usd: z.number().nullable().meta({ description: "Null when the model has no price." }),
    }),
    latency_ms: z.int(),
  })
  .meta({ id: "GenerateResponse" });
export type GenerateResponse = z.infer<typeof GenerateResponse>;

export const generate = defineEndpoint({
  ...common,
  id: "generate",
  summary: "Ask a model in the platform's own few words; `stream: true` answers with server-sent events",
  method: "POST",
  path: "/api/v1/llm/generate",
  rateClass: "spend",
  body: GenerateRequest,
  responses: { 200: { description: "The answer", schema: GenerateResponse, orEvents: true } },
});

import type { ProviderKind } from "@llm-tuner/contract/providers.ts";
import { z } from "zod";

/** A model as its provider lists it; null where the list says nothing. */
export interface ListedByProvider {
  model: string;
  contextWindow: number | null;
  maxOutputTokens: number | null;
  embeds: boolean;
}

const paths: Readonly<Record<ProviderKind, string>> = {
  openai: "/v1/models",
  "openai-compatible": "/v1/models",
  anthropic: "/v1/models?limit=1000",
  gemini: "/v1beta/models?pageSize=1000",
};

export const modelListPath = (kind: ProviderKind): string => paths[kind];

const limit = z.int().positive().nullish().catch(null);
const name = z.string().min(1).max(200);

// What providers send is read tolerantly: an addition of theirs must not break the list.
const OpenAiList = z.object({
  // vLLM says how long a model's context is.
  data: z.array(z.object({ id: name, max_model_len: limit })),
});
const AnthropicList = z.object({
  data: z.array(z.object({ type: z.literal("model"), id: name, max_input_tokens: limit, max_tokens: limit })),
});
const GeminiList = z.object({
  models: z.array(
    z.object({
      name,
      inputTokenLimit: limit,
      outputTokenLimit: limit,
      supportedGenerationMethods: z.array(z.string()).catch([]),
    }),
  ),
});

const lists: Readonly<Record<ProviderKind, z.ZodType<ListedByProvider[]>>> = {
  openai: OpenAiList.transform(({ data }) =>
    data.map(({ id }) => ({ model: id, contextWindow: null, maxOutputTokens: null, embeds: /embedding/.test(id) })),
  ),
  "openai-compatible": OpenAiList.transform(({ data }) =>
    data.map(({ id, max_model_len }) => ({
      model: id,
      contextWindow: max_model_len ?? null,
      maxOutputTokens: null,
      embeds: /embed/.test(id),
    })),
  ),
  anthropic: AnthropicList.transform(({ data }) =>
    data.map(({ id, max_input_tokens, max_tokens }) => ({
      model: id,
      contextWindow: max_input_tokens ?? null,
      maxOutputTokens: max_tokens ?? null,
      embeds: false,
    })),
  ),
  gemini: GeminiList.transform(({ models }) =>
    models.map((model) => ({
      model: model.name.replace(/^models\//, ""),
      contextWindow: model.inputTokenLimit ?? null,
      maxOutputTokens: model.outputTokenLimit ?? null,
      embeds: model.supportedGenerationMethods.includes("embedContent"),
    })),
  ),
};

/** The models of an answer; undefined when it is no list of this kind. */
export const modelListOf = (kind: ProviderKind, answer: unknown): ListedByProvider[] | undefined =>
  lists[kind].safeParse(answer).data;

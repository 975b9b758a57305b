import { EmbeddingRequest } from "@llm-tuner/contract/ecosystem.ts";
import type { JsonObject } from "../../json.ts";
import { estimatePromptTokens } from "../../meter/estimate.ts";
import { type CallFields, noPieces } from "../call.ts";
import { schemaError } from "../schema-error.ts";

/** What the gateway acts on in a request for embeddings. Throws a 400 with the field at fault. */
export const readEmbeddingFields = (body: JsonObject): CallFields => {
  const parsed = EmbeddingRequest.safeParse(body);
  if (!parsed.success) throw schemaError(parsed.error);
  const { model, input } = parsed.data;
  return {
    model,
    stream: false,
    includeUsage: false,
    outputField: null,
    pieces: noPieces,
    estimatedInputTokens: estimatePromptTokens(input),
    // Vectors are not counted in tokens.
    maxOutputTokens: 0,
    answers: 1,
  };
};

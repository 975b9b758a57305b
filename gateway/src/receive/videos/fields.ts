import { VideoFields } from "@llm-tuner/contract/videos.ts";
import type { JsonObject } from "../../json.ts";
import { estimateTextTokens } from "../../meter/estimate.ts";
import type { CallFields } from "../call.ts";
import { schemaError } from "../schema-error.ts";

/** How long a film is unless it is said: OpenAI's own default, which is ordered of every provider. */
export const usualVideoSeconds = 4;

/** What the gateway acts on in an order for a film, by JSON or by a form. Throws a 400 with the field at fault. */
export const readVideoFields = (body: JsonObject): CallFields => {
  const parsed = VideoFields.safeParse(body);
  if (!parsed.success) throw schemaError(parsed.error);
  const { model, prompt, seconds } = parsed.data;
  return {
    model,
    stream: false,
    includeUsage: false,
    outputField: null,
    estimatedInputTokens: estimateTextTokens(prompt.length),
    // A film is billed by its length; there are no tokens to be held.
    maxOutputTokens: 0,
    answers: 1,
    pieces: { images: 0, videoSeconds: seconds ?? usualVideoSeconds },
  };
};

import type { JsonObject } from "../json.ts";
import { inputTokens, outputTokens, type Usage } from "../usage.ts";

/** Usage as chat and text completions report it. */
export const completionUsage = (usage: Usage): JsonObject => ({
  prompt_tokens: inputTokens(usage),
  completion_tokens: outputTokens(usage),
  total_tokens: inputTokens(usage) + outputTokens(usage),
  prompt_tokens_details: {
    cached_tokens: usage.inputCacheRead,
    audio_tokens: usage.inputAudio,
    ...(usage.inputImage > 0 ? { image_tokens: usage.inputImage } : {}),
    ...(usage.inputCacheWrite5m > 0 ? { cache_write_tokens: usage.inputCacheWrite5m } : {}),
  },
  completion_tokens_details: {
    reasoning_tokens: usage.outputReasoning,
    audio_tokens: usage.outputAudio,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
});

/** Usage as a response reports it. */
export const responseUsage = (usage: Usage): JsonObject => ({
  input_tokens: inputTokens(usage),
  input_tokens_details: { cached_tokens: usage.inputCacheRead, cache_write_tokens: usage.inputCacheWrite5m },
  output_tokens: outputTokens(usage),
  output_tokens_details: { reasoning_tokens: usage.outputReasoning },
  total_tokens: inputTokens(usage) + outputTokens(usage),
});

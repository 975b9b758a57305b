import type { CompletionUsage } from "@llm-tuner/contract/ecosystem.ts";
import { inputTokensOf, outputTokensOf, type Usage } from "../../meter/usage.ts";

/** The buckets as OpenAI reports them: totals that include their details. */
export const writeUsage = (counts: Usage): CompletionUsage => {
  const input = inputTokensOf(counts);
  const output = outputTokensOf(counts);
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: counts.inputCacheRead,
      cache_write_tokens: counts.inputCacheWrite5m + counts.inputCacheWrite1h,
      audio_tokens: counts.inputAudio,
      image_tokens: counts.inputImage,
    },
    completion_tokens_details: {
      reasoning_tokens: counts.outputReasoning,
      audio_tokens: counts.outputAudio,
      image_tokens: counts.outputImage,
    },
  };
};

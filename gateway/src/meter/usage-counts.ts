import type { UsageCounts } from "@llm-tuner/contract/usage.ts";
import type { Usage } from "./usage.ts";

/** What was used, by the names that the contract, the platform's records and its prices have for the buckets. */
export const countsOf = (usage: Usage): UsageCounts => ({
  input_uncached: usage.inputUncached,
  input_cache_read: usage.inputCacheRead,
  input_cache_write_5m: usage.inputCacheWrite5m,
  input_cache_write_1h: usage.inputCacheWrite1h,
  input_audio: usage.inputAudio,
  input_image: usage.inputImage,
  output_text: usage.outputText,
  output_reasoning: usage.outputReasoning,
  output_audio: usage.outputAudio,
  output_image: usage.outputImage,
  images: usage.images,
  video_seconds: usage.videoSeconds,
});

/** The buckets of such counts. */
export const usageOf = (counts: UsageCounts): Usage => ({
  inputUncached: counts.input_uncached,
  inputCacheRead: counts.input_cache_read,
  inputCacheWrite5m: counts.input_cache_write_5m,
  inputCacheWrite1h: counts.input_cache_write_1h,
  inputAudio: counts.input_audio,
  inputImage: counts.input_image,
  outputText: counts.output_text,
  outputReasoning: counts.output_reasoning,
  outputAudio: counts.output_audio,
  outputImage: counts.output_image,
  images: counts.images,
  videoSeconds: counts.video_seconds,
});

import type { UsageBucketName } from "@llm-tuner/contract/prices.ts";

type Unit = "tokens" | "picture" | "second";

interface BucketWords {
  word: string;
  meaning: string;
  unit: Unit;
}

/** What can have a rate, in words. */
export const bucketWords: Readonly<Record<UsageBucketName, BucketWords>> = {
  input_uncached: { word: "Input", meaning: "Tokens of the prompt that were not read from a cache.", unit: "tokens" },
  output_text: { word: "Output", meaning: "Tokens of the answer's text and of tool calls.", unit: "tokens" },
  input_cache_read: {
    word: "Cached input",
    meaning: "Tokens that the provider read from its cache. Empty: they cost as input.",
    unit: "tokens",
  },
  input_cache_write_5m: {
    word: "Cache writing",
    meaning: "Tokens that the provider wrote into its cache, for five minutes where it says so. Empty: as input.",
    unit: "tokens",
  },
  input_cache_write_1h: {
    word: "Cache writing, 1 hour",
    meaning: "Tokens that were written for an hour. Empty: as those of five minutes.",
    unit: "tokens",
  },
  output_reasoning: {
    word: "Reasoning",
    meaning: "Tokens of thought before the answer. Empty: they cost as output.",
    unit: "tokens",
  },
  input_audio: { word: "Audio input", meaning: "Tokens of sound in the prompt.", unit: "tokens" },
  output_audio: { word: "Audio output", meaning: "Tokens of sound in the answer.", unit: "tokens" },
  input_image: {
    word: "Picture input",
    meaning: "Tokens of pictures in the prompt. Empty: they cost as input.",
    unit: "tokens",
  },
  output_image: { word: "Picture output", meaning: "Tokens of pictures in the answer.", unit: "tokens" },
  images: { word: "Pictures", meaning: "Pictures that are billed by the piece.", unit: "picture" },
  video_seconds: { word: "Video", meaning: "Seconds of video.", unit: "second" },
};

export const unitWords: Readonly<Record<Unit, string>> = {
  tokens: "USD per million tokens",
  picture: "USD a picture",
  second: "USD a second",
};

export const shortUnitWords: Readonly<Record<Unit, string>> = {
  tokens: "per million tokens",
  picture: "a picture",
  second: "a second",
};

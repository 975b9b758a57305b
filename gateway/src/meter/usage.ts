/**
 * What a request used, in integer buckets that do not overlap, so that every dialect's numbers are sums of them and a
 * price can be put on each. Tokens, unless the name says otherwise.
 */
export interface Usage {
  /** Text of the prompt that was neither read from a cache nor written into one. */
  inputUncached: number;
  inputCacheRead: number;
  /** Written into a cache that lives five minutes, or as long as the provider usually keeps one. */
  inputCacheWrite5m: number;
  inputCacheWrite1h: number;
  inputAudio: number;
  inputImage: number;
  outputText: number;
  outputReasoning: number;
  outputAudio: number;
  outputImage: number;
  /** Pictures that were made, where a provider bills them by the piece. */
  images: number;
  /** Seconds of film that were ordered. */
  videoSeconds: number;
}

export type UsageBucket = keyof Usage;

export const usageBuckets = [
  "inputUncached",
  "inputCacheRead",
  "inputCacheWrite5m",
  "inputCacheWrite1h",
  "inputAudio",
  "inputImage",
  "outputText",
  "outputReasoning",
  "outputAudio",
  "outputImage",
  "images",
  "videoSeconds",
] as const satisfies readonly UsageBucket[];

export const noUsage: Usage = {
  inputUncached: 0,
  inputCacheRead: 0,
  inputCacheWrite5m: 0,
  inputCacheWrite1h: 0,
  inputAudio: 0,
  inputImage: 0,
  outputText: 0,
  outputReasoning: 0,
  outputAudio: 0,
  outputImage: 0,
  images: 0,
  videoSeconds: 0,
};

/** The whole prompt, cached tokens included. */
export const inputTokensOf = (usage: Usage): number =>
  usage.inputUncached +
  usage.inputCacheRead +
  usage.inputCacheWrite5m +
  usage.inputCacheWrite1h +
  usage.inputAudio +
  usage.inputImage;

/** The whole output, reasoning included. */
export const outputTokensOf = (usage: Usage): number =>
  usage.outputText + usage.outputReasoning + usage.outputAudio + usage.outputImage;

/**
 * How the counts are known:
 * - `reported`: the provider's own count of the whole exchange;
 * - `partial`: the exchange was broken off; what the provider had reported by then, the rest counted from what had come;
 * - `estimated`: the provider reported nothing; from the length of the text, or a token for each streamed piece.
 *
 * All counts are 0 when nothing of an answer was received.
 */
export type UsageSource = "reported" | "partial" | "estimated";

/** What one exchange used, and how that is known. */
export interface MeasuredUsage {
  counts: Usage;
  source: UsageSource;
}

/** Nothing of an answer was received. */
export const nothingUsed: MeasuredUsage = { counts: noUsage, source: "estimated" };

/** More than any model takes or gives; a provider that reports it has miscounted, and sums of it stay exact. */
const mostTokens = 1_000_000_000;

/** Whether a provider's number can be a count of tokens; zero is one. */
export const isTokenCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= mostTokens;

const totalOf = (usage: Usage): number =>
  inputTokensOf(usage) + outputTokensOf(usage) + usage.images + usage.videoSeconds;

/**
 * Counts of a stream that reports more than once: usage only grows, so of two reports the larger one holds, and of equal
 * ones the later. Reports are never added up, nor mixed bucket by bucket.
 */
export const laterUsage = (earlier: Usage | undefined, later: Usage | undefined): Usage | undefined => {
  if (earlier === undefined || later === undefined) return later ?? earlier;
  return totalOf(later) >= totalOf(earlier) ? later : earlier;
};

import { isJsonObject, type JsonObject } from "../../json.ts";
import { isTokenCount, noUsage, type Usage } from "../../meter/usage.ts";

const countOf = (holder: JsonObject, name: string): number => {
  const value = holder[name];
  return isTokenCount(value) ? value : 0;
};

const objectAt = (holder: JsonObject, name: string): JsonObject => {
  const value = holder[name];
  return isJsonObject(value) ? value : {};
};

/** One count of the dialect as buckets. What was written into a cache is told as a whole, and by lifetime where it is known. */
const bucketsOf = (usage: JsonObject): Usage => {
  const written = objectAt(usage, "cache_creation");
  const inputCacheWrite1h = countOf(written, "ephemeral_1h_input_tokens");
  const writtenFor5m = countOf(written, "ephemeral_5m_input_tokens");
  const whole = Math.max(countOf(usage, "cache_creation_input_tokens"), inputCacheWrite1h + writtenFor5m);
  const output = countOf(usage, "output_tokens");
  const outputReasoning = Math.min(output, countOf(objectAt(usage, "output_tokens_details"), "thinking_tokens"));
  return {
    ...noUsage,
    inputUncached: countOf(usage, "input_tokens"),
    inputCacheRead: countOf(usage, "cache_read_input_tokens"),
    inputCacheWrite5m: whole - inputCacheWrite1h,
    inputCacheWrite1h,
    outputText: output - outputReasoning,
    outputReasoning,
  };
};

const sumOf = (parts: readonly Usage[]): Usage => {
  const sum = { ...noUsage };
  for (const part of parts) {
    sum.inputUncached += part.inputUncached;
    sum.inputCacheRead += part.inputCacheRead;
    sum.inputCacheWrite5m += part.inputCacheWrite5m;
    sum.inputCacheWrite1h += part.inputCacheWrite1h;
    sum.outputText += part.outputText;
  }
  return sum;
};

/**
 * The buckets of a `usage` object of the Messages API, whose input leaves out the cache; undefined when it holds no counts.
 * Zero is a count. Where the provider made several passes for one answer (`iterations`: turns of its own tools, or the
 * compaction of a long prompt), what they used together is billed, of which its totals may leave out some.
 */
export const readUsage = (usage: unknown): Usage | undefined => {
  if (!isJsonObject(usage) || (!isTokenCount(usage["input_tokens"]) && !isTokenCount(usage["output_tokens"])))
    return undefined;
  const whole = bucketsOf(usage);
  const { iterations } = usage;
  if (!Array.isArray(iterations) || iterations.length === 0) return whole;
  const sum = sumOf(iterations.filter(isJsonObject).map(bucketsOf));
  // The passes do not tell thoughts from text.
  const outputReasoning = Math.min(sum.outputText, whole.outputReasoning);
  const passes = { ...sum, outputText: sum.outputText - outputReasoning, outputReasoning };
  return {
    ...noUsage,
    inputUncached: Math.max(whole.inputUncached, passes.inputUncached),
    inputCacheRead: Math.max(whole.inputCacheRead, passes.inputCacheRead),
    inputCacheWrite5m: Math.max(whole.inputCacheWrite5m, passes.inputCacheWrite5m),
    inputCacheWrite1h: Math.max(whole.inputCacheWrite1h, passes.inputCacheWrite1h),
    outputText: Math.max(whole.outputText, passes.outputText),
    outputReasoning,
  };
};

/**
 * Counts of a stream as known after one of its events. Each report is cumulative and replaces the one before, field by
 * field, because the later ones leave out what has not changed.
 */
export const laterReport = (earlier: JsonObject, later: unknown): JsonObject => {
  if (!isJsonObject(later)) return earlier;
  const told = Object.entries(later).filter(([, value]) => value !== null && value !== undefined);
  const merged: JsonObject = { ...earlier, ...Object.fromEntries(told) };
  const corrected = later["cache_creation_input_tokens"];
  const isStale =
    isTokenCount(corrected) &&
    later["cache_creation"] === undefined &&
    corrected < countOf(earlier, "cache_creation_input_tokens");
  // A breakdown that is larger than the corrected whole is the one from before.
  return isStale ? { ...merged, cache_creation: null } : merged;
};

import { isJsonObject, type JsonObject } from "../../json.ts";
import { isTokenCount, noUsage, type Usage } from "../../meter/usage.ts";

const detailOf = (usage: JsonObject, details: string, name: string): number => {
  const holder = usage[details];
  const value = isJsonObject(holder) ? holder[name] : undefined;
  return isTokenCount(value) ? value : 0;
};

/**
 * The buckets of the `usage` of an answer with pictures, whose models are billed by tokens; undefined when it holds no
 * counts. Without details the whole output is taken for pictures, which is what the first of these models made.
 */
export const readImageUsage = (usage: unknown): Usage | undefined => {
  if (!isJsonObject(usage)) return undefined;
  const { input_tokens: input, output_tokens: output } = usage;
  if (!isTokenCount(input) || !isTokenCount(output)) return undefined;
  const inputImage = Math.min(input, detailOf(usage, "input_tokens_details", "image_tokens"));
  const inputCacheRead = Math.min(input - inputImage, detailOf(usage, "input_tokens_details", "cached_tokens"));
  const outputText = Math.min(output, detailOf(usage, "output_tokens_details", "text_tokens"));
  return {
    ...noUsage,
    inputUncached: input - inputImage - inputCacheRead,
    inputCacheRead,
    inputImage,
    outputText,
    outputImage: output - outputText,
  };
};

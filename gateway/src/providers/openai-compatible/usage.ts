import { isJsonObject, type JsonObject } from "../../json.ts";
import { isTokenCount, noUsage, type Usage } from "../../meter/usage.ts";

/** A count of the details, never more than what is left of the whole that it is a part of. */
const partOf = (left: number, details: JsonObject, name: string): number => {
  const value = details[name];
  return isTokenCount(value) ? Math.min(left, value) : 0;
};

const detailsOf = (usage: JsonObject, name: string): JsonObject => {
  const details = usage[name];
  return isJsonObject(details) ? details : {};
};

/**
 * The buckets of a `usage` object of the OpenAI dialect, whose totals include their details; undefined when it holds no
 * counts. Zero is a count.
 */
export const readUsage = (usage: unknown): Usage | undefined => {
  if (!isJsonObject(usage)) return undefined;
  const { prompt_tokens: input, completion_tokens: output } = usage;
  if (!isTokenCount(input)) return undefined;
  // Some servers leave the output count out when nothing was generated.
  if (output !== undefined && output !== null && !isTokenCount(output)) return undefined;
  const inputDetails = detailsOf(usage, "prompt_tokens_details");
  const outputDetails = detailsOf(usage, "completion_tokens_details");
  let inputLeft = input;
  const takeInput = (name: string): number => {
    const part = partOf(inputLeft, inputDetails, name);
    inputLeft -= part;
    return part;
  };
  let outputLeft = output ?? 0;
  const takeOutput = (name: string): number => {
    const part = partOf(outputLeft, outputDetails, name);
    outputLeft -= part;
    return part;
  };
  const inputCacheRead = takeInput("cached_tokens");
  const inputCacheWrite5m = takeInput("cache_write_tokens");
  const inputAudio = takeInput("audio_tokens");
  const inputImage = takeInput("image_tokens");
  const outputReasoning = takeOutput("reasoning_tokens");
  const outputAudio = takeOutput("audio_tokens");
  const outputImage = takeOutput("image_tokens");
  return {
    ...noUsage,
    inputUncached: inputLeft,
    inputCacheRead,
    inputCacheWrite5m,
    inputAudio,
    inputImage,
    outputText: outputLeft,
    outputReasoning,
    outputAudio,
    outputImage,
  };
};

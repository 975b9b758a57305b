import { isJsonObject, type JsonObject } from "../../json.ts";
import { isTokenCount, noUsage, type Usage } from "../../meter/usage.ts";

const countOf = (metadata: JsonObject, name: string): number => {
  const value = metadata[name];
  return isTokenCount(value) ? value : 0;
};

/** Tokens of one modality among the details, such as `promptTokensDetails`. */
const modalityOf = (metadata: JsonObject, details: string, modality: string): number => {
  const entries: unknown = metadata[details];
  if (!Array.isArray(entries)) return 0;
  return entries
    .filter(isJsonObject)
    .filter((entry) => entry["modality"] === modality)
    .reduce((sum, entry) => sum + countOf(entry, "tokenCount"), 0);
};

/** Takes parts off a whole, never more than there is. */
const splitter = (whole: number) => {
  let left = whole;
  return {
    take(wanted: number): number {
      const part = Math.max(0, Math.min(left, wanted));
      left -= part;
      return part;
    },
    rest: () => left,
  };
};

/**
 * The buckets of a `usageMetadata`; undefined when it holds no counts. The prompt includes what was read from a cache, the
 * candidates do not include the thoughts, and the results of Google's own tools are counted beside the prompt.
 */
export const readUsage = (metadata: unknown): Usage | undefined => {
  if (!isJsonObject(metadata) || !isTokenCount(metadata["promptTokenCount"])) return undefined;
  const input = splitter(metadata["promptTokenCount"]);
  const inputCacheRead = input.take(countOf(metadata, "cachedContentTokenCount"));
  /** Of a modality that is not read from the cache. */
  const fresh = (modality: string): number =>
    modalityOf(metadata, "promptTokensDetails", modality) - modalityOf(metadata, "cacheTokensDetails", modality);
  const inputAudio = input.take(fresh("AUDIO"));
  const inputImage = input.take(fresh("IMAGE"));
  const output = splitter(countOf(metadata, "candidatesTokenCount"));
  const outputAudio = output.take(modalityOf(metadata, "candidatesTokensDetails", "AUDIO"));
  const outputImage = output.take(modalityOf(metadata, "candidatesTokensDetails", "IMAGE"));
  return {
    ...noUsage,
    inputUncached: input.rest() + countOf(metadata, "toolUsePromptTokenCount"),
    inputCacheRead,
    inputAudio,
    inputImage,
    outputText: output.rest(),
    outputReasoning: countOf(metadata, "thoughtsTokenCount"),
    outputAudio,
    outputImage,
  };
};

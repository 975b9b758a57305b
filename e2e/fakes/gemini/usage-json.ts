import type { JsonObject } from "../json.ts";
import { inputTokens, type Usage } from "../usage.ts";

const detailsOf = (counts: Readonly<Record<string, number>>): JsonObject[] =>
  Object.entries(counts)
    .filter(([, tokenCount]) => tokenCount > 0)
    .map(([modality, tokenCount]) => ({ modality, tokenCount }));

/** Usage as Google reports it: the prompt with what was cached, the candidates without the thoughts. */
export const usageMetadata = (usage: Usage): JsonObject => {
  const candidatesTokenCount = usage.outputText + usage.outputImage + usage.outputAudio;
  const promptTokenCount = inputTokens(usage);
  return {
    promptTokenCount,
    candidatesTokenCount,
    totalTokenCount: promptTokenCount + candidatesTokenCount + usage.outputReasoning,
    ...(usage.inputCacheRead > 0
      ? { cachedContentTokenCount: usage.inputCacheRead, cacheTokensDetails: detailsOf({ TEXT: usage.inputCacheRead }) }
      : {}),
    promptTokensDetails: detailsOf({
      TEXT: usage.inputUncached + usage.inputCacheRead,
      IMAGE: usage.inputImage,
      AUDIO: usage.inputAudio,
    }),
    ...(usage.outputImage > 0
      ? { candidatesTokensDetails: detailsOf({ TEXT: usage.outputText, IMAGE: usage.outputImage }) }
      : {}),
    ...(usage.outputReasoning > 0 ? { thoughtsTokenCount: usage.outputReasoning } : {}),
  };
};

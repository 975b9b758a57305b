import { describe, expect, it } from "vitest";
import { inputTokensOf, noUsage, outputTokensOf } from "../../meter/usage.ts";
import { readUsage } from "./usage.ts";

describe("readUsage", () => {
  it("takes the cache out of the prompt, and adds thoughts to the output", () => {
    const usage = readUsage({
      promptTokenCount: 1_000,
      cachedContentTokenCount: 600,
      candidatesTokenCount: 50,
      thoughtsTokenCount: 70,
      totalTokenCount: 1_120,
    });
    expect(usage).toEqual({
      ...noUsage,
      inputUncached: 400,
      inputCacheRead: 600,
      outputText: 50,
      outputReasoning: 70,
    });
    expect(inputTokensOf(usage ?? noUsage) + outputTokensOf(usage ?? noUsage)).toBe(1_120);
  });

  it("tells modalities apart, those of the cache left in it", () => {
    expect(
      readUsage({
        promptTokenCount: 1_000,
        cachedContentTokenCount: 300,
        promptTokensDetails: [
          { modality: "TEXT", tokenCount: 100 },
          { modality: "IMAGE", tokenCount: 500 },
          { modality: "AUDIO", tokenCount: 400 },
        ],
        cacheTokensDetails: [{ modality: "IMAGE", tokenCount: 300 }],
        candidatesTokenCount: 1_300,
        candidatesTokensDetails: [
          { modality: "IMAGE", tokenCount: 1_290 },
          { modality: "TEXT", tokenCount: 10 },
        ],
      }),
    ).toEqual({
      ...noUsage,
      inputUncached: 100,
      inputCacheRead: 300,
      inputImage: 200,
      inputAudio: 400,
      outputText: 10,
      outputImage: 1_290,
    });
  });

  it("counts what Google's own tools put in", () => {
    expect(readUsage({ promptTokenCount: 10, toolUsePromptTokenCount: 5 })).toEqual({ ...noUsage, inputUncached: 15 });
  });

  it("edge case 10: takes zero for a count, and nothing for none", () => {
    expect(readUsage({ promptTokenCount: 0, candidatesTokenCount: 0 })).toEqual(noUsage);
    expect(readUsage({})).toBeUndefined();
    expect(readUsage(null)).toBeUndefined();
    expect(readUsage({ promptTokenCount: -1 })).toBeUndefined();
  });

  it("never counts a part for more than its whole", () => {
    const usage = readUsage({
      promptTokenCount: 10,
      cachedContentTokenCount: 8,
      promptTokensDetails: [{ modality: "AUDIO", tokenCount: 9 }],
      candidatesTokenCount: 5,
      candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 7 }, "nonsense"],
    });
    expect(usage).toEqual({ ...noUsage, inputCacheRead: 8, inputAudio: 2, outputImage: 5 });
  });
});

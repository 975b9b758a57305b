import { describe, expect, it } from "vitest";
import { noUsage } from "../../meter/usage.ts";
import { readUsage } from "./usage.ts";

describe("readUsage", () => {
  it.each([
    [
      { prompt_tokens: 3, completion_tokens: 4 },
      { ...noUsage, inputUncached: 3, outputText: 4 },
    ],
    [{ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, noUsage],
    [{ prompt_tokens: 3 }, { ...noUsage, inputUncached: 3 }],
    [
      { prompt_tokens: 3, completion_tokens: null },
      { ...noUsage, inputUncached: 3 },
    ],
    [{ prompt_tokens: "3", completion_tokens: 4 }, undefined],
    [{ prompt_tokens: -3, completion_tokens: 4 }, undefined],
    [{ prompt_tokens: 3, completion_tokens: 4.5 }, undefined],
    [{ prompt_tokens: 2 ** 60, completion_tokens: 4 }, undefined],
    [{ completion_tokens: 4 }, undefined],
    [null, undefined],
    [undefined, undefined],
    [[], undefined],
  ])("reads %j", (usage, expected) => {
    expect(readUsage(usage)).toEqual(expected);
  });

  it("takes the details out of the totals that include them", () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      prompt_tokens_details: { cached_tokens: 60, audio_tokens: 5, cache_write_tokens: 7 },
      completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 2 },
    };
    expect(readUsage(usage)).toEqual({
      ...noUsage,
      inputUncached: 28,
      inputCacheRead: 60,
      inputCacheWrite5m: 7,
      inputAudio: 5,
      outputText: 18,
      outputReasoning: 30,
      outputAudio: 2,
    });
  });

  it("never counts more details than there are tokens", () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 0,
      prompt_tokens_details: { cached_tokens: 60, audio_tokens: 5 },
    };
    expect(readUsage(usage)).toEqual({ ...noUsage, inputCacheRead: 10 });
  });
});

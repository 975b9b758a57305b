import { describe, expect, it } from "vitest";
import { laterUsage, readUsage } from "./usage.ts";

describe("readUsage", () => {
  it.each([
    [
      { prompt_tokens: 3, completion_tokens: 4 },
      { inputTokens: 3, outputTokens: 4 },
    ],
    [
      { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
      { inputTokens: 0, outputTokens: 0 },
    ],
    [{ prompt_tokens: 3 }, { inputTokens: 3, outputTokens: 0 }],
    [
      { prompt_tokens: 3, completion_tokens: null },
      { inputTokens: 3, outputTokens: 0 },
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
});

describe("laterUsage", () => {
  const one = { inputTokens: 5, outputTokens: 1 };
  it("takes what there is", () => {
    expect(laterUsage(undefined, undefined)).toBeUndefined();
    expect(laterUsage(one, undefined)).toBe(one);
    expect(laterUsage(undefined, one)).toBe(one);
  });
  it("takes the larger count of each and never the sum", () => {
    expect(laterUsage(one, { inputTokens: 5, outputTokens: 3 })).toEqual({ inputTokens: 5, outputTokens: 3 });
    expect(laterUsage({ inputTokens: 5, outputTokens: 3 }, { inputTokens: 0, outputTokens: 0 })).toEqual({
      inputTokens: 5,
      outputTokens: 3,
    });
  });
});

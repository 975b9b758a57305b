import { describe, expect, it } from "vitest";
import type { ModelChoice } from "../../ui/model-choices.ts";
import { estimateNanoUsd } from "./estimate-cost.ts";

describe("what an answer can cost", () => {
  const priced: ModelChoice = {
    id: "gpt-b",
    group: "OpenAI",
    contextWindow: 8000,
    maxOutputTokens: 1000,
    inputPrice: 1,
    outputPrice: 2,
    capabilities: ["chat"],
  };
  const ask = (content: string) => ({ model: "gpt-b", messages: [{ role: "user" as const, content }] });

  it("counts the prompt and the longest answer that may be", () => {
    expect(estimateNanoUsd({ ...ask("x".repeat(35)), max_completion_tokens: 100 }, priced)).toBe(10_000 + 200_000);
    // The model's own bound holds where it is lower, and where none is asked for.
    expect(estimateNanoUsd({ ...ask("x".repeat(35)), max_completion_tokens: 9000 }, priced)).toBe(2_010_000);
    expect(estimateNanoUsd(ask("中".repeat(10)), priced)).toBe(2_010_000);
  });

  it("is not said without a price or a bound", () => {
    expect(estimateNanoUsd(ask("x"), { ...priced, outputPrice: null })).toBeNull();
    expect(estimateNanoUsd(ask("x"), { ...priced, maxOutputTokens: null })).toBeNull();
  });
});

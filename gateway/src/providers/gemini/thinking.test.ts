import { describe, expect, it } from "vitest";
import { TranslationNotes } from "../../conversation/notes.ts";
import { familyOf } from "./model-family.ts";
import { thinkingConfig } from "./thinking.ts";

const configOf = (model: string, wish: Parameters<typeof thinkingConfig>[0]) => {
  const notes = new TranslationNotes({ strict: false });
  return [thinkingConfig(wish, familyOf(model), notes), notes.header() !== undefined];
};

describe("thinkingConfig", () => {
  it.each([
    // Gemini 3 and later: words.
    ["gemini-3.5-flash", { effort: "none" }, { thinkingLevel: "MINIMAL" }, true],
    ["gemini-3.5-flash", { effort: "minimal" }, { thinkingLevel: "MINIMAL" }, false],
    ["gemini-3.5-flash", { effort: "low" }, { thinkingLevel: "LOW" }, false],
    ["gemini-3.5-flash", { effort: "medium" }, { thinkingLevel: "MEDIUM" }, false],
    ["gemini-3.5-flash", { effort: "high" }, { thinkingLevel: "HIGH" }, false],
    ["gemini-3.5-flash", { effort: "xhigh" }, { thinkingLevel: "HIGH" }, true],
    ["gemini-3.5-flash", { disabled: true }, { thinkingLevel: "MINIMAL" }, true],
    ["gemini-3.1-pro-preview", { effort: "minimal" }, { thinkingLevel: "LOW" }, true],
    ["gemini-3.1-pro-preview", { budgetTokens: 500 }, { thinkingBudget: 500 }, false],
    ["gemini-pro-latest", { effort: "high", visible: true }, { thinkingLevel: "HIGH", includeThoughts: true }, false],
    ["gemini-3.5-flash", { adaptive: true }, undefined, false],
    ["gemini-3.5-flash", { visible: false }, { includeThoughts: false }, false],
    // 2.5: tokens, as Google's own interface for OpenAI's clients counts the words.
    ["gemini-2.5-flash", { effort: "none" }, { thinkingBudget: 0 }, false],
    ["gemini-2.5-flash", { effort: "low" }, { thinkingBudget: 1_024 }, false],
    ["gemini-2.5-flash", { effort: "medium" }, { thinkingBudget: 8_192 }, false],
    ["gemini-2.5-pro", { effort: "high" }, { thinkingBudget: 24_576 }, false],
    ["gemini-2.5-pro", { disabled: true }, { thinkingBudget: 128 }, true],
    ["gemini-2.5-pro", { budgetTokens: 100_000 }, { thinkingBudget: 32_768 }, true],
    ["gemini-2.5-flash-lite", { budgetTokens: 100 }, { thinkingBudget: 512 }, true],
    ["gemini-2.5-flash-lite", { budgetTokens: 0 }, { thinkingBudget: 0 }, false],
    ["gemini-2.5-flash", { adaptive: true }, { thinkingBudget: -1 }, false],
    ["gemini-2.5-flash", { budgetTokens: 2_000, effort: "high" }, { thinkingBudget: 2_000 }, false],
    // Without thoughts.
    ["gemini-2.0-flash", { effort: "high" }, undefined, true],
    ["gemini-2.5-flash-image", { effort: "high" }, undefined, true],
    ["gemini-2.0-flash", { effort: "none" }, undefined, false],
    ["gemma-3-27b-it", { budgetTokens: 100 }, undefined, true],
    ["gemini-2.5-flash", undefined, undefined, false],
  ])("%s: %j becomes %j", (model, wish, config, isTold) => {
    expect(configOf(model, wish)).toEqual([config, isTold]);
  });
});

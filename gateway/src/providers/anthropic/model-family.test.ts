import { describe, expect, it } from "vitest";
import { familyOf } from "./model-family.ts";

describe("the family of a model", () => {
  it.each([
    ["claude-3-haiku-20240307", "none", true, false],
    ["claude-3-5-sonnet-20241022", "none", true, false],
    ["claude-3-7-sonnet-latest", "budget", true, false],
    ["claude-sonnet-4-20250514", "budget", true, false],
    ["claude-opus-4-1-20250805", "budget", true, false],
    ["claude-haiku-4-5-20251001", "budget", true, true],
    ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "budget", true, true],
    ["claude-sonnet-4-6", "adaptive", true, true],
    ["claude-opus-4-7", "adaptive", false, true],
    ["anthropic/claude-opus-4.8", "adaptive", false, true],
    ["claude-haiku-5-5", "adaptive", false, true],
    ["claude-opus-5", "adaptive", false, true],
    ["claude-mythos-preview", "always", false, true],
    ["claude-fable-5-2", "always", false, true],
    ["kimi-k2", "budget", true, true],
  ] as const)("%s thinks by %s, samples: %s, has schemas: %s", (model, thinking, samples, hasSchemas) => {
    expect(familyOf(model)).toMatchObject({ thinking, samples, hasSchemas });
  });
});

import { describe, expect, it } from "vitest";
import { catalogueModels } from "./catalogue.ts";

const hosts = {
  openai: "developers.openai.com",
  anthropic: "platform.claude.com",
  gemini: "ai.google.dev",
} as const;

describe("the shipped catalogue", () => {
  it("names every model of a provider once", () => {
    const names = catalogueModels.map(({ provider, model }) => `${provider}/${model}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(20);
  });

  it.each(catalogueModels)("says of $provider/$model where its figures come from", (entry) => {
    expect(new URL(entry.source).hostname).toBe(hosts[entry.provider]);
    expect(entry.model).not.toMatch(/[*\s/]/);
  });

  it.each(catalogueModels.filter(({ capabilities }) => capabilities.includes("chat")))(
    "knows how long an answer of $model may be, which some providers must be told",
    ({ context_window, max_output_tokens }) => {
      expect(max_output_tokens).not.toBeNull();
      expect(context_window ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(max_output_tokens ?? 0);
    },
  );
});

import { createTier } from "@llm-tuner/contract/admin.ts";
import { describe, expect, it } from "vitest";
import { TierValues, emptyModelLimit, emptyTier, limitsOf, valuesOfTier } from "./tier-values.ts";

describe("the form of a tier", () => {
  it("takes empty fields for no limit, and gives back what it was filled with", () => {
    const values = {
      ...emptyTier,
      name: "team",
      requests_per_minute: "600",
      monthly_spend_usd: "12.5",
      daily_spend_usd: "0.5",
      model_limits: [{ ...emptyModelLimit, model: "gpt-*", tokens_per_minute: "1000" }],
    };
    const limits = limitsOf(TierValues.parse(values));
    expect(limits).toMatchObject({
      requests_per_minute: 600,
      tokens_per_minute: null,
      concurrent_requests: null,
      monthly_spend_usd: 12.5,
      daily_spend_usd: 0.5,
      model_limits: [{ model: "gpt-*", tokens_per_minute: 1000, requests_per_minute: null }],
    });
    expect(createTier.body.safeParse({ name: "team", ...limits }).success).toBe(true);
    const tier = { name: "team", ...limits, users: 3, created_at: "2026-11-21T10:00:00.000Z" };
    expect(valuesOfTier(tier)).toEqual(values);
  });

  it.each([
    ["name", "Team Large"],
    ["requests_per_minute", "0"],
    ["requests_per_minute", "1.5"],
    ["tokens_per_minute", "1000000001"],
    ["concurrent_requests", "-3"],
    ["monthly_spend_usd", "1000001"],
    ["daily_spend_usd", "-1"],
  ])("refuses %s %s", (name, value) => {
    const parsed = TierValues.safeParse({ ...emptyTier, name: "team", [name]: value });
    expect(parsed.error?.issues.map(({ path }) => path[0])).toEqual([name]);
  });

  it("says beside the models what is wrong with their limits", () => {
    const rows = [{ model: "gpt-*" }, { model: " " }, { model: "gpt-* " }, { model: "o*", tokens_per_minute: "none" }];
    const model_limits = rows.map((row) => ({ ...emptyModelLimit, ...row }));
    const parsed = TierValues.safeParse({ ...emptyTier, name: "team", model_limits });
    expect(parsed.error?.issues.map(({ path }) => path.join("."))).toEqual([
      "model_limits.1.model",
      "model_limits.3.tokens_per_minute",
      "model_limits.2.model",
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { priceRow as price } from "../testing/price-rows.ts";
import { createPriceList } from "./price-list.ts";

const wanted = { provider: "tuned", model: "x", serviceTier: null, inputTokens: 0, at: new Date("2026-11-21") };

describe("price list", () => {
  const find = createPriceList([
    price({ id: "any" }),
    price({ id: "family", model_pattern: "gpt2*" }),
    price({ id: "size", model_pattern: "gpt2-large*" }),
    price({ id: "exact", model_pattern: "gpt2" }),
    price({ id: "dotted", model_pattern: "a.b" }),
    price({ id: "elsewhere", provider: "openai", model_pattern: "gpt-4*" }),
  ]);

  it.each([
    ["tuned", "gpt2", "exact"],
    ["tuned", "gpt2-medium", "family"],
    ["tuned", "gpt2-large-x", "size"],
    ["tuned", "something\nelse", "any"],
    ["tuned", "a.b", "dotted"],
    ["tuned", "axb", "any"],
    ["openai", "gpt-4.1", "elsewhere"],
    ["openai", "o3", undefined],
    ["gemini", "gpt2", undefined],
  ])("%s %s costs what %3$s says", (provider, model, id) => {
    expect(find({ ...wanted, provider, model })?.id).toBe(id);
    // Asked again, it is remembered.
    expect(find({ ...wanted, provider, model })?.id).toBe(id);
  });

  it("takes the version that was valid at the moment, from its first instant to before its last", () => {
    const change = new Date("2026-06-01");
    const versions = createPriceList([
      price({ id: "old", valid_to: change }),
      price({ id: "new", valid_from: change }),
    ]);
    const idAt = (at: Date) => versions({ ...wanted, at })?.id;
    expect(idAt(new Date(change.getTime() - 1))).toBe("old");
    expect(idAt(change)).toBe("new");
    expect(idAt(new Date("2025-12-31"))).toBeUndefined();
  });

  it("rates the whole request by the row whose threshold its input reaches", () => {
    const steps = createPriceList([price({ id: "short" }), price({ id: "long", min_input_tokens: 200_001 })]);
    expect([0, 200_000, 200_001, 1e6].map((inputTokens) => steps({ ...wanted, inputTokens })?.id)).toEqual([
      "short",
      "short",
      "long",
      "long",
    ]);
  });

  it("has a price for a tier of service only when somebody set one; the ordinary one has several names", () => {
    const tiers = createPriceList([price({ id: "ordinary" }), price({ id: "flex", service_tier: "flex" })]);
    const idOf = (serviceTier: string | null) => tiers({ ...wanted, serviceTier })?.id;
    expect([null, "default", "standard", "auto", "flex", "FLEX", "priority"].map(idOf)).toEqual([
      "ordinary",
      "ordinary",
      "ordinary",
      "ordinary",
      "flex",
      "flex",
      undefined,
    ]);
  });

  it("puts what an administrator set before what was shipped, at every length of input", () => {
    const mixed = createPriceList([
      price({ id: "shipped", origin: "shipped", model_pattern: "gpt" }),
      price({ id: "shipped long", origin: "shipped", model_pattern: "gpt", min_input_tokens: 100 }),
      price({ id: "own", model_pattern: "gpt" }),
    ]);
    expect(mixed({ ...wanted, model: "gpt", inputTokens: 1000 })?.id).toBe("own");
  });
});

import { setPrice } from "@llm-tuner/contract/prices.ts";
import { describe, expect, it } from "vitest";
import { PriceValues, noPrice, requestOfPrice, valuesOfPrice } from "./price-values.ts";

const filled = (rates: Partial<PriceValues["rates"]>): PriceValues => ({
  ...noPrice,
  provider: "openai",
  model_pattern: "gpt-5*",
  rates: { ...noPrice.rates, ...rates },
});

describe("the form of a price", () => {
  it("sends exact rates and leaves out what is empty, so that the platform's defaults hold", () => {
    const request = requestOfPrice(
      PriceValues.parse(filled({ input_uncached: "1.25", output_text: "10", images: "0.04" })),
    );
    expect(request).toEqual({
      provider: "openai",
      model_pattern: "gpt-5*",
      service_tier: null,
      min_input_tokens: 0,
      rates: { input_uncached: "1250", output_text: "10000", images: "40000000" },
    });
    expect(setPrice.body.parse(request)).toMatchObject({ source: "an administrator" });
  });

  it("holds a price as it is, and gives it back to the digit", () => {
    const price = {
      provider: "openai",
      model_pattern: "gpt-5",
      service_tier: "priority",
      min_input_tokens: 200_000,
      rates: { input_uncached: "2500", input_cache_read: "37.5", output_text: "0.000001", video_seconds: "1" },
    };
    const values = valuesOfPrice(price);
    expect(values.rates).toMatchObject({ input_uncached: "2.5", input_cache_read: "0.0375", output_reasoning: "" });
    expect(requestOfPrice(PriceValues.parse(values))).toEqual(price);
  });

  it("takes a time of the page for the moment from which the price holds", () => {
    const values = {
      ...filled({ input_uncached: "1" }),
      valid_from: "2026-11-01T08:30",
      source: " the contract of May ",
    };
    expect(requestOfPrice(PriceValues.parse(values))).toMatchObject({
      valid_from: new Date("2026-11-01T08:30").toISOString(),
      source: "the contract of May",
    });
    // Seconds are cut off, so that the price holds for the very request that it is set for.
    const first = valuesOfPrice({ provider: "o", model_pattern: "m", valid_from: "2026-11-01T08:30:59.999Z" });
    expect(requestOfPrice(first).valid_from).toBe("2026-11-01T08:30:00.000Z");
  });

  it.each(["default", "Standard", " auto ", "on_demand", ""])(
    "sets the ordinary price where a provider calls its tier %j, for no other would be found",
    (service_tier) => {
      const wish = { provider: "openai", model_pattern: "gpt-5", service_tier, rates: { input_uncached: "1" } };
      expect(valuesOfPrice(wish).service_tier).toBe("");
      expect(requestOfPrice({ ...filled({ input_uncached: "1" }), service_tier })).toMatchObject({
        service_tier: null,
      });
    },
  );

  it("finds a tier as the platform looks for it, in lower case", () => {
    expect(requestOfPrice({ ...filled({ input_uncached: "1" }), service_tier: "Flex" }).service_tier).toBe("flex");
  });

  it("takes 0 for free", () => {
    expect(requestOfPrice(PriceValues.parse(filled({ input_uncached: "0" }))).rates).toEqual({ input_uncached: "0" });
  });

  it.each([
    [filled({}), "rates.input_uncached"],
    [filled({ output_text: "1,25" }), "rates.output_text"],
    [filled({ output_text: "-1" }), "rates.output_text"],
    [filled({ output_text: "0.0000000001" }), "rates.output_text"],
    [filled({ images: "1000" }), "rates.images"],
    [{ ...filled({ output_text: "1" }), provider: " " }, "provider"],
    [{ ...filled({ output_text: "1" }), model_pattern: "" }, "model_pattern"],
    [{ ...filled({ output_text: "1" }), min_input_tokens: "1.5" }, "min_input_tokens"],
  ])("refuses %j beside the field", (values, field) => {
    expect(PriceValues.safeParse(values).error?.issues.map(({ path }) => path.join("."))).toEqual([field]);
  });
});

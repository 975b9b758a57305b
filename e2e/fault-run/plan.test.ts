import { noUsage } from "@llm-tuner/gateway/meter/usage.ts";
import { describe, expect, it } from "vitest";
import { countTokens } from "../fakes/tokens.ts";
import { plannedCall } from "./calls.ts";
import { diceOf, evenText, killPlaces } from "./plan.ts";
import { costOf, countsOf, type Version, versionFor } from "./prices.ts";

describe("the plan of a run", () => {
  it("is the same for the same seed, and another for another", () => {
    const first = Array.from({ length: 50 }, (_, number) => plannedCall(3, number));
    expect(Array.from({ length: 50 }, (_, number) => plannedCall(3, number))).toEqual(first);
    expect(Array.from({ length: 50 }, (_, number) => plannedCall(4, number))).not.toEqual(first);
  });

  it("kills so often as it was asked, in order, and leaves calls for after the last time", () => {
    const places = killPlaces(1, 5000, 10);
    expect(places).toHaveLength(10);
    expect(places.toSorted((first, second) => first - second)).toEqual(places);
    expect(places.at(-1)).toBeLessThan(5000);
  });

  it("writes texts that have four characters a token", () => {
    const text = evenText(diceOf("even"), 20);
    expect([countTokens(text), Math.ceil(text.length / 4)]).toEqual([20, 20]);
  });
});

describe("what a bill must say", () => {
  const rates = { input_uncached: "1.5", input_cache_write_5m: "2.25", output_text: "0.000001" };

  it("is exact, rounded once, half a nano-USD upwards", () => {
    expect(costOf(rates, countsOf({ ...noUsage, inputUncached: 1 }))).toBe(2n);
    expect(costOf(rates, countsOf({ ...noUsage, inputUncached: 3, inputCacheWrite5m: 3 }))).toBe(11n);
    expect(costOf(rates, countsOf({ ...noUsage, outputText: 499_999 }))).toBe(0n);
    expect(costOf(rates, countsOf({ ...noUsage, outputText: 500_000 }))).toBe(1n);
  });

  it("takes another bucket's rate where the documentation names one, and none elsewhere", () => {
    expect(costOf(rates, countsOf({ ...noUsage, inputCacheRead: 2 }))).toBe(3n);
    expect(costOf(rates, countsOf({ ...noUsage, inputCacheWrite1h: 4 }))).toBe(9n);
    expect(costOf(rates, countsOf({ ...noUsage, outputReasoning: 2_000_000 }))).toBe(2n);
    expect(costOf(rates, countsOf({ ...noUsage, outputAudio: 1 }))).toBeUndefined();
  });

  it("has the version of the moment, and of the highest threshold that is reached", () => {
    const version = (id: string, minInputTokens: number, fromMs: number, toMs: number): Version => {
      const of = { provider: "openai", model: "m", rates };
      return { id, ...of, minInputTokens, fromMs, toMs };
    };
    const versions = [version("old", 0, 0, 10), version("new", 0, 10, 99), version("long", 5, 0, 99)];
    const found = (inputTokens: number, atMs: number) =>
      versionFor(versions, { provider: "openai", model: "m", inputTokens, atMs })?.id;
    expect([found(4, 9), found(4, 10), found(5, 10), found(4, 99)]).toEqual(["old", "new", "long", undefined]);
  });
});

import { describe, expect, it } from "vitest";
import { noUsage } from "../../meter/usage.ts";
import { laterReport, readUsage } from "./usage.ts";

describe("readUsage", () => {
  it.each([
    [
      { input_tokens: 3, output_tokens: 4 },
      { ...noUsage, inputUncached: 3, outputText: 4 },
    ],
    [{ input_tokens: 0, output_tokens: 0 }, noUsage],
    [
      { input_tokens: 3, output_tokens: 9, output_tokens_details: { thinking_tokens: 5 } },
      { ...noUsage, inputUncached: 3, outputText: 4, outputReasoning: 5 },
    ],
    [
      { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 7, cache_creation_input_tokens: 8 },
      { ...noUsage, inputUncached: 1, outputText: 2, inputCacheRead: 7, inputCacheWrite5m: 8 },
    ],
    [
      {
        input_tokens: 1,
        output_tokens: 2,
        cache_creation_input_tokens: 8,
        cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 5 },
      },
      { ...noUsage, inputUncached: 1, outputText: 2, inputCacheWrite5m: 3, inputCacheWrite1h: 5 },
    ],
    [
      { input_tokens: 1, output_tokens: 2, cache_creation_input_tokens: null, cache_creation: null },
      { ...noUsage, inputUncached: 1, outputText: 2 },
    ],
    [{ output_tokens: 2 }, { ...noUsage, outputText: 2 }],
    [{ input_tokens: "3", output_tokens: -1 }, undefined],
    [{}, undefined],
    [null, undefined],
    [[], undefined],
  ])("reads %j", (usage, expected) => {
    expect(readUsage(usage)).toEqual(expected);
  });

  it("never counts more thoughts than there is output", () => {
    expect(readUsage({ input_tokens: 1, output_tokens: 2, output_tokens_details: { thinking_tokens: 9 } })).toEqual({
      ...noUsage,
      inputUncached: 1,
      outputReasoning: 2,
    });
  });

  it("counts every pass that was made for an answer, also where the totals leave some out", () => {
    const pass = { input_tokens: 100, output_tokens: 10, cache_read_input_tokens: 1, cache_creation_input_tokens: 0 };
    const usage = {
      input_tokens: 100,
      output_tokens: 10,
      cache_read_input_tokens: 1,
      output_tokens_details: { thinking_tokens: 4 },
      iterations: [
        { type: "compaction", ...pass, input_tokens: 5_000, output_tokens: 300 },
        { type: "message", ...pass },
      ],
    };
    expect(readUsage(usage)).toEqual({
      ...noUsage,
      inputUncached: 5_100,
      inputCacheRead: 2,
      outputText: 306,
      outputReasoning: 4,
    });
    expect(readUsage({ ...usage, input_tokens: 6_000, iterations: [] })).toMatchObject({ inputUncached: 6_000 });
  });
});

describe("laterReport", () => {
  it("takes what a later report says, and keeps what it leaves out", () => {
    const start = { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1, service_tier: "standard" };
    expect(laterReport(start, { output_tokens: 30, input_tokens: null })).toEqual({ ...start, output_tokens: 30 });
    expect(laterReport(start, { output_tokens: 30, input_tokens: 8 })).toMatchObject({ input_tokens: 8 });
    expect(laterReport(start, null)).toEqual(start);
  });

  it("edge case 09: adds nothing up, however often it is told", () => {
    const report = { input_tokens: 10, output_tokens: 30 };
    expect(readUsage(laterReport(laterReport(report, report), report))).toMatchObject({
      inputUncached: 10,
      outputText: 30,
    });
  });

  it("forgets the lifetimes of a cache whose size was corrected", () => {
    const start = { input_tokens: 1, cache_creation_input_tokens: 9, cache_creation: { ephemeral_1h_input_tokens: 9 } };
    const later = laterReport(start, { output_tokens: 1, cache_creation_input_tokens: 2 });
    expect(readUsage(later)).toMatchObject({ inputCacheWrite5m: 2, inputCacheWrite1h: 0 });
  });
});

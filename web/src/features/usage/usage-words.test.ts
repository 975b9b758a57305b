import { usageBucketNames } from "@llm-tuner/contract/prices.ts";
import type { UsageCounts } from "@llm-tuner/contract/usage.ts";
import { describe, expect, it } from "vitest";
import { latencyParts, usedWithoutPrice } from "./bill-lines.ts";
import { nanoUsdOf, usdOf } from "./usd-field.ts";
import { costText, exactDollars, rateText, requestCost, shareText, signedMoney } from "./usage-words.ts";

describe("money of bills", () => {
  it.each([
    [costText({ cost_nano_usd: 4_200_000, unpriced: 0, requests: 3 }), "$0.0042"],
    [costText({ cost_nano_usd: 4_200_000, unpriced: 2, requests: 3 }), "$0.0042 + 2 without a price"],
    [costText({ cost_nano_usd: 0, unpriced: 3, requests: 3 }), "No price"],
    [requestCost(null), "No price"],
    [requestCost(0), "$0.0000"],
    [exactDollars("0"), "$0.0000"],
    [exactDollars("1"), "$0.000000001"],
    [exactDollars("2250.5"), "$0.0000022505"],
    [exactDollars("12345678901.25"), "$12.34567890125"],
    [exactDollars("5000000000"), "$5.0000"],
    [signedMoney(-4_200_000), "−$0.0042"],
    [signedMoney(0), "+$0.0000"],
    [rateText("150", "input_uncached"), "$0.15 / 1M"],
    [rateText("40000000", "images"), "$0.04 each"],
    [rateText("100000000", "video_seconds"), "$0.10 a second"],
    [shareText(0.1234), "12.3 %"],
    [shareText(0.00001), "< 0.1 %"],
    [shareText(0), "0.0 %"],
  ])("%s is %s", (shown, wanted) => {
    expect(shown).toBe(wanted);
  });

  it.each([
    ["0.0042", 4_200_000],
    ["$1,5", 1_500_000_000],
    ["0", 0],
    ["0.000000001", 1],
    ["1e3", undefined],
    ["-1", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%j in a field is %j", (text, nanoUsd) => {
    expect(nanoUsdOf(text)).toBe(nanoUsd);
  });

  it("comes back into the field as it was typed", () => {
    for (const text of ["0.0042", "1.5", "0", "20"]) expect(usdOf(nanoUsdOf(text))).toBe(text);
    expect(usdOf(undefined)).toBeUndefined();
  });
});

describe("a bill", () => {
  it("says what was used where no price made lines of it", () => {
    // Every bucket is set.
    const none = Object.fromEntries(usageBucketNames.map((name) => [name, 0])) as UsageCounts;
    expect(usedWithoutPrice({ ...none, input_uncached: 7, images: 1 })).toEqual([
      { bucket: "input_uncached", quantity: 7 },
      { bucket: "images", quantity: 1 },
    ]);
  });

  it("splits the time at the first piece, if there was one", () => {
    const words = (first_byte_ms: number | null) =>
      latencyParts({ latency_ms: 900, first_byte_ms }).map(({ ms }) => ms);
    expect([words(300), words(null), words(901)]).toEqual([[300, 600], [900], [901, 0]]);
  });
});

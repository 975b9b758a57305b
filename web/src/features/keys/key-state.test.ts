import { describe, expect, it } from "vitest";
import { budgetShare, budgetText, keyState } from "./key-state.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const before = "2026-11-20T12:00:00.000Z";
const after = "2026-11-22T12:00:00.000Z";
const successor = "key_4YtAbCdEfGhIjKlMnOpQrS";
const valid = { revoked_at: null, expires_at: null, replaced_by: null };

describe("the state of a key", () => {
  it.each([
    [valid, "Valid", true],
    [{ ...valid, expires_at: after }, "Valid", true],
    [{ ...valid, expires_at: before }, "Expired", false],
    [{ ...valid, revoked_at: before, expires_at: after }, "Revoked", false],
    [{ ...valid, replaced_by: successor, expires_at: after }, "Replaced", true],
    [{ ...valid, replaced_by: successor, expires_at: before }, "Replaced", false],
    [{ ...valid, replaced_by: successor, revoked_at: before }, "Replaced", false],
  ])("%j is %s", (key, word, isUsable) => {
    expect(keyState(key, now)).toMatchObject({ word, isUsable });
  });
});

describe("what a key has spent", () => {
  it.each([
    [{ budget: null, spent_usd: 0.42 }, "$0.42 spent", undefined],
    [{ budget: { limit_usd: 10, period: "month" }, spent_usd: 2.5 }, "$2.50 of $10.00 this month", 0.25],
    [
      { budget: { limit_usd: 1, period: "total" }, spent_usd: 0.000_000_02 },
      "$0.00000002 of $1.00 in all",
      0.000_000_02,
    ],
    [{ budget: { limit_usd: 4, period: "day" }, spent_usd: 1 }, "$1.00 of $4.00 today", 0.25],
    [{ budget: { limit_usd: 1000, period: "month" }, spent_usd: 1200 }, "$1,200.00 of $1,000.00 this month", 1],
    [{ budget: { limit_usd: 0, period: "month" }, spent_usd: 0 }, "$0.00 of $0.00 this month", 1],
  ] as const)("%j is %s", (key, text, share) => {
    expect(budgetText(key)).toBe(text);
    expect(budgetShare(key)).toBe(share);
  });
});

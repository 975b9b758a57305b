import { describe, expect, it } from "vitest";
import type { Bound } from "./bounds.ts";
import { type BoundedHold, countersOf, decideHolds } from "./decide-holds.ts";

const bound = (changed: Partial<Bound> = {}): Bound => ({
  subject: "key:a",
  period: "total",
  limitNanoUsd: 100,
  maxRequests: null,
  of: "this API key",
  model: null,
  isOfCredential: true,
  ...changed,
});
let requests = 0;
const hold = (amount: number, bounds: readonly Bound[] = [bound()], at = "2026-11-30T23:59:59Z"): BoundedHold => ({
  record: {
    request_id: `req_${(requests += 1)}`,
    user_id: "user_1",
    api_key_id: null,
    hold_nano_usd: amount,
    price_id: "price_1",
    created_at: new Date(at),
    counted: [...new Set(bounds.map(({ subject }) => subject))],
    operation: "chat/completions",
    stream: false,
    process_id: "proc_1",
    model: "my-model",
    price_model: "my-model",
    provider: "tuned",
  },
  bounds,
});
const counter = (
  changed: Partial<{ subject: string; period: string; held: number; spent: number; requests: number }> = {},
) => ({
  subject: changed.subject ?? "key:a",
  period: changed.period ?? "total",
  held_nano_usd: changed.held ?? 0,
  spent_nano_usd: changed.spent ?? 0,
  requests: changed.requests ?? 0,
});
const month = (changed: Parameters<typeof counter>[0] = {}) => counter({ period: "2026-11", ...changed });
const day = (changed: Parameters<typeof counter>[0] = {}) => counter({ period: "2026-11-30", ...changed });
const kindsOf = (...args: Parameters<typeof decideHolds>) =>
  decideHolds(...args).map((refusal) => refusal?.kind ?? "granted");

describe("holds of one group", () => {
  it("fit to the last nano-USD beside what is held and spent, one after the other", () => {
    const counters = [counter({ held: 30, spent: 20 }), month(), day()];
    expect(kindsOf([hold(50)], counters)).toEqual(["granted"]);
    expect(kindsOf([hold(51)], counters)).toEqual(["spend"]);
    expect(kindsOf([hold(40), hold(20), hold(10), hold(1)], counters)).toEqual([
      "granted",
      "spend",
      "granted",
      "spend",
    ]);
  });

  it("are refused by the first bound that does not cover them, and take nothing from the others", () => {
    const wide = bound({ subject: "key:b", limitNanoUsd: 1000 });
    const counters = ["key:a", "key:b"].flatMap((subject) => [
      counter({ subject }),
      month({ subject }),
      day({ subject }),
    ]);
    const [refusal] = decideHolds([hold(101, [wide, bound()])], counters);
    expect(refusal).toEqual({ bound: bound(), kind: "spend", heldNanoUsd: 0, spentNanoUsd: 0 });
    const tight = bound({ subject: "key:b", limitNanoUsd: 100 });
    expect(kindsOf([hold(101, [wide, bound()]), hold(100, [tight])], counters)).toEqual(["spend", "granted"]);
  });

  it("count requests, also those that cost nothing; what costs nothing passes an empty budget", () => {
    const limited = bound({ limitNanoUsd: null, maxRequests: 2 });
    const counters = [counter({ requests: 1 }), month(), day()];
    expect(kindsOf([hold(0, [limited]), hold(0, [limited])], counters)).toEqual(["granted", "requests"]);
    expect(kindsOf([hold(0, [bound({ limitNanoUsd: 0 })])], counters)).toEqual(["granted"]);
    expect(kindsOf([hold(0), hold(1)], [counter({ spent: 150 }), month(), day()])).toEqual(["granted", "spend"]);
  });

  it("of a month or a day look at the one in which they begin, by UTC", () => {
    const next = "2026-12-01T00:00:00Z";
    const [monthly, daily] = [[bound({ period: "month" })], [bound({ period: "day" })]];
    const counters = [
      counter({ spent: 500 }),
      month({ spent: 90 }),
      day({ spent: 88 }),
      counter({ period: "2026-12", spent: 89 }),
      counter({ period: "2026-12-01", spent: 70 }),
    ];
    expect(kindsOf([hold(11, monthly), hold(11, monthly, next)], counters)).toEqual(["spend", "granted"]);
    expect(kindsOf([hold(13, daily), hold(12, daily), hold(30, daily, next)], counters)).toEqual([
      "spend",
      "granted",
      "granted",
    ]);
  });
});

it("names every counter once, with its person", () => {
  const holds = [hold(1), hold(2), hold(3, [bound(), bound({ period: "month" })], "2026-12-01T00:00:00Z")];
  expect(countersOf(holds)).toEqual([
    { subject: "key:a", period: "total", user_id: "user_1" },
    { subject: "key:a", period: "2026-11", user_id: "user_1" },
    { subject: "key:a", period: "2026-11-30", user_id: "user_1" },
    { subject: "key:a", period: "2026-12", user_id: "user_1" },
    { subject: "key:a", period: "2026-12-01", user_id: "user_1" },
  ]);
});

it("does not decide by a counter that was not read", () => {
  expect(() => decideHolds([hold(1)], [])).toThrow("was not read");
});

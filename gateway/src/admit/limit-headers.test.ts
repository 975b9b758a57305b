import { describe, expect, it } from "vitest";
import { anthropicLimitHeaders, limitHeaders } from "./limit-headers.ts";
import type { LimitState, RateDemand } from "./limiter.ts";

const rate = (changed: Partial<RateDemand> & { remaining?: number; resetMs?: number } = {}): LimitState => ({
  kind: "tokens",
  subject: "user:user_1",
  model: null,
  limit: 100,
  amount: 1,
  remaining: 40,
  resetMs: 36_000,
  waitMs: 0,
  ...changed,
});
const places: LimitState = {
  kind: "concurrent",
  subject: "key:key_1",
  model: null,
  limit: 5,
  amount: 1,
  remaining: 4,
  resetMs: null,
  waitMs: 0,
};

describe("headers of limits", () => {
  it("tell all limits as the IETF does, and the tightest of a kind as OpenAI does", () => {
    expect(
      limitHeaders([rate(), rate({ subject: "key:key_1", limit: 10, remaining: -3, resetMs: 78_000 }), places]),
    ).toEqual({
      "ratelimit-policy":
        '"user-tokens";q=100;qu="tokens";w=60, "key-tokens";q=10;qu="tokens";w=60, ' +
        '"key-concurrent";q=5;qu="concurrent-requests"',
      ratelimit: '"user-tokens";r=40;t=36, "key-tokens";r=0;t=78, "key-concurrent";r=4',
      "x-ratelimit-limit-tokens": "10",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "1m18s",
    });
  });

  it.each([
    [0, "0ms"],
    [20, "20ms"],
    [7500, "7.5s"],
    [59_999, "59.999s"],
    [60_000, "1m0s"],
    [119_600, "2m0s"],
  ])("write %i ms as %s", (resetMs, text) => {
    expect(limitHeaders([rate({ resetMs })])["x-ratelimit-reset-tokens"]).toBe(text);
  });

  it("name the models of a limit in letters that a header may hold", () => {
    const { ratelimit } = limitHeaders([rate({ model: "gpt-*" }), rate({ model: 'ü"\\\r\n😀\uD800*' })]);
    expect(ratelimit).toBe(
      '"user-tokens gpt-*";r=40;t=36, "user-tokens %C3%BC%22%5C%0D%0A%F0%9F%98%80%EF%BF%BD*";r=40;t=36',
    );
  });

  it("are none without limits, say nothing of money, and stay short", () => {
    const money: LimitState = { ...places, kind: "money", period: "day" };
    expect(limitHeaders([])).toEqual({});
    expect(limitHeaders([money])).toEqual({});
    const { ratelimit } = limitHeaders(Array.from({ length: 300 }, (_, index) => rate({ model: `model-${index}` })));
    expect(ratelimit?.split(", ")).toHaveLength(16);
  });

  it("tell Anthropic's callers when the tightest limit is full again", () => {
    const at = new Date("2026-11-21T23:59:30Z");
    expect(anthropicLimitHeaders([rate(), rate({ remaining: 2, kind: "requests" }), places], at)).toEqual({
      "anthropic-ratelimit-requests-limit": "100",
      "anthropic-ratelimit-requests-remaining": "2",
      "anthropic-ratelimit-requests-reset": "2026-11-22T00:00:06.000Z",
      "anthropic-ratelimit-tokens-limit": "100",
      "anthropic-ratelimit-tokens-remaining": "40",
      "anthropic-ratelimit-tokens-reset": "2026-11-22T00:00:06.000Z",
    });
  });
});

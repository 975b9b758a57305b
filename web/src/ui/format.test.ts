import { describe, expect, it } from "vitest";
import { ago, bytes, count, dollars, duration, milliseconds, money, perMillion } from "./format.ts";

describe("figures in words", () => {
  it.each([
    [money(4_200_000), "$0.0042"],
    [money(20), "$0.00000002"],
    [money(0), "$0.0000"],
    [money(12_345_678_901), "$12.345678901"],
    [dollars(10), "$10.00"],
    [dollars(0), "$0.00"],
    [dollars(1234.5), "$1,234.50"],
    [dollars(0.1234), "$0.1234"],
    [dollars(0.0042), "$0.0042"],
    [dollars(0.000_000_02), "$0.00000002"],
    [bytes(0), "0 B"],
    [bytes(999), "999 B"],
    [bytes(3_400_000), "3.4 MB"],
    [count(12_480), "12,480"],
    [perMillion(1.25), "$1.25 / 1M"],
    [perMillion(0.075), "$0.075 / 1M"],
    [milliseconds(839.6), "840 ms"],
    [milliseconds(12_340), "12.3 s"],
    [milliseconds(245_000), "4 min 05 s"],
    [duration(4.4), "4 s"],
    [duration(245), "4 min 05 s"],
    [duration(3720), "1 h 02 min"],
    [ago("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:03:00Z")), "3 minutes ago"],
    [ago("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:00:05Z")), "just now"],
  ])("%s is %s", (shown, wanted) => {
    expect(shown).toBe(wanted);
  });
});

import { describe, expect, it } from "vitest";
import { orderText, shareText, sharesOf } from "./route-order.ts";

const target = (model: string, weight = 1) => ({ model, weight });

describe("the order of a route", () => {
  it.each([
    [[[target("a")]], "a"],
    [[[target("a", 80), target("b", 20)], [target("c", 7)]], "first 80 % a, 20 % b; then c"],
    [[[target("a")], [target("b")], [target("c"), target("d", 3)]], "first a; then b; then 25 % c, 75 % d"],
  ])("%j reads: %s", (steps, text) => {
    expect(orderText(steps)).toBe(text);
  });

  it("is by weight within a step", () => {
    expect(sharesOf([target("a", 3), target("b", 1)]).map(({ share }) => share)).toEqual([0.75, 0.25]);
  });

  it.each([
    [1, "100 %"],
    [1 / 3, "33.3 %"],
    [1 / 1000, "0.1 %"],
    [1 / 10_000, "< 0.1 %"],
  ])("says of a share of %d: %s", (share, text) => {
    expect(shareText(share)).toBe(text);
  });
});

import { describe, expect, it } from "vitest";
import { commonModels, isModelAllowed, isWithin } from "./model-patterns.ts";

describe("patterns of models", () => {
  it.each([
    [null, "anything", true],
    [["*"], "anything", true],
    [[], "anything", false],
    [["ft:*"], "ft:one", true],
    [["ft:*"], "ft:", true],
    [["ft:*"], "FT:one", false],
    [["ft:*"], "my-ft:one", false],
    [["one", "two"], "two", true],
    [["one"], "one-more", false],
    [["one"], "on", false],
    [["a*c"], "abc", false],
    [["a*c"], "a*c", true],
    [["a.c"], "abc", false],
  ])("%j allows %s: %s", (patterns, model, allowed) => {
    expect(isModelAllowed(patterns, model)).toBe(allowed);
  });

  it.each([
    [["ft:one", "ft:two*"], ["ft:*"], true],
    [["ft:*"], ["ft:one"], false],
    [["ft*"], ["ft:*"], false],
    [["*"], ["ft:*"], false],
    [["one"], null, true],
    [["one", "two"], ["one"], false],
    [["one"], [], false],
  ])("%j lies within %j: %s", (inner, outer, within) => {
    expect(isWithin(inner, outer)).toBe(within);
  });

  it.each([
    [null, null, null],
    [null, ["a"], ["a"]],
    [["a"], null, ["a"]],
    [
      ["a*", "b"],
      ["ab*", "b", "c"],
      ["b", "ab*"],
    ],
    [["a"], ["b"], []],
    [["*"], ["a", "b*"], ["a", "b*"]],
    [["a*"], ["a*"], ["a*"]],
  ])("%j and %j have in common %j", (first, second, common) => {
    expect(commonModels(first, second)).toEqual(common);
  });

  it("in common take in what both take in, for every name", () => {
    const lists = [["*"], ["a"], ["a*"], ["ab*", "b"], ["abc", "b*"], []];
    const names = ["", "a", "ab", "abc", "abcd", "b", "ba", "c"];
    for (const first of lists) {
      for (const second of lists) {
        for (const name of names) {
          const both = isModelAllowed(first, name) && isModelAllowed(second, name);
          expect(isModelAllowed(commonModels(first, second), name), JSON.stringify([name, first, second])).toBe(both);
        }
      }
    }
  });
});

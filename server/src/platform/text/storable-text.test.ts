import { describe, expect, it } from "vitest";
import { storableJson, storableText, unstorableIn } from "./storable-text.ts";

describe("a text that the database keeps", () => {
  it.each([
    ["NUL", "a\0b", "a NUL character (U+0000)", "a\uFFFDb"],
    ["the first half of a pair", "a\ud83d", "half of a surrogate pair", "a\uFFFD"],
    ["the second half of a pair", "\ude00b", "half of a surrogate pair", "\uFFFDb"],
  ])("holds no %s", (_what, text, found, kept) => {
    expect(unstorableIn(text)).toBe(found);
    expect(unstorableIn(storableText(text))).toBeUndefined();
    expect(storableText(text)).toBe(kept);
  });

  it.each(["", "plain", "\u0001\t\r\n", "😀", "\uFFFF", "\\u0000"])("may be %j", (text) => {
    expect(unstorableIn(text)).toBeUndefined();
    expect(storableText(text)).toBe(text);
    expect(JSON.parse(storableJson({ [text]: [text] }))).toEqual({ [text]: [text] });
  });
});

describe("JSON that the database keeps", () => {
  it("has every text and name in it so, at any depth, and all else as it was", () => {
    const value = { "a\0": [{ b: "\ud800", c: 1, d: null, e: true }, "\\u0000 😀"], at: new Date(0) };
    expect(JSON.parse(storableJson(value))).toEqual({
      "a\uFFFD": [{ b: "\uFFFD", c: 1, d: null, e: true }, "\\u0000 😀"],
      at: "1970-01-01T00:00:00.000Z",
    });
  });
});

import { describe, expect, it } from "vitest";
import { isGarbled, isReadable, measureText, sumQuality } from "./text-quality.ts";

describe("the quality of a text", () => {
  it.each([
    ["Five words, 12.5 % of all", 5],
    ["  — … !", 0],
    ["naïve café, Ünïcode", 3],
    ["吾輩は猫である。", 7],
    ["ภาษา", 4],
    ["안녕하세요 세계", 2],
    ["word漢字word 〇", 5],
    ["ไทยabc abcไทย", 5],
    ["𠮷野家 𝒳yz", 4],
  ])("counts the words of %j", (text, words) => {
    expect(measureText(text).words).toBe(words);
  });

  it("knows what is left of glyphs without a meaning", () => {
    expect(measureText("a\uFFFD\uE000\u0001\u{F0000} \n")).toEqual({ words: 1, characters: 5, garbled: 4 });
    expect(measureText("a\uD840 \uDC00")).toEqual({ words: 1, characters: 3, garbled: 2 });
    expect(isGarbled(measureText("\uE001\uE002\uE003 abc def"))).toBe(true);
    expect(isGarbled(measureText("\uE001 bullet point of a list"))).toBe(false);
  });

  it("takes a page with hardly a word for a scan", () => {
    const full = measureText("one two three four five six seven eight nine ten");
    expect(isReadable(full, 1)).toBe(true);
    expect(isReadable(full, 3)).toBe(false);
    expect(isReadable(measureText("page 1"), 1)).toBe(false);
    expect(isReadable(sumQuality([full, measureText("\uE000".repeat(60))]), 1)).toBe(false);
  });
});

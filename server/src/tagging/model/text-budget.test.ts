import { describe, expect, it } from "vitest";
import { excerptOf } from "./excerpt.ts";
import { readAnswer } from "./read-answer.ts";
import { cutToTokens, estimateTokens } from "./token-estimate.ts";

const scripts = {
  English: "The quick brown fox jumps over the lazy dog. ",
  German: "Über größere Flüsse führen schöne Brücken. ",
  Russian: "Съешь ещё этих мягких французских булок. ",
  Chinese: "我们今天讨论合同的条款和付款的条件。",
  pictures: "🙂👩‍👩‍👧‍👦🏳️‍🌈",
};

describe("an excerpt", () => {
  it.each(Object.entries(scripts))(
    "of %s is never longer than its budget, and whole where that is enough",
    (_name, text) => {
      for (const repeated of [0, 1, 30, 5_000]) {
        const long = text.repeat(repeated);
        for (const tokens of [1, 16, 64, 399, 400, 3_000]) {
          const excerpt = excerptOf(long, tokens);
          expect(estimateTokens(excerpt)).toBeLessThanOrEqual(tokens);
          expect(excerpt.isWellFormed()).toBe(true);
        }
        expect(excerptOf(long, estimateTokens(long))).toBe(long);
      }
    },
  );

  it("of a long text begins as the text does and shows something of its end", () => {
    const text = Array.from({ length: 10_000 }, (_, index) => `w${index}`).join(" ");
    const excerpt = excerptOf(text, 1_000);
    expect(excerpt.startsWith("w0 w1 w2 ")).toBe(true);
    expect(excerpt).toMatch(/ w5\d{3} /);
    expect(excerpt.endsWith(" w9999")).toBe(true);
    expect(estimateTokens(excerpt)).toBeGreaterThan(850);
  });

  it("ends within no character", () => {
    expect(cutToTokens("a🙂b", 1)).toBe("a");
    expect(cutToTokens("aaaa🙂", 2)).toBe("aaaa🙂");
  });
});

describe("an answer", () => {
  it.each([
    ['{"tags":["a","b"]}', ["a", "b"]],
    ['{"existing":["a"],"proposed":["b"]}', ["a", "b"]],
    ['{"proposed":["b"]}', ["b"]],
    ['["a"]', ["a"]],
    ['```json\n{"tags":["a"]}\n```', ["a"]],
    ['Sure! {"tags":["a}]\\""]} Anything else?', ['a}]"']],
    ['{"tags":["a"]}\n\nUser: next', ["a"]],
    ['{"tags":[]}', []],
    ['{"tags":["a"],"more":1}', ["a"]],
  ])("%s is read", (text, names) => expect(readAnswer(text)).toEqual(names));

  it.each([
    "",
    "a, b",
    '{"tags":"a"}',
    '{"tags":[1]}',
    '{"tags":["a"',
    "{}",
    "null",
    '{"tags":[["a"]]}',
    "[".repeat(60_000),
  ])("%.40s is none", (text) => expect(readAnswer(text)).toBeUndefined());
});

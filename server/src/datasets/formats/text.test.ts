import { describe, expect, it } from "vitest";
import { readFile } from "../testing/read-file.ts";
import { describeFormat } from "./format.suite.ts";
import { maxParagraphCharacters } from "./text.ts";

describeFormat({
  type: ".txt",
  write: (texts) => `${texts.join("\n\n")}\n`,
  endless: [
    { beginning: "one\n\ntwo\n", line: 4 },
    { beginning: "", line: 1 },
  ],
});

const paragraphs = async (content: string) =>
  (await readFile(".txt", content)).table.map(({ line, values }) => ({ line, text: values[0] ?? "" }));

describe("plain text", () => {
  it("is cut at blank lines", async () => {
    expect(await paragraphs("\n\n first\n  line two\n \t \nsecond\n\n\n\nthird")).toEqual([
      { line: 3, text: "first\n  line two" },
      { line: 6, text: "second" },
      { line: 10, text: "third" },
    ]);
  });

  it("cuts long paragraphs after lines, and knows where each part begins", async () => {
    const long = Array.from({ length: 100 }, (_, index) => `Line ${index} ${"x".repeat(90)}`).join("\n");
    const parts = await paragraphs(`short\n\n${long}\n`);
    expect(parts.every(({ text }) => text.length <= maxParagraphCharacters)).toBe(true);
    expect(
      parts
        .slice(1)
        .map(({ text }) => text)
        .join("\n"),
    ).toBe(long);
    for (const { line, text } of parts.slice(1)) expect(text.startsWith(`Line ${line - 3} `)).toBe(true);
  });

  it.each([
    ["sentences", "This is a sentence of some words. ", "."],
    ["words", "word ", "d"],
  ])("cuts a long line between %s", async (_what, unit, lastCharacter) => {
    const long = unit.repeat(600).trim();
    const parts = await paragraphs(long);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.every(({ text }) => text.length <= maxParagraphCharacters && text.endsWith(lastCharacter))).toBe(true);
    expect(parts.map(({ text }) => text).join(" ")).toBe(long);
  });

  it("cuts what has no bounds without halving a character", async () => {
    const parts = await paragraphs(`a${"🙂".repeat(3000)}`);
    expect(parts.every(({ text }) => text.isWellFormed())).toBe(true);
    expect(parts.map(({ text }) => text).join("")).toBe(`a${"🙂".repeat(3000)}`);
  });
});

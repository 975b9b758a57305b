import { describe, expect, it } from "vitest";
import { betterTitle, titleOf } from "./document-title.ts";

describe("the title of a document", () => {
  it.each([
    ["letter.pdf", "letter"],
    ["a.b.PDF", "a.b"],
    [".pdf", ".pdf"],
    ["no extension", "no extension"],
  ])("is that of its file: %s", (fileName, title) => {
    expect(titleOf(fileName)).toBe(title);
  });

  it.each([
    ["On  the\nShips of Bremen", "On the Ships of Bremen"],
    ["Microsoft Word - letter.doc", "letter"],
    ["untitled", "letter"],
    ["report.indd", "letter"],
    ["1234", "letter"],
    ["", "letter"],
    [null, "letter"],
  ])("is what the file says of itself where that is a title: %s", (ofFile, title) => {
    expect(betterTitle({ title: "letter", fileName: "letter.pdf" }, ofFile)).toBe(title);
  });

  it("stays what a person gave it", () => {
    expect(betterTitle({ title: "Mine", fileName: "letter.pdf" }, "On Ships")).toBe("Mine");
  });
});

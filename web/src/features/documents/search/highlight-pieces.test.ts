import { describe, expect, it } from "vitest";
import { piecesOf } from "./highlight-pieces.ts";

const marked = (text: string, ...marks: [number, number][]): string =>
  piecesOf({ text, marks: marks.map(([start, end]) => ({ start, end })) })
    .map((piece) => (piece.isMarked ? `[${piece.text}]` : piece.text))
    .join("");

describe("marked text", () => {
  it.each([
    ["no mark", [], "no mark"],
    ["one word", [[0, 3]], "[one] word"],
    [
      "two words",
      [
        [4, 9],
        [0, 3],
      ],
      "[two] [words]",
    ],
    [
      "overlaps",
      [
        [0, 4],
        [2, 6],
      ],
      "[over][la]ps",
    ],
    ["too far", [[4, 99]], "too [far]"],
    ["outside", [[50, 60]], "outside"],
    ["empty", [[2, 2]], "empty"],
    ["", [[0, 1]], ""],
  ] satisfies [string, [number, number][], string][])("%j with %j is %j", (text, marks, wanted) => {
    expect(marked(text, ...marks)).toBe(wanted);
  });

  it("counts UTF-16 code units, as the platform does", () => {
    expect(marked("😀 Größe 数据", [3, 8], [9, 11])).toBe("😀 [Größe] [数据]");
  });
});

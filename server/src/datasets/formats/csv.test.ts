import { describe, expect, it } from "vitest";
import { readFile } from "../testing/read-file.ts";
import { describeFormat } from "./format.suite.ts";

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

describeFormat({
  type: ".csv",
  write: (texts) => `id,text\n${texts.map((text, index) => `${index},${quoted(text)}`).join("\n")}\n`,
  endless: [
    { beginning: "a,b\n1,2\n3,", line: 3 },
    { beginning: 'a,b\n1,2\n3,"never closed\n', line: 3 },
    { beginning: "", line: 1 },
  ],
});

const rows = async (content: string, pieceSize?: number) => {
  const { columns, table } = await readFile(".csv", content, pieceSize === undefined ? {} : { pieceSize });
  return { columns, values: table.map(({ values }) => values), lines: table.map(({ line }) => line) };
};

describe("a table", () => {
  it.each([",", ";", "\t", "|"])("has its delimiter found out: %j", async (delimiter) => {
    const content = [
      ["name", "price, with tax", "n;o|t\te"],
      ["a", "1", "x"],
      ["b", "2", "y"],
    ]
      .map((row, index) => row.map((cell) => (index === 0 ? quoted(cell) : cell)).join(delimiter))
      .join("\n");
    expect(await rows(content)).toMatchObject({
      columns: ["name", "price, with tax", "n;o|t\te"],
      values: [
        ["a", "1", "x"],
        ["b", "2", "y"],
      ],
    });
  });

  it("prefers the delimiter that the rows agree on", async () => {
    const { columns } = await rows("question, short;answer\nhow many, then?;3\nwhat, why, when?;4\nwho?;5\n");
    expect(columns).toEqual(["question, short", "answer"]);
  });

  it("follows Excel's hint, with the right line numbers", async () => {
    expect(await rows("sep=;\na;b\n1,5;2\n")).toEqual({ columns: ["a", "b"], values: [["1,5", "2"]], lines: [3] });
  });

  it("keeps line breaks, quotes and delimiters in quoted fields, and counts lines through them", async () => {
    const content = 'a,b\n"first\nsecond","say ""hi"", twice"\n\nplain,"last\n\n"\nend,x';
    for (const size of [1, 4, 1000]) {
      expect(await rows(content, size)).toEqual({
        columns: ["a", "b"],
        values: [
          ["first\nsecond", 'say "hi", twice'],
          ["", ""],
          ["plain", "last\n\n"],
          ["end", "x"],
        ],
        lines: [2, 4, 5, 8],
      });
    }
  });

  it("keeps a quoted field of half a megabyte", async () => {
    const long = `${"word ".repeat(100_000)}\n"end"`;
    expect((await rows(`a,b\n1,${quoted(long)}\n`)).values).toEqual([["1", long]]);
  });

  it("numbers rows right through many pieces", async () => {
    const content = `a,b\n${Array.from({ length: 5000 }, (_, index) => `${index},"x\ny"`).join("\n")}\n`;
    const { table } = await readFile(".csv", content, { pieceSize: 777 });
    expect(table).toHaveLength(5000);
    expect(table.every(({ line, values }) => line === 2 + 2 * Number(values[0]))).toBe(true);
  });

  it("makes unusual column names usable, and says so", async () => {
    const { columns, warnings } = await readFile(".csv", "a,, a ,a (2),b\n1,2,3,4,5\n");
    expect(columns).toEqual(["a", "column 2", "a (2)", "a (2) (2)", "b"]);
    expect(warnings).toMatchObject([
      { code: "column_unnamed", count: 1, line: 1 },
      { code: "column_repeated", count: 2, line: 1 },
    ]);
  });

  it("suspects a header that holds numbers", async () => {
    const { warnings } = await readFile(".csv", "2024,Level 1,3.5%\n2023,Level 2,4%\n");
    expect(warnings).toMatchObject([{ code: "header_suspicious", line: 1 }]);
  });

  it("reads one column", async () => {
    expect(await rows("text\nfirst\n\nsecond\n")).toEqual({
      columns: ["text"],
      values: [["first"], [""], ["second"]],
      lines: [2, 3, 4],
    });
  });

  it("names up to 50 rows of the wrong width at once", async () => {
    const content = `a,b,c\n1,2,3\nonly one\n4,5,6\n${"7,8,9,10\n".repeat(3)}`;
    await expect(readFile(".csv", content)).rejects.toMatchObject({
      code: "ragged_row",
      status: 400,
      message: "Line 3 of data.csv has 1 fields where the header has 3 (3 more lines have faults).",
      details: {
        places: [
          { file: "data.csv", line: 3, excerpt: "only one" },
          { file: "data.csv", line: 5, excerpt: "7,8,9,10" },
          { line: 6 },
          { line: 7 },
        ],
        remedy: expect.stringContaining("header"),
      },
    });
    await expect(readFile(".csv", `a,b\n${"x\n".repeat(500)}`)).rejects.toSatisfy(
      (error: { details: { places: unknown[] } }) => error.details.places.length === 50,
    );
  });

  it.each([1, 16, 100_000])("says where a quote was never closed (pieces of %i)", async (pieceSize) => {
    const content = `a,b\n1,2\n3,"open and\nmore\n4,5\n`;
    await expect(readFile(".csv", content, { pieceSize })).rejects.toMatchObject({
      code: "unclosed_quote",
      message: expect.stringMatching(/^Line 3 of data.csv /),
      details: { places: [{ line: 3, excerpt: '3,"open and more 4,5' }] },
    });
  });

  it("says where a quote stands in the middle of a field", async () => {
    const before = Array.from({ length: 3000 }, (_, index) => `${index},fine\n`).join("");
    await expect(readFile(".csv", `a,b\n${before}7,5" pipe\n8,x\n`, { pieceSize: 1000 })).rejects.toMatchObject({
      code: "invalid_quote",
      details: { places: [{ line: 3002, excerpt: expect.stringMatching(/^7,5" pipe/) }] },
    });
  });

  it("refuses too many columns and endless column names", async () => {
    await expect(readFile(".csv", `${"a,".repeat(1500)}b\n1\n`)).rejects.toMatchObject({ code: "too_many_columns" });
    await expect(readFile(".csv", `${"a".repeat(501)},b\n1,2\n`)).rejects.toMatchObject({
      code: "column_name_invalid",
    });
  });

  it("refuses a header without rows", async () => {
    await expect(readFile(".csv", "a,b\n")).rejects.toMatchObject({ code: "no_rows" });
  });
});

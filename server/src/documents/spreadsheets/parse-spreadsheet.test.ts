import iconv from "iconv-lite";
import { describe, expect, it } from "vitest";
import writeExcelFile from "write-excel-file/node";
import { addressRowsOf } from "./address-rows.ts";
import { parseSpreadsheet } from "./parse-spreadsheet.ts";
import { createSheetFolder, partsOfSheets, sheetData, workbookParts, zipOf } from "./testing/sheet-files.ts";

async function parsed(content: string | Uint8Array, urlColumn?: string) {
  await using folder = await createSheetFolder();
  return await parseSpreadsheet({ path: await folder.write(content), urlColumn });
}
const urls = async (content: string | Uint8Array, urlColumn?: string) =>
  (await parsed(content, urlColumn)).rows.map(({ url }) => url);
const codeOf = async (content: string | Uint8Array, urlColumn?: string) =>
  parsed(content, urlColumn).then(
    () => undefined,
    (error: unknown) => error,
  );

const a = "https://example.org/a.pdf";
const b = "http://example.org/b.pdf?x=1&y=2";

describe("a table in text", () => {
  it("gives each row its address and title", async () => {
    expect(await parsed(`Title,URL\nFirst,${a}\n"Second, with comma",${b}\n`)).toEqual({
      column: "URL",
      rows: [
        { position: 0, url: a, title: "First", problem: null },
        { position: 1, url: b, title: "Second, with comma", problem: null },
      ],
    });
  });

  it("is read in other encodings and with other delimiters", async () => {
    const rows = `Titel;Adresse\nPrüfung;${a}\n`;
    for (const bytes of [
      Buffer.from(rows),
      Buffer.from(`\uFEFF${rows}`),
      iconv.encode(rows, "utf-16le", { addBOM: true }),
      iconv.encode(rows, "windows-1252"),
      Buffer.from(rows.replaceAll("\n", "\r\n")),
      Buffer.from(`sep=;\n${rows}`),
      Buffer.from(rows.replaceAll(";", "\t")),
    ]) {
      expect(await parsed(bytes)).toMatchObject({ column: "Adresse", rows: [{ url: a, title: "Prüfung" }] });
    }
  });

  it("may be a bare list of addresses, with commas in them", async () => {
    expect(await urls(`${a}\nhttps://example.org/x,y.pdf\n\n${b}`)).toEqual([a, "https://example.org/x,y.pdf", b]);
    expect((await parsed(a)).column).toBe("A");
  });

  it("names the place of each row that holds no address", async () => {
    const { rows } = await parsed(
      `name,link\none,${a}\n\n"two\nlines",\nthree,www.example.org\nfour,ftp://x.org/a\n,nothing\n`,
    );
    expect(rows.map(({ position, problem }) => [position, problem])).toEqual([
      [0, null],
      [1, "Line 4, column link, holds no address."],
      [2, "Line 6, column link, holds “www.example.org”, which is no address. Write https:// before it."],
      [3, expect.stringContaining("Line 7, column link, holds “ftp://x.org/a”")],
      [4, expect.stringContaining("Line 8, column link, holds “nothing”")],
    ]);
    expect(rows.map(({ title }) => title)).toEqual(["one", "two\nlines", "three", "four", null]);
    expect(rows[2]?.url).toBe("www.example.org");
  });

  it("keeps rows that are shorter or longer than the others", async () => {
    expect(await urls(`id,url\n1\n2,${a},more,and more\n`)).toEqual([null, a]);
  });

  it("does not stumble over quotes inside of a field", async () => {
    expect(await parsed(`title,url\nThe "best" one,${a}\n`)).toMatchObject({ rows: [{ title: 'The "best" one' }] });
  });

  it("is refused with the line of what cannot be read", async () => {
    expect(await codeOf(`title,url\nx,${a}\n"y,${b}\n`)).toMatchObject({
      code: "spreadsheet_unclosed_quote",
      details: { places: [{ line: 3 }] },
    });
    expect(await codeOf(`title,url\nx\0,${a}\n`)).toMatchObject({
      code: "not_a_spreadsheet",
      details: { places: [{ line: 2 }] },
    });
    expect(await codeOf(`${"a,".repeat(200)}\n`)).toMatchObject({ code: "spreadsheet_too_many_columns" });
    expect(await codeOf(`url\n${`${a}\n`.repeat(10_001)}`)).toMatchObject({ code: "spreadsheet_too_many_rows" });
    expect(await urls(`url\n${`${a}\n`.repeat(10_000)}`)).toHaveLength(10_000);
    expect(await codeOf(`url\n${" ".repeat(10 * 1024 ** 2)}`)).toMatchObject({ code: "spreadsheet_too_large" });
  });

  it("of nothing has no rows", async () => {
    for (const text of ["", "\n\n", "url\n", "title,url\n\n"]) expect(await urls(text)).toEqual([]);
  });
});

describe("the column of addresses", () => {
  const table = `Source,Link,Notes\nhttps://a.org/1,https://b.org/1,x\nhttps://a.org/2,https://b.org/2,y\nhttps://a.org/3,,z\n`;

  it("is the one that was asked for", async () => {
    expect(await urls(table, " source ")).toEqual(["https://a.org/1", "https://a.org/2", "https://a.org/3"]);
    expect(await codeOf(table, "Nowhere")).toMatchObject({
      code: "spreadsheet_column_not_found",
      details: { remedy: "Its columns are: Source, Link, Notes." },
    });
  });

  it("is the one that is called so, else the one with most addresses", async () => {
    expect(await urls(table)).toEqual(["https://b.org/1", "https://b.org/2", null]);
    expect(await urls(table.replace("Link", "Else"))).toEqual([
      "https://a.org/1",
      "https://a.org/2",
      "https://a.org/3",
    ]);
    expect(await urls(`URL,File\nnone,${a}\n`)).toEqual([a]);
  });

  it("is missed where there is none", async () => {
    expect(await codeOf("name,city\nx,y\n")).toMatchObject({ code: "spreadsheet_without_addresses" });
  });

  it("is named by its letter where there are no headings", () => {
    const cells = [...Array.from({ length: 27 }, () => ({ text: "" })), { text: a }];
    expect(addressRowsOf([{ rows: [{ line: 1, cells }] }], undefined).column).toBe("AB");
  });
});

describe("a workbook", () => {
  it("is read as spreadsheet programs write it", async () => {
    const text = (value: string) => ({ value, type: String });
    const rows = [
      [text("Title"), text("Year"), text("URL")],
      [text("First"), { value: 2024, type: Number }, text(a)],
      [text("Übersicht & mehr"), { value: true, type: Boolean }, text(b)],
    ];
    expect(await parsed(await writeExcelFile(rows).toBuffer())).toEqual({
      column: "URL",
      rows: [
        { position: 0, url: a, title: "First", problem: null },
        { position: 1, url: b, title: "Übersicht & mehr", problem: null },
      ],
    });
  });

  it("keeps the numbers of its rows, and takes the address that a cell leads to", async () => {
    const sheet = `${sheetData({ 2: ["Name", "Document"], 4: ["one", "Click here"], 7: ["two", "no link"], 8: ["three", a] })}
      <hyperlinks><hyperlink ref="B4" r:id="rId9"/><hyperlink ref="B7" location="A!A1"/><hyperlink r:id="rId8" ref="B8:B8"/></hyperlinks>`;
    const relation = (id: string, target: string) =>
      `<Relationship Id="${id}" Type="hyperlink" Target="${target}" TargetMode="External"/>`;
    const sheetRelations =
      relation("rId9", "http://example.org/b.pdf?x=1&amp;y=2") + relation("rId8", "https://elsewhere.org/");
    const { rows, column } = await parsed(await zipOf(workbookParts({ sheet, sheetRelations })));
    expect(column).toBe("Document");
    expect(rows).toEqual([
      { position: 0, url: b, title: "one", problem: null },
      { position: 1, url: "no link", title: "two", problem: expect.stringContaining("Line 7, column Document,") },
      { position: 2, url: a, title: "three", problem: null },
    ]);
  });

  it("of several sheets gives the rows of all that hold addresses, in their order", async () => {
    const relation = `<Relationship Id="rId9" Type="hyperlink" Target="${b}" TargetMode="External"/>`;
    const workbook = partsOfSheets([
      { name: "Read me", sheet: sheetData({ 1: ["How this list is kept"], 2: ["by hand"] }) },
      { name: "2023", sheet: sheetData({ 1: ["Title", "URL"], 2: ["one", a], 4: ["two", "no link"] }) },
      { name: "Diagram", kind: "chartsheet", sheet: "" },
      { name: "Kept back", more: 'state="hidden"', sheet: sheetData({ 1: ["https://hidden.example/"] }) },
      { name: "Empty", sheet: sheetData({}) },
      {
        name: "R&D",
        sheet: `${sheetData({ 1: ["Link", "Name"], 3: ["click", "three"], 5: ["www.x.org", "four"] })}
          <hyperlinks><hyperlink ref="A3" r:id="rId9"/></hyperlinks>`,
        sheetRelations: relation,
      },
    ]);
    expect(await parsed(await zipOf(workbook))).toEqual({
      column: "URL",
      rows: [
        { position: 0, url: a, title: "one", problem: null },
        {
          position: 1,
          url: "no link",
          title: "two",
          problem: expect.stringContaining("Sheet “2023”, line 4, column URL, holds “no link”"),
        },
        { position: 2, url: b, title: "three", problem: null },
        {
          position: 3,
          url: "www.x.org",
          title: "four",
          problem: expect.stringContaining("Sheet “R&D”, line 5, column Link, holds “www.x.org”"),
        },
      ],
    });
  });

  it("of several sheets gives the column that was asked for wherever it is", async () => {
    const first = sheetData({ 1: ["Name", "City"], 2: ["x", "y"] });
    const second = sheetData({ 1: ["URL", "Source"], 2: [a, b] });
    const workbook = await zipOf(
      partsOfSheets([
        { name: "A", sheet: first },
        { name: "B", sheet: second },
        { name: "C", sheet: second },
      ]),
    );
    expect(await urls(workbook, "source")).toEqual([b, b]);
    expect(await codeOf(workbook, "Nowhere")).toMatchObject({
      code: "spreadsheet_column_not_found",
      details: { remedy: "Its columns are: Name, City, URL, Source." },
    });
    const without = await zipOf(
      partsOfSheets([
        { name: "A", sheet: first },
        { name: "B", sheet: first },
      ]),
    );
    expect(await codeOf(without)).toMatchObject({ code: "spreadsheet_without_addresses" });
  });

  it("of several sheets is bounded as a whole; a sheet without addresses may be as large as it likes", async () => {
    const many = (text: string, rows: number) =>
      sheetData(Object.fromEntries(Array.from({ length: rows }, (_, row) => [row + 1, [text]])));
    const wide = sheetData({ 1: Array.from({ length: 201 }, () => "x") });
    const large = partsOfSheets([
      { name: "A", sheet: many(a, 6000) },
      { name: "B", sheet: many("x", 10_002) },
      { name: "C", sheet: wide },
      { name: "D", sheet: many(b, 4000) },
    ]);
    expect(await urls(await zipOf(large))).toHaveLength(10_000);
    const both = partsOfSheets([
      { name: "A", sheet: many(a, 6000) },
      { name: "B", sheet: many(b, 4001) },
    ]);
    expect(await codeOf(await zipOf(both))).toMatchObject({ code: "spreadsheet_too_many_rows" });
    const wideToo = partsOfSheets([
      { name: "A", sheet: many(a, 1) },
      { name: "B", sheet: sheetData({ 1: ["URL"], 2: [a], 3: Array.from({ length: 201 }, () => "x") }) },
    ]);
    expect(await codeOf(await zipOf(wideToo))).toMatchObject({
      code: "spreadsheet_too_many_columns",
      message: "Line 3 of the sheet “B” has 201 columns; at most 200 are read.",
    });
  });

  it("gives the values of formulas and never the formulas", async () => {
    const sheet = `<sheetData><row r="1"><c r="A1" t="str"><f>HYPERLINK("https://evil.example/")</f><v>${a}</v></c></row></sheetData>`;
    expect(await urls(await zipOf(workbookParts({ sheet })))).toEqual([a]);
  });

  it("is known by its first bytes, whatever else the file is", async () => {
    const other = async (content: string | Uint8Array) =>
      expect(await codeOf(content)).toMatchObject({ code: "not_a_spreadsheet" });
    await other("%PDF-1.7");
    await other(Buffer.from("d0cf11e0a1b11ae10000", "hex"));
    await other(await zipOf({ "word/document.xml": "<document/>" }));
    expect(await codeOf(Buffer.from("PK\u0003\u0004 and no more"))).toMatchObject({ code: "spreadsheet_damaged" });
    const cut = (await zipOf(workbookParts({ sheet: sheetData({ 1: [a] }) }))).subarray(0, 300);
    expect(await codeOf(cut)).toMatchObject({ code: "spreadsheet_damaged" });
    expect(await codeOf(await zipOf(workbookParts({ sheet: "<sheetData><row" })))).toMatchObject({ status: 400 });
  });
});

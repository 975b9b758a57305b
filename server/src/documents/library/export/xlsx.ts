import { Readable } from "node:stream";
import { ZipFile } from "yazl";

export type Cell = string | number | boolean | null;

/** A cell of a spreadsheet holds no more. */
const maxCellCharacters = 32_767;
const declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n`;
const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const packages = "http://schemas.openxmlformats.org/package/2006";

/** Everything of a workbook but its rows. */
const frame: Readonly<Record<string, string>> = {
  "[Content_Types].xml": `<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
  "_rels/.rels": `<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${relationships}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  "xl/workbook.xml": `<workbook xmlns="${main}" xmlns:r="${relationships}"><sheets><sheet name="Documents" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  "xl/_rels/workbook.xml.rels": `<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${relationships}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
};

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
/** XML has no way to write most control characters. */
const notInXml = /[[\p{Cc}\ufffe\uffff]--[\t\n\r]]/gv;

const xmlText = (text: string): string =>
  text
    .toWellFormed()
    .slice(0, maxCellCharacters)
    .toWellFormed()
    .replaceAll(notInXml, "")
    .replaceAll(/[&<>]/g, (character) => entities[character] ?? "");

/** A, B … Z, AA, AB … */
const columnName = (index: number): string =>
  (index >= 26 ? columnName(Math.floor(index / 26) - 1) : "") + String.fromCharCode(65 + (index % 26));

/** A text is written as a text, so that no spreadsheet takes it for a formula. */
function cellXml(cell: Cell, place: string): string {
  if (cell === null || cell === "") return "";
  if (typeof cell === "number") return `<c r="${place}"><v>${cell}</v></c>`;
  if (typeof cell === "boolean") return `<c r="${place}" t="b"><v>${cell ? 1 : 0}</v></c>`;
  return `<c r="${place}" t="inlineStr"><is><t xml:space="preserve">${xmlText(cell)}</t></is></c>`;
}

async function* sheetXml(rows: AsyncIterable<readonly Cell[]>): AsyncGenerator<string> {
  yield `${declaration}<worksheet xmlns="${main}"><sheetData>`;
  let number = 0;
  for await (const row of rows) {
    number += 1;
    const cells = row.map((cell, index) => cellXml(cell, `${columnName(index)}${number}`));
    yield `<row r="${number}">${cells.join("")}</row>`;
  }
  yield "</sheetData></worksheet>";
}

/** Rows as a workbook of one sheet, written while they are read. A failure of the rows ends the stream with it. */
export function toXlsx(rows: AsyncIterable<readonly Cell[]>): Readable {
  const zip = new ZipFile();
  for (const [name, xml] of Object.entries(frame)) zip.addBuffer(Buffer.from(declaration + xml), name);
  const sheet = Readable.from(sheetXml(rows));
  const output = Readable.from(zip.outputStream);
  sheet.on("error", (error) => output.destroy(error));
  // Nobody reads on: the rows need not be read either.
  output.on("close", () => sheet.destroy());
  zip.addReadStream(sheet, "xl/worksheets/sheet1.xml");
  zip.end();
  return output;
}

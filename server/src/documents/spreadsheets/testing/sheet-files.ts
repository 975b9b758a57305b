import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";

/** Writes files into a folder that is gone when it is disposed of. */
export async function createSheetFolder() {
  const folder = await mkdtemp(join(tmpdir(), "spreadsheets-"));
  let files = 0;
  return {
    async write(content: string | Uint8Array): Promise<string> {
      files += 1;
      const path = join(folder, `file-${files}`);
      await writeFile(path, content);
      return path;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function zipOf(parts: Readonly<Record<string, string | Buffer | Readable>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(parts)) {
    if (content instanceof Readable) zip.addReadStream(content, name);
    else zip.addBuffer(Buffer.from(content), name);
  }
  zip.end();
  return buffer(zip.outputStream);
}

const relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const spreadsheet = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const packageRelations = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';

/** The parts of a workbook with one sheet, as spreadsheet programs write them. */
export const workbookParts = ({ sheet, sheetRelations = "" }: { sheet: string; sheetRelations?: string }) => ({
  "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
  "xl/workbook.xml": `<workbook ${spreadsheet} xmlns:r="${relationships}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  "xl/_rels/workbook.xml.rels": `<Relationships ${packageRelations}><Relationship Id="rId1" Type="${relationships}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
  "xl/worksheets/sheet1.xml": `<worksheet ${spreadsheet} xmlns:r="${relationships}">${sheet}</worksheet>`,
  "xl/worksheets/_rels/sheet1.xml.rels": `<Relationships ${packageRelations}>${sheetRelations}</Relationships>`,
});

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

interface TestSheet {
  name: string;
  sheet: string;
  sheetRelations?: string;
  /** More attributes of it in the workbook. */
  more?: string;
  /** What kind of sheet it is. */
  kind?: string;
}

/** The parts of a workbook with several sheets. */
export const partsOfSheets = (sheets: readonly TestSheet[]): Record<string, string> => {
  const parts: Record<string, string> = { ...workbookParts({ sheet: "" }) };
  const named = sheets.map(
    ({ name, more = "" }, index) =>
      `<sheet name="${escaped(name)}" sheetId="${index + 1}" ${more} r:id="rId${index + 1}"/>`,
  );
  parts["xl/workbook.xml"] =
    `<workbook ${spreadsheet} xmlns:r="${relationships}"><sheets>${named.join("")}</sheets></workbook>`;
  const related = sheets.map(
    ({ kind = "worksheet" }, index) =>
      `<Relationship Id="rId${index + 1}" Type="${relationships}/${kind}" Target="worksheets/sheet${index + 1}.xml"/>`,
  );
  parts["xl/_rels/workbook.xml.rels"] = `<Relationships ${packageRelations}>${related.join("")}</Relationships>`;
  for (const [index, { sheet, sheetRelations = "" }] of sheets.entries()) {
    const own = workbookParts({ sheet, sheetRelations });
    parts[`xl/worksheets/sheet${index + 1}.xml`] = own["xl/worksheets/sheet1.xml"];
    parts[`xl/worksheets/_rels/sheet${index + 1}.xml.rels`] = own["xl/worksheets/_rels/sheet1.xml.rels"];
  }
  return parts;
};

const letterOf = (column: number): string =>
  (column < 26 ? "" : String.fromCharCode(64 + Math.floor(column / 26))) + String.fromCharCode(65 + (column % 26));

/** Rows by their number; cells are texts. */
export const sheetData = (rows: Readonly<Record<number, readonly string[]>>): string => {
  const cell = (text: string, column: number, row: string) =>
    `<c r="${letterOf(column)}${row}" t="inlineStr"><is><t>${escaped(text)}</t></is></c>`;
  const xml = Object.entries(rows).map(
    ([row, cells]) => `<row r="${row}">${cells.map((text, column) => cell(text, column, row)).join("")}</row>`,
  );
  return `<sheetData>${xml.join("")}</sheetData>`;
};

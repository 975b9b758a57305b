import { posix } from "node:path";
import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";
import { AppError } from "../../platform/errors.ts";
import { readArchive } from "./archive.ts";
import {
  damagedSpreadsheet,
  notASpreadsheet,
  tooManySpreadsheetColumns,
  tooManySpreadsheetRows,
  unreadableCell,
} from "./spreadsheets.errors.ts";
import { maxColumns, maxRows, type Cell, type Sheet, type TableRow } from "./table.ts";

const workbookPart = "xl/workbook.xml";

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const unescaped = (text: string): string =>
  text.replaceAll(/&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-f]{1,6}));/giu, (all, name, decimal, hex) => {
    if (typeof name === "string") return entities[name.toLowerCase()] ?? all;
    const point = typeof decimal === "string" ? Number(decimal) : Number.parseInt(String(hex), 16);
    return point <= 0x10_ff_ff ? String.fromCodePoint(point) : all;
  });

/** Attributes of each element of a name, whatever prefix its namespace has. */
function* elements(xml: string, name: string): Generator<Map<string, string>> {
  for (const [, attributes = ""] of xml.matchAll(new RegExp(`<(?:\\w+:)?${name}\\s([^<>]*)>`, "gu"))) {
    const pairs = attributes.matchAll(/([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gu);
    yield new Map([...pairs].map(([, key = "", one, other]) => [key, unescaped(one ?? other ?? "")]));
  }
}

/** An attribute of the namespace of relations, which most programs call `r`. */
const relationOf = (attributes: ReadonlyMap<string, string>): string | undefined =>
  [...attributes].find(([key]) => /:id$/iu.test(key))?.[1];

interface Relation {
  target: string;
  isExternal: boolean;
}

function relationsOf(parts: ReadonlyMap<string, Buffer>, part: string): Map<string, Relation> {
  const { dir, base } = posix.parse(part);
  const xml = parts.get(`${dir}/_rels/${base}.rels`)?.toString("utf8") ?? "";
  const relations = new Map<string, Relation>();
  for (const attributes of elements(xml, "Relationship")) {
    const target = attributes.get("Target") ?? "";
    relations.set(attributes.get("Id") ?? "", { target, isExternal: attributes.get("TargetMode") === "External" });
  }
  return relations;
}

interface SheetPart {
  /** The part that holds it. */
  part: string | undefined;
  isHidden: boolean;
}

/** The sheets of the workbook by their names, which no two have in common. */
function sheetParts(parts: ReadonlyMap<string, Buffer>): Map<string, SheetPart> {
  const relations = relationsOf(parts, workbookPart);
  const sheets = new Map<string, SheetPart>();
  for (const attributes of elements(parts.get(workbookPart)?.toString("utf8") ?? "", "sheet")) {
    const target = relations.get(relationOf(attributes) ?? "")?.target;
    const part = target?.startsWith("/") === true ? target.slice(1) : target && posix.join("xl", target);
    const isHidden = /^(?:veryH|h)idden$/u.test(attributes.get("state") ?? "");
    sheets.set(attributes.get("name") ?? "", { part, isHidden });
  }
  return sheets;
}

const columnOf = (letters: string): number =>
  Array.from(letters, (letter) => letter.charCodeAt(0) - 64).reduce((column, digit) => column * 26 + digit, 0) - 1;
const placeKey = (line: number, column: number): string => `${line}:${column}`;

/** Where cells lead, by their place. */
function linksOf(parts: ReadonlyMap<string, Buffer>, part: string | undefined): Map<string, string> {
  const links = new Map<string, string>();
  const xml = part === undefined ? undefined : parts.get(part)?.toString("utf8");
  if (part === undefined || xml === undefined) return links;
  const relations = relationsOf(parts, part);
  for (const attributes of elements(xml, "hyperlink")) {
    const relation = relations.get(relationOf(attributes) ?? "");
    const [, letters, line] = /^\$?([A-Z]{1,3})\$?(\d{1,7})/u.exec(attributes.get("ref") ?? "") ?? [];
    if (relation?.isExternal !== true || letters === undefined || line === undefined) continue;
    links.set(placeKey(Number(line), columnOf(letters)), relation.target);
  }
  return links;
}

/** The checked parts alone, packed anew: the reader walks an archive in another way than what checks it. */
async function repacked(parts: ReadonlyMap<string, Buffer>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of parts) zip.addBuffer(content, name, { compress: false });
  zip.end();
  return buffer(zip.outputStream);
}

/** Dates are of no use here, neither as addresses nor as titles, but are shown where they stand in the wrong column. */
function textOf(value: unknown): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString().slice(0, 10);
  if (typeof value === "string") return value.trim();
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

type Values = readonly (readonly unknown[])[];

function toSheet(data: Values, links: ReadonlyMap<string, string>, name: string | undefined): Sheet {
  const rows: TableRow[] = [];
  let refusal: Error | undefined;
  for (const [index, values] of data.entries()) {
    const line = index + 1;
    const cells = values.slice(0, maxColumns).map((value, column): Cell => {
      const link = links.get(placeKey(line, column));
      return { text: textOf(value), ...(link === undefined ? {} : { link }) };
    });
    // The reader fills every row up to the width of the longest one.
    const columns = values.findLastIndex((value) => value !== null) + 1;
    if (columns > maxColumns) refusal ??= tooManySpreadsheetColumns(columns, maxColumns, line, name);
    if (cells.every(({ text }) => text === "")) continue;
    // One more for the headings.
    if (rows.length > maxRows) {
      refusal ??= tooManySpreadsheetRows(maxRows);
      break;
    }
    rows.push({ line, cells });
  }
  return { rows, ...(name === undefined ? {} : { name }), ...(refusal === undefined ? {} : { refusal }) };
}

/** What is wrong with an archive or with XML, the libraries say with plain errors. */
function refuse(error: unknown): never {
  throw error instanceof AppError ? error : damagedSpreadsheet(error);
}

/** The values of all sheets, row by row. The reader is loaded here, so that a refused file does not cost its memory. */
async function valuesOf(
  parts: ReadonlyMap<string, Buffer>,
): Promise<readonly { sheet: string; data: Values | undefined }[]> {
  const { InvalidSpreadsheetError, default: readSheets } = await import("read-excel-file/node");
  return readSheets(await repacked(parts)).catch((error: unknown) =>
    refuse(error instanceof InvalidSpreadsheetError ? unreadableCell(error.message) : error),
  );
}

/**
 * The sheets of a workbook that a person sees: values as they were computed when it was saved, never formulas. One after
 * the other, so that the cells of one are held at a time.
 */
export async function readXlsx(path: string): Promise<Iterable<Sheet>> {
  const isPart = (name: string): boolean => name.startsWith("xl/") && /\.(?:xml|rels)$/u.test(name);
  const parts = await readArchive(path, isPart).catch(refuse);
  if (!parts.has(workbookPart)) throw notASpreadsheet("a ZIP archive without a workbook");
  const known = sheetParts(parts);
  // A sheet that is a diagram has no values.
  const shown = (await valuesOf(parts)).flatMap(({ sheet, data }) =>
    data === undefined || known.get(sheet)?.isHidden === true ? [] : [{ name: sheet, data }],
  );
  return {
    *[Symbol.iterator]() {
      for (const { name, data } of shown) {
        yield toSheet(data, linksOf(parts, known.get(name)?.part), shown.length === 1 ? undefined : name);
      }
    },
  };
}

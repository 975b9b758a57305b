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
import { maxColumns, maxRows, type Cell, type TableRow } from "./table.ts";

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

/** The part that holds the first sheet. */
function firstSheetPart(parts: ReadonlyMap<string, Buffer>): string | undefined {
  const [first] = elements(parts.get(workbookPart)?.toString("utf8") ?? "", "sheet");
  const target = relationsOf(parts, workbookPart).get((first && relationOf(first)) ?? "")?.target;
  if (target === undefined) return undefined;
  return target.startsWith("/") ? target.slice(1) : posix.join("xl", target);
}

const columnOf = (letters: string): number =>
  Array.from(letters, (letter) => letter.charCodeAt(0) - 64).reduce((column, digit) => column * 26 + digit, 0) - 1;
const placeKey = (line: number, column: number): string => `${line}:${column}`;

/** Where cells lead, by their place. */
function linksOf(parts: ReadonlyMap<string, Buffer>): Map<string, string> {
  const links = new Map<string, string>();
  const part = firstSheetPart(parts);
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

function toRows(data: readonly (readonly unknown[])[], links: ReadonlyMap<string, string>): TableRow[] {
  const rows: TableRow[] = [];
  for (const [index, values] of data.entries()) {
    const line = index + 1;
    if (values.length > maxColumns) throw tooManySpreadsheetColumns(values.length, maxColumns, line);
    const cells = values.map((value, column): Cell => {
      const link = links.get(placeKey(line, column));
      return { text: textOf(value), ...(link === undefined ? {} : { link }) };
    });
    if (cells.every(({ text }) => text === "")) continue;
    // One more for the headings.
    if (rows.length > maxRows) throw tooManySpreadsheetRows(maxRows);
    rows.push({ line, cells });
  }
  return rows;
}

/** What is wrong with an archive or with XML, the libraries say with plain errors. */
function refuse(error: unknown): never {
  throw error instanceof AppError ? error : damagedSpreadsheet(error);
}

/** The values of the first sheet, row by row. The reader is loaded here, so that a refused file does not cost its memory. */
async function valuesOf(parts: ReadonlyMap<string, Buffer>): Promise<readonly (readonly unknown[])[]> {
  const { InvalidSpreadsheetError, readSheet } = await import("read-excel-file/node");
  return readSheet(await repacked(parts)).catch((error: unknown) =>
    refuse(error instanceof InvalidSpreadsheetError ? unreadableCell(error.message) : error),
  );
}

/** The first sheet of a workbook: values as they were computed when it was saved, never formulas. */
export async function readXlsx(path: string): Promise<TableRow[]> {
  const isPart = (name: string): boolean => name.startsWith("xl/") && /\.(?:xml|rels)$/u.test(name);
  const parts = await readArchive(path, isPart).catch(refuse);
  if (!parts.has(workbookPart)) throw notASpreadsheet("a ZIP archive without a workbook");
  return toRows(await valuesOf(parts), linksOf(parts));
}

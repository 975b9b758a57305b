import { foldText } from "../../platform/text/fold-text.ts";
import { noAddressColumn, noSuchColumn, tooManySpreadsheetRows } from "./spreadsheets.errors.ts";
import { maxRows, type Cell, type Sheet, type TableRow } from "./table.ts";

/** A row of a spreadsheet as a document that is to be fetched. */
export interface AddressRow {
  /** From 0, among the rows that are not blank. */
  position: number;
  /** As it stands there, also where it is no address. */
  url: string | null;
  title: string | null;
  /** Why the row holds no usable address, with its place. */
  problem: string | null;
}

export interface AddressTable {
  /** Heading of the column of addresses, or its letter where there are no headings. */
  column: string;
  rows: AddressRow[];
}

const addressHeadings =
  /^(?:(?:pdf|file|document|download|source|web|datei|fichier)[\s_-]*)?(?:url|uri|link|href|address|adresse|lien|enlace|direccion)s?$/u;
const titleHeadings =
  /^(?:(?:document|doc|file|pdf)[\s_-]*)?(?:title|titel|titre|titulo|name|filename|file name|nom|nombre|dateiname|bezeichnung)$/u;

const maxShownCharacters = 120;
const shown = (text: string): string =>
  text.length <= maxShownCharacters ? text : `${text.slice(0, maxShownCharacters)}…`.toWellFormed();

const folded = (heading: string): string => foldText(heading).trim().replaceAll(/\s+/gu, " ");

function isAddress(text: string): boolean {
  if (!/^https?:\/\//iu.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (protocol === "http:" || protocol === "https:") && hostname !== "";
}

/** The text of a cell, or where it leads when the text is no address itself. */
function addressIn({ text, link }: Cell): string {
  const bare = text.replaceAll(/^[<"']+|[>"']+$/gu, "").trim();
  return !isAddress(bare) && link !== undefined && isAddress(link) ? link : bare;
}

/** A, B, … Z, AA, as spreadsheet programs name columns. */
function letterOf(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : letterOf(Math.floor(column / 26) - 1) + last;
}

interface Layout {
  headings: readonly string[];
  body: readonly TableRow[];
}

/** The first row holds the headings, unless it holds an address already. */
function layoutOf(rows: readonly TableRow[]): Layout {
  const [first, ...others] = rows;
  if (first === undefined || first.cells.some((cell) => isAddress(addressIn(cell))))
    return { headings: [], body: rows };
  return { headings: first.cells.map(({ text }) => text), body: others };
}

function countAddresses(body: readonly TableRow[]): number[] {
  const counts: number[] = [];
  for (const { cells } of body) {
    for (const [column, cell] of cells.entries()) {
      counts[column] = (counts[column] ?? 0) + (isAddress(addressIn(cell)) ? 1 : 0);
    }
  }
  return counts;
}

/** Which column of a sheet holds addresses; undefined where none does, or none is called as was asked for. */
function addressColumn({ headings, body }: Layout, asked: string | undefined): number | undefined {
  if (asked !== undefined) {
    const column = headings.findIndex((heading) => folded(heading) === folded(asked));
    return column < 0 ? undefined : column;
  }
  const counts = countAddresses(body);
  const named = headings.findIndex(
    (heading, column) => addressHeadings.test(folded(heading)) && (counts[column] ?? 0) > 0,
  );
  if (named >= 0) return named;
  const most = Math.max(0, ...counts);
  return most === 0 ? undefined : counts.indexOf(most);
}

function problemOf(address: string, place: string): string | null {
  if (address === "") return `${place} holds no address.`;
  if (isAddress(address)) return null;
  const remedy = /^www\./iu.test(address)
    ? "Write https:// before it."
    : "An address begins with http:// or https:// and holds no blanks.";
  return `${place} holds “${shown(address)}”, which is no address. ${remedy}`;
}

function rowsOfSheet(
  { headings, body }: Layout,
  { column, name, sheet, first }: { column: number; name: string; sheet: string | undefined; first: number },
): AddressRow[] {
  const titleColumn = headings.findIndex((other, place) => place !== column && titleHeadings.test(folded(other)));
  return body.map(({ line, cells }, index): AddressRow => {
    const address = addressIn(cells[column] ?? { text: "" });
    const title = cells[titleColumn]?.text ?? "";
    const place = `${sheet === undefined ? "Line" : `Sheet “${shown(sheet)}”, line`} ${line}, column ${shown(name)},`;
    return {
      position: first + index,
      url: address === "" ? null : address,
      title: title === "" ? null : title,
      problem: problemOf(address, place),
    };
  });
}

/**
 * Every row that is not blank, with its address or with what is wrong with it, of each sheet that holds addresses, or has
 * the column that was asked for. Throws when there is none, and when they are more than are read.
 */
export function addressRowsOf(sheets: Iterable<Sheet>, asked: string | undefined): AddressTable {
  const rows: AddressRow[] = [];
  const allHeadings = new Set<string>();
  let first: string | undefined;
  let refused: Error | undefined;
  let isEmpty = true;
  for (const { name: sheet, rows: table, refusal } of sheets) {
    const layout = layoutOf(table);
    const column = addressColumn(layout, asked);
    for (const heading of layout.headings) allHeadings.add(heading);
    isEmpty &&= layout.body.length === 0;
    if (column === undefined) {
      refused ??= refusal;
      continue;
    }
    if (refusal !== undefined) throw refusal;
    const heading = layout.headings[column] ?? "";
    const name = heading === "" ? letterOf(column) : heading;
    first ??= name;
    for (const row of rowsOfSheet(layout, { column, name, sheet, first: rows.length })) rows.push(row);
    if (rows.length > maxRows) throw tooManySpreadsheetRows(maxRows);
  }
  if (first !== undefined) return { column: first, rows };
  if (refused !== undefined) throw refused;
  if (asked !== undefined) throw noSuchColumn(asked, [...allHeadings]);
  if (!isEmpty) throw noAddressColumn();
  return { column: letterOf(0), rows };
}

import { foldText } from "../../platform/text/fold-text.ts";
import { noAddressColumn, noSuchColumn } from "./spreadsheets.errors.ts";
import type { Cell, TableRow } from "./table.ts";

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

function addressColumn({ headings, body }: Layout, asked: string | undefined): number {
  if (asked !== undefined) {
    const column = headings.findIndex((heading) => folded(heading) === folded(asked));
    if (column < 0) throw noSuchColumn(asked, headings);
    return column;
  }
  const counts = countAddresses(body);
  const named = headings.findIndex(
    (heading, column) => addressHeadings.test(folded(heading)) && (counts[column] ?? 0) > 0,
  );
  if (named >= 0) return named;
  const most = Math.max(0, ...counts);
  if (most === 0 && body.length > 0) throw noAddressColumn();
  return counts.indexOf(most);
}

function problemOf(address: string, place: string): string | null {
  if (address === "") return `${place} holds no address.`;
  if (isAddress(address)) return null;
  const remedy = /^www\./iu.test(address)
    ? "Write https:// before it."
    : "An address begins with http:// or https:// and holds no blanks.";
  return `${place} holds “${shown(address)}”, which is no address. ${remedy}`;
}

/** Every row that is not blank, with its address or with what is wrong with it. */
export function addressRowsOf(table: readonly TableRow[], asked: string | undefined): AddressTable {
  const layout = layoutOf(table);
  const column = addressColumn(layout, asked);
  const heading = layout.headings[column] ?? "";
  const name = heading === "" ? letterOf(Math.max(0, column)) : heading;
  const titleColumn = layout.headings.findIndex(
    (other, place) => place !== column && titleHeadings.test(folded(other)),
  );
  const rows = layout.body.map(({ line, cells }, position): AddressRow => {
    const address = addressIn(cells[column] ?? { text: "" });
    const title = cells[titleColumn]?.text ?? "";
    return {
      position,
      url: address === "" ? null : address,
      title: title === "" ? null : title,
      problem: problemOf(address, `Line ${line}, column ${shown(name)},`),
    };
  });
  return { column: name, rows };
}

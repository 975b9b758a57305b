import { open } from "node:fs/promises";
import { addressRowsOf, type AddressTable } from "./address-rows.ts";
import { notASpreadsheet, spreadsheetTooLarge } from "./spreadsheets.errors.ts";
import type { Sheet } from "./table.ts";

const maxBytes = 10 * 1024 ** 2;

const marks: readonly { mark: Buffer; what: string }[] = [
  { mark: Buffer.from("d0cf11e0a1b11ae1", "hex"), what: "an old .xls file, or one that is protected by a password" },
  { mark: Buffer.from("%PDF"), what: "a PDF" },
  { mark: Buffer.from("{\\rtf"), what: "a text in RTF" },
  { mark: Buffer.from("89504e47", "hex"), what: "a picture" },
  { mark: Buffer.from("ffd8ff", "hex"), what: "a picture" },
  { mark: Buffer.from("1f8b", "hex"), what: "a compressed file" },
];
const zipMark = Buffer.from("PK\u0003\u0004");
const longestMark = 8;

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw spreadsheetTooLarge(size, maxBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestMark), 0, longestMark, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Each reader is loaded where it is needed: a process that meets a file made to fill it holds little else. */
const sheetsOf = async (path: string, isZip: boolean): Promise<Iterable<Sheet>> => {
  if (isZip) {
    const { readXlsx } = await import("./xlsx.ts");
    return readXlsx(path);
  }
  const { readCsv } = await import("./csv.ts");
  return [{ rows: await readCsv(path) }];
};

/** Reads a table of addresses; what it is, its first bytes say, and not its name. */
export async function parseSpreadsheet({
  path,
  urlColumn,
}: {
  path: string;
  urlColumn?: string | undefined;
}): Promise<AddressTable> {
  const head = await headOf(path);
  const known = marks.find(({ mark }) => head.subarray(0, mark.length).equals(mark));
  if (known) throw notASpreadsheet(known.what);
  const isZip = head.subarray(0, zipMark.length).equals(zipMark);
  return addressRowsOf(await sheetsOf(path, isZip), urlColumn);
}

import { stat } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { openPromise, type Entry, type ZipFile } from "yauzl";
import { damagedSpreadsheet, spreadsheetUnpacksTooLarge } from "./spreadsheets.errors.ts";

const limits = { entries: 200, unpackedBytes: 50 * 1024 ** 2, ratio: 100 };

async function entriesOf(zip: ZipFile, archiveBytes: number): Promise<Entry[]> {
  if (zip.entryCount > limits.entries)
    throw spreadsheetUnpacksTooLarge(`it is made of more than ${limits.entries} parts`);
  const entries: Entry[] = [];
  let unpackedBytes = 0;
  for await (const entry of zip.eachEntry()) {
    entries.push(entry);
    unpackedBytes += entry.uncompressedSize;
    if (unpackedBytes > limits.unpackedBytes)
      throw spreadsheetUnpacksTooLarge(`unpacked it has more than ${limits.unpackedBytes / 1024 ** 2} MiB`);
  }
  if (unpackedBytes > archiveBytes * limits.ratio)
    throw spreadsheetUnpacksTooLarge(`unpacked it is more than ${limits.ratio} times as large as it is packed`);
  return entries;
}

/**
 * The parts of an archive with the wanted names. What it says of its size is checked before anything is unpacked, and
 * while it is: a part that is larger than it says is refused at the byte where it is.
 */
export async function readArchive(path: string, isWanted: (name: string) => boolean): Promise<Map<string, Buffer>> {
  const { size } = await stat(path);
  const zip = await openPromise(path, { autoClose: false }).catch((error: unknown) => {
    throw damagedSpreadsheet(error);
  });
  try {
    const parts = new Map<string, Buffer>();
    for (const entry of await entriesOf(zip, size)) {
      // Names that differ in nothing but case are one for spreadsheet programs; the first one counts.
      if (!isWanted(entry.fileName) || parts.has(entry.fileName)) continue;
      parts.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
    }
    return parts;
  } finally {
    zip.close();
  }
}

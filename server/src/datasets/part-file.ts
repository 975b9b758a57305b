import { createReadStream, createWriteStream } from "node:fs";
import { open, rename, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

const flushCharacters = 262_144;

/** Place of one line in a data file. */
export interface LinePlace {
  index: number;
  start: number;
  bytes: number;
}

/** A data file being written line by line. */
export interface PartFile {
  path: string;
  lines(): number;
  /** Adds a line and says where it stands. */
  add(text: string): Promise<LinePlace>;
  close(): Promise<void>;
  abandon(): Promise<void>;
}

export async function createPartFile(path: string): Promise<PartFile> {
  const file = await open(path, "w", 0o600);
  let waiting = "";
  let lines = 0;
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const text = waiting;
    waiting = "";
    if (text !== "") await file.writeFile(text);
  };
  return {
    path,
    lines: () => lines,
    async add(text) {
      const place = { index: lines, start: bytes, bytes: Buffer.byteLength(text) + 1 };
      lines += 1;
      bytes += place.bytes;
      waiting += `${text}\n`;
      if (waiting.length >= flushCharacters) await flush();
      return place;
    },
    async close() {
      await flush();
      await file.sync();
      await file.close();
    },
    abandon: () => file.close().catch(() => undefined),
  };
}

async function append(from: string, to: string, { start, end }: { start: number; end: number }): Promise<void> {
  // The end of a read stream is included, so that an empty range cannot be expressed.
  if (end <= start) return;
  await pipeline(
    createReadStream(from, { start, end: end - 1 }),
    createWriteStream(to, { flags: "a", mode: 0o600, flush: true }),
  );
}

/** Moves a line of one data file to the end of another. */
export async function moveLine(from: string, to: string, place: LinePlace): Promise<void> {
  const end = place.start + place.bytes;
  const rest = `${from}.rest`;
  await append(from, to, { start: place.start, end });
  await append(from, rest, { start: 0, end: place.start });
  await append(from, rest, { start: end, end: (await stat(from)).size });
  await rename(rest, from);
}

import { isAscii, isUtf8 } from "node:buffer";
import iconv from "iconv-lite";

export type SourceEncoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

/** Told what a file is like while it is decoded. */
export interface DecodingNotes {
  warn(warning: { code: string; message: string; count?: number }): void;
  /** The file is no text: it holds the character NUL in this line. Throws. */
  notText(line: number): never;
}

interface ChunkDecoder {
  encoding(): SourceEncoding;
  write(bytes: Buffer): string;
  end(): string;
}

const byteOrderMarks: readonly { encoding: SourceEncoding; mark: Buffer }[] = [
  { encoding: "utf-8", mark: Buffer.from([0xef, 0xbb, 0xbf]) },
  { encoding: "utf-16le", mark: Buffer.from([0xff, 0xfe]) },
  { encoding: "utf-16be", mark: Buffer.from([0xfe, 0xff]) },
];
const longestMark = 3;

const replacement = /\uFFFD/g;
const outsideAscii = /[^\0-\x7F]/g;
const countOf = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** Length of `bytes` without a UTF-8 sequence that is cut off at its end. */
function completeUtf8Length(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    // A lead byte: 110 begins two bytes, 1110 three, 11110 four.
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/**
 * Reads UTF-8, and windows-1252 where the first bytes outside ASCII are no UTF-8. Until then both read the same, so
 * nothing has to be read twice.
 */
function createGuessingDecoder(notes: DecodingNotes): ChunkDecoder {
  const windows1252 = iconv.getDecoder("windows-1252");
  let encoding: SourceEncoding | undefined;
  let carried: Buffer = Buffer.alloc(0);

  const decode = (bytes: Buffer): string => {
    if (encoding === "windows-1252") return windows1252.write(bytes);
    if (isUtf8(bytes)) {
      if (!isAscii(bytes)) encoding = "utf-8";
      return bytes.toString("utf8");
    }
    const text = bytes.toString("utf8");
    const broken = countOf(text, replacement);
    if (encoding === undefined && broken * 5 > countOf(text, outsideAscii)) {
      encoding = "windows-1252";
      notes.warn({ code: "encoding_assumed", message: "The file is not UTF-8; it was read as windows-1252." });
      return windows1252.write(bytes);
    }
    notes.warn({
      code: "broken_characters",
      message: "Bytes that are not valid UTF-8 were replaced by �.",
      count: broken,
    });
    return text;
  };

  return {
    encoding: () => encoding ?? "utf-8",
    write(chunk) {
      const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
      const length = encoding === "windows-1252" ? bytes.length : completeUtf8Length(bytes);
      carried = bytes.subarray(length);
      return decode(bytes.subarray(0, length));
    },
    end: () => (carried.length === 0 ? "" : decode(carried)),
  };
}

function createUtf16Decoder(encoding: "utf-16le" | "utf-16be"): ChunkDecoder {
  const decoder = iconv.getDecoder(encoding);
  return { encoding: () => encoding, write: (bytes) => decoder.write(bytes), end: () => decoder.end() ?? "" };
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** What only the next piece tells how to read: `\r`, which may be half of a line break, and half of a character. */
const unsettledEnd = /[\r\uD800-\uDBFF]$/;

/** Makes `\n` the only line break, and keeps the pairs of a line break or a character together. */
function createPieceJoiner(): { write(text: string): string; end(): string } {
  let held = "";
  const unified = (text: string): string => (text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text);
  return {
    write(piece) {
      const text = held + piece;
      held = unsettledEnd.exec(text)?.[0] ?? "";
      return unified(text.slice(0, text.length - held.length));
    },
    end: () => unified(held),
  };
}

/**
 * Decodes a file as it arrives. The byte order mark decides; without one the bytes do. Line breaks become `\n`.
 * A file that holds the character NUL is no text and is refused.
 */
export function createTextReader(notes: DecodingNotes): {
  encoding(): SourceEncoding;
  read(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string>;
} {
  let decoder = createGuessingDecoder(notes);
  const joiner = createPieceJoiner();
  let line = 1;

  const checked = (text: string): string => {
    const at = text.indexOf("\0");
    if (at >= 0) notes.notText(line + countOf(text.slice(0, at), /\n/g));
    line += countOf(text, /\n/g);
    return text.isWellFormed() ? text : text.toWellFormed();
  };

  const begin = (head: Buffer): Buffer => {
    const found = byteOrderMarks.find(({ mark }) => head.subarray(0, mark.length).equals(mark));
    if (found && found.encoding !== "utf-8" && found.encoding !== "windows-1252")
      decoder = createUtf16Decoder(found.encoding);
    return found ? head.subarray(found.mark.length) : head;
  };

  return {
    encoding: () => decoder.encoding(),
    async *read(bytes) {
      let head: Buffer | undefined = Buffer.alloc(0);
      for await (const chunk of bytes) {
        let piece = asBuffer(chunk);
        if (head) {
          head = Buffer.concat([head, piece]);
          if (head.length < longestMark) continue;
          piece = begin(head);
          head = undefined;
        }
        yield checked(joiner.write(decoder.write(piece)));
      }
      if (head) yield checked(joiner.write(decoder.write(begin(head))));
      yield checked(joiner.write(decoder.end()));
      yield checked(joiner.end());
    },
  };
}

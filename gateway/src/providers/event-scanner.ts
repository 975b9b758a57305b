const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;
const space = 0x20;
const nothing = new Uint8Array(0);

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const dataField = encoder.encode("data");
const eventField = encoder.encode("event");

const concatenate = (pieces: readonly Uint8Array[], separator: Uint8Array): Uint8Array => {
  const total = pieces.reduce((bytes, piece) => bytes + piece.length, separator.length * (pieces.length - 1));
  const joined = new Uint8Array(total);
  let offset = 0;
  for (const [position, piece] of pieces.entries()) {
    if (position > 0) {
      joined.set(separator, offset);
      offset += separator.length;
    }
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
};

const isName = (line: Uint8Array, nameLength: number, name: Uint8Array): boolean =>
  nameLength === name.length && name.every((byte, position) => line[position] === byte);

/** An event of a stream. `data` holds its data lines joined by line feeds, as bytes. */
export interface ScannedEvent {
  /** Value of the `event` field; empty when there was none. */
  type: string;
  data: Uint8Array;
}

/** An event was larger than the scanner was told to hold. */
export class EventTooLargeError extends Error {
  override readonly name = "EventTooLargeError";
}

/**
 * Cuts a byte stream of server-sent events into events (HTML Living Standard §9.2.6), whatever its chunks: lines end
 * with CR, LF or CRLF, comments and unknown fields are skipped, a byte order mark is dropped. Unlike a browser it also
 * takes an event at the end of the stream that lacks its blank line, because providers leave it out.
 */
export class EventScanner {
  readonly #maxEventBytes: number;
  readonly #onEvent: (event: ScannedEvent) => void;
  /** Beginning of a line whose end has not come yet. */
  #partialLine: Uint8Array[] = [];
  #dataLines: Uint8Array[] = [];
  #eventType = "";
  #heldBytes = 0;
  #lineFeedMayFollow = false;
  #atFirstLine = true;

  constructor({ maxEventBytes, onEvent }: { maxEventBytes: number; onEvent: (event: ScannedEvent) => void }) {
    this.#maxEventBytes = maxEventBytes;
    this.#onEvent = onEvent;
  }

  /** Takes the next bytes and reports the events that they complete. Throws `EventTooLargeError`. */
  push(chunk: Uint8Array): void {
    let start = 0;
    if (this.#lineFeedMayFollow && chunk.length > 0) {
      this.#lineFeedMayFollow = false;
      if (chunk[0] === lineFeed) start = 1;
    }
    // Carriage returns are rare: the next one is searched for only when the last one found lies behind.
    let nextReturn = chunk.indexOf(carriageReturn, start);
    while (start < chunk.length) {
      if (nextReturn !== -1 && nextReturn < start) nextReturn = chunk.indexOf(carriageReturn, start);
      const nextFeed = chunk.indexOf(lineFeed, start);
      const end = nextReturn !== -1 && (nextFeed === -1 || nextReturn < nextFeed) ? nextReturn : nextFeed;
      if (end === -1) {
        this.#hold(chunk.length - start);
        this.#partialLine.push(chunk.subarray(start));
        return;
      }
      this.#takeLine(this.#completeLine(chunk.subarray(start, end)));
      start = end + 1;
      if (end === nextReturn) {
        if (start === chunk.length) this.#lineFeedMayFollow = true;
        else if (chunk[start] === lineFeed) start += 1;
      }
    }
  }

  /** The stream ended properly: reports an event whose blank line is missing. */
  end(): void {
    if (this.#partialLine.length > 0) this.#takeLine(this.#completeLine(nothing));
    this.#dispatch();
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes > this.#maxEventBytes) {
      throw new EventTooLargeError(`an event is larger than ${this.#maxEventBytes} bytes`);
    }
  }

  #completeLine(ending: Uint8Array): Uint8Array {
    let line = ending;
    if (this.#partialLine.length > 0) {
      line = concatenate([...this.#partialLine, ending], nothing);
      this.#partialLine = [];
      this.#heldBytes -= line.length - ending.length;
    }
    if (this.#atFirstLine) {
      this.#atFirstLine = false;
      if (line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf) return line.subarray(3);
    }
    return line;
  }

  #takeLine(line: Uint8Array): void {
    if (line.length === 0) return this.#dispatch();
    const nameEnd = line.indexOf(colon);
    if (nameEnd === 0) return;
    const nameLength = nameEnd === -1 ? line.length : nameEnd;
    const isData = isName(line, nameLength, dataField);
    if (!isData && !isName(line, nameLength, eventField)) return;
    const valueStart = nameEnd === -1 ? line.length : nameEnd + (line[nameEnd + 1] === space ? 2 : 1);
    const value = line.subarray(valueStart);
    if (!isData) {
      this.#eventType = decoder.decode(value);
      return;
    }
    // With its line feed, since lines without a byte take room too.
    this.#hold(value.length + 1);
    this.#dataLines.push(value);
  }

  #dispatch(): void {
    const lines = this.#dataLines;
    const type = this.#eventType;
    this.#dataLines = [];
    this.#eventType = "";
    this.#heldBytes = 0;
    const [first] = lines;
    if (first === undefined) return;
    this.#onEvent({ type, data: lines.length === 1 ? first : concatenate(lines, Uint8Array.of(lineFeed)) });
  }
}

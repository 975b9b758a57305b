import type { ServerResponse } from "node:http";
import { createBrotliCompress, createDeflate, createGzip, constants } from "node:zlib";
import type { Behaviour } from "./behaviour.ts";
import type { FakeEvent, Reply } from "./reply.ts";
import { isObject } from "./json.ts";

const encoder = new TextEncoder();

/** Cuts inside each character of several bytes, after its first byte. */
const insideCharacters = (bytes: Uint8Array): Uint8Array[] => {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const [at, byte] of bytes.entries()) {
    if (byte < 0xc0) continue;
    pieces.push(bytes.subarray(from, at + 1));
    from = at + 1;
  }
  return [...pieces, bytes.subarray(from)].filter(({ length }) => length > 0);
};

const cutUp = (bytes: Uint8Array, split: "bytes" | "characters" | undefined): Uint8Array[] => {
  if (split === "bytes") return Array.from(bytes, (byte) => Uint8Array.of(byte));
  return split === "characters" ? insideCharacters(bytes) : [bytes];
};

export const padded = (data: unknown, { hugeLineBytes }: Behaviour): unknown =>
  hugeLineBytes !== undefined && isObject(data) ? { ...data, padding: "x".repeat(hugeLineBytes) } : data;

const jsonOf = (data: unknown): string => (typeof data === "string" ? data : JSON.stringify(data));

/** An event in the bytes of its stream; `place` is where in the stream it stands. */
export const frameEvent = (
  event: FakeEvent,
  form: Extract<Reply, { kind: "events" }>["form"],
  place: { isFirst: boolean; isLast: boolean },
  behaviour: Behaviour,
): string => {
  const data = jsonOf(place.isFirst ? padded(event.data, behaviour) : event.data);
  const { crlf = false, bom = false, comments = false, noLastBlankLine = false } = behaviour.framing ?? {};
  if (form === "jsonArray") return `${place.isFirst ? "[" : ",\r\n"}${data}${place.isLast ? "]" : ""}`;
  const name = event.name === undefined ? "" : `event: ${event.name}\n`;
  const text = `${comments ? ": keep-alive\n\n" : ""}${name}data: ${data}\n${place.isLast && noLastBlankLine ? "" : "\n"}`;
  return `${place.isFirst && bom ? "\uFEFF" : ""}${crlf ? text.replaceAll("\n", "\r\n") : text}`;
};

export interface Wire {
  /** Writes and waits until the bytes have left or the client has gone. */
  write(text: string | Uint8Array): Promise<void>;
  /** Ends the answer properly. */
  end(): void;
  /** Breaks the connection off. */
  reset(): void;
  isGone(): boolean;
  /** Resolves when the client has gone or the answer is over. */
  closed: Promise<void>;
}

const flushed = (finishFlush: number) => ({ flush: finishFlush });

const compressorOf = (compress: NonNullable<Behaviour["compress"]>) => {
  switch (compress) {
    case "gzip":
      return createGzip(flushed(constants.Z_SYNC_FLUSH));
    case "deflate":
      return createDeflate(flushed(constants.Z_SYNC_FLUSH));
    case "br":
      return createBrotliCompress(flushed(constants.BROTLI_OPERATION_FLUSH));
  }
};

/** The client's side of an answer, as cut up and compressed as the behaviour says. */
export const openWire = (response: ServerResponse, behaviour: Behaviour): Wire => {
  const compressor = behaviour.compress && compressorOf(behaviour.compress);
  compressor?.pipe(response);
  const sink = compressor ?? response;
  const closed = new Promise<void>((resolve) => {
    response.once("close", resolve);
  });
  const isGone = (): boolean => response.destroyed;
  const writeOne = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      sink.write(bytes, () => resolve());
    });
  return {
    async write(text) {
      const bytes = typeof text === "string" ? encoder.encode(text) : text;
      for (const piece of cutUp(bytes, behaviour.framing?.split)) {
        if (isGone()) return;
        await Promise.race([writeOne(piece), closed]);
      }
    },
    end: () => void sink.end(),
    reset: () => void response.destroy(),
    isGone,
    closed,
  };
};

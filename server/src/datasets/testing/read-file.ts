import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import type { TrainingFileType } from "@llm-tuner/contract/files.ts";
import { defaultFormatLimits, type FormatLimits, type RowBatch } from "../formats/format.ts";
import { readRows } from "../formats/read-rows.ts";

export type Content = string | Uint8Array | AsyncIterable<Uint8Array>;

/** The bytes of a content in pieces of `size`, to prove that no reader depends on where a piece ends. */
export async function* inPieces(content: Content, size = 65_536): AsyncGenerator<Uint8Array> {
  const isWhole = typeof content === "string" || content instanceof Uint8Array;
  const bytes = isWhole ? Buffer.from(content) : await buffer(Readable.from(content));
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export interface ReadOptions {
  pieceSize?: number;
  limits?: Partial<FormatLimits>;
}

/** Reads a file of a test to its end. */
export async function readFile(type: TrainingFileType, content: Content, { pieceSize, limits }: ReadOptions = {}) {
  const reader = readRows(
    { name: `data${type}`, type, bytes: inPieces(content, pieceSize) },
    { ...defaultFormatLimits, ...limits },
  );
  const batches: RowBatch[] = [];
  for await (const batch of reader.batches()) batches.push(batch);
  return {
    encoding: reader.encoding(),
    preview: reader.preview(),
    warnings: reader.warnings(),
    columns: batches.flatMap((batch) => (batch.kind === "table" ? batch.columns : [])).slice(0, columnsOf(batches[0])),
    table: batches.flatMap((batch) => (batch.kind === "table" ? batch.rows : [])),
    chats: batches.flatMap((batch) => (batch.kind === "chat" ? batch.rows : [])),
  };
}

const columnsOf = (batch: RowBatch | undefined): number => (batch?.kind === "table" ? batch.columns.length : 0);

import type { FileWarning, TrainingFileType } from "@llm-tuner/contract/files.ts";
import { createTextReader, type SourceEncoding } from "../../platform/text/decode-text.ts";
import { fileWithoutRows } from "../datasets.errors.ts";
import { parseCsv } from "./csv.ts";
import { cutAt } from "./excerpt.ts";
import { createFileNotes, type FileNotes } from "./file-notes.ts";
import type { FormatLimits, FormatParser, RowBatch } from "./format.ts";
import { parseJsonl } from "./jsonl.ts";
import { cannotBeText, tooManyRows } from "./row-faults.ts";
import { parseText } from "./text.ts";

const parsers: Readonly<Record<TrainingFileType, FormatParser>> = {
  ".csv": parseCsv,
  ".jsonl": parseJsonl,
  ".txt": parseText,
};

export interface SourceFile {
  name: string;
  type: TrainingFileType;
  bytes: AsyncIterable<Uint8Array>;
}

/** A file being read. What stands beside `batches` is complete when they are at their end. */
export interface RowReader {
  batches(): AsyncGenerator<RowBatch>;
  notes: FileNotes;
  encoding(): SourceEncoding;
  /** The first characters of the text. */
  preview(): string;
  rows(): number;
  warnings(): FileWarning[];
}

const previewCharacters = 200;

/** Reads a training file of any format as rows, in pieces; throws a 400 that names the lines when it cannot be used. */
export function readRows(file: SourceFile, limits: FormatLimits): RowReader {
  const notes = createFileNotes(file.name);
  const reader = createTextReader({ warn: notes.warn, notText: (line) => notes.fatal(cannotBeText(line)) });
  let preview = "";
  let rows = 0;

  async function* text(): AsyncGenerator<string> {
    for await (const piece of reader.read(file.bytes)) {
      if (preview.length < previewCharacters) preview = cutAt(preview + piece, previewCharacters);
      yield piece;
    }
  }

  async function* batches(): AsyncGenerator<RowBatch> {
    for await (const batch of parsers[file.type](text(), { limits, notes })) {
      rows += batch.rows.length;
      const last = batch.rows.at(-1);
      if (rows > limits.maxRows && last) notes.fatal(tooManyRows({ line: last.line, maxRows: limits.maxRows }));
      yield batch;
    }
    notes.throwFaults();
    if (rows === 0) throw fileWithoutRows(file.name);
  }

  return {
    batches,
    notes,
    encoding: () => reader.encoding(),
    preview: () => preview,
    rows: () => rows,
    warnings: () => notes.warnings(),
  };
}

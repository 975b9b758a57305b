import type { ChatMessage } from "@llm-tuner/contract/run-folder.ts";
import type { FileNotes } from "./file-notes.ts";

/** Limits of one file. They bound the memory that reading takes, whatever the file holds. */
export interface FormatLimits {
  maxLineBytes: number;
  maxRows: number;
}

export const defaultFormatLimits: FormatLimits = { maxLineBytes: 1_048_576, maxRows: 5_000_000 };

/** A row of named values; `line` is where it begins in the file, from 1. */
export interface TableRow {
  line: number;
  /** One for each column, in the order of the columns. */
  values: readonly string[];
}

export interface ChatRow {
  line: number;
  messages: ChatMessage[];
}

/** Rows of one piece of the file. All batches of a file are of one kind and have the same columns. */
export type RowBatch =
  | { kind: "table"; columns: readonly string[]; rows: TableRow[] }
  | { kind: "chat"; rows: ChatRow[] };

export interface ParseContext {
  limits: FormatLimits;
  /** Takes what is odd about the file; ends the reading when too much is wrong. */
  notes: FileNotes;
}

/** Turns decoded text, line breaks already `\n`, into rows as it arrives. */
export type FormatParser = (text: AsyncIterable<string>, context: ParseContext) => AsyncGenerator<RowBatch>;

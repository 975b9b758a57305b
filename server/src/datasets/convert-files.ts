import type { Readable } from "node:stream";
import type { DatasetMapping, DatasetReport } from "@llm-tuner/contract/datasets.ts";
import type { FileRecord } from "../files/files.module.ts";
import { mixedFileTypes, sourceFileGone, tooFewExamples, tooManyExamples } from "./datasets.errors.ts";
import { createExampleWriter, type ExampleWriter, type WrittenExamples } from "./example-writer.ts";
import type { FormatLimits, RowBatch } from "./formats/format.ts";
import { readRows } from "./formats/read-rows.ts";
import { checkSameColumns, chooseMapping, createRowMapper, type RowMapper } from "./mapping.ts";

const minExamples = 10;
const maxProblems = 50;

export interface Conversion {
  files: readonly FileRecord[];
  open(file: FileRecord): Promise<Readable>;
  mapping: DatasetMapping | null;
  heldOutFraction: number;
  limits: FormatLimits;
  /** Where `data/` is written. */
  folder: string;
  /** Hears of bytes as they are read. */
  onBytes(bytes: number): Promise<void>;
  signal: AbortSignal;
}

/** The report as far as the trainer does not add token counts to it. */
export type ConversionReport = Omit<DatasetReport, "train" | "held_out">;

export interface Converted {
  report: ConversionReport;
  preview: WrittenExamples["preview"];
}

const columnsOf = (batch: RowBatch): readonly string[] | undefined =>
  batch.kind === "table" ? batch.columns : undefined;

/** Passes the bytes of a file on and says how many came; ends with an error when the work is called off. */
async function* watched(bytes: AsyncIterable<Uint8Array>, { onBytes, signal }: Conversion): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    signal.throwIfAborted();
    await onBytes(chunk.length);
    yield chunk;
  }
}

const emptyRow = { code: "empty_row", message: "Rows without a question, an answer or a text were left out." } as const;
const repeatedExample = {
  code: "duplicate_row",
  message: "Rows that make the same example as an earlier one were left out.",
} as const;

class FileConverter {
  readonly #conversion: Conversion;
  readonly #writer: ExampleWriter;
  #mapping: DatasetMapping | null;
  #firstColumns: { of: readonly string[] | undefined } | undefined;
  rows = 0;
  emptyRows = 0;
  problems: DatasetReport["problems"] = [];

  constructor(conversion: Conversion, writer: ExampleWriter) {
    this.#conversion = conversion;
    this.#writer = writer;
    this.#mapping = conversion.mapping;
  }

  /** As requested, or as the columns of the first file suggested. */
  mapping(): DatasetMapping {
    return this.#mapping ?? { kind: "text" };
  }

  async convert(file: FileRecord): Promise<void> {
    const { limits, open } = this.#conversion;
    const bytes = await open(file).catch((error: unknown) => {
      throw sourceFileGone(file.originalName, error);
    });
    const source = { name: file.originalName, type: file.type, bytes: watched(bytes, this.#conversion) };
    const reader = readRows(source, limits);
    let mapRows: RowMapper | undefined;
    for await (const batch of reader.batches()) {
      mapRows ??= this.#begin(file, batch);
      this.rows += batch.rows.length;
      if (this.rows > limits.maxRows) throw tooManyExamples(limits.maxRows);
      const mapped = mapRows(batch);
      for (const [index, { line }] of batch.rows.entries()) {
        const row = mapped[index];
        if (row === undefined) {
          this.emptyRows += 1;
          reader.notes.warn({ ...emptyRow, line });
        } else if (!(await this.#writer.add(row))) reader.notes.warn({ ...repeatedExample, line });
      }
    }
    const several = this.#conversion.files.length > 1;
    for (const warning of reader.warnings()) {
      if (this.problems.length >= maxProblems) break;
      this.problems.push(
        several ? { ...warning, message: `${file.originalName.slice(0, 100)}: ${warning.message}` } : warning,
      );
    }
  }

  #begin(file: FileRecord, batch: RowBatch): RowMapper {
    const columns = columnsOf(batch);
    this.#firstColumns ??= { of: columns };
    this.#mapping ??= chooseMapping(columns);
    if (this.#conversion.mapping === null) checkSameColumns(file.originalName, columns, this.#firstColumns.of);
    return createRowMapper({ mapping: this.#mapping, columns, fileName: file.originalName });
  }
}

/** Makes training data of files: one pass, in memory that does not grow with their size but for 8 to 23 bytes a row. */
export async function convertFiles(conversion: Conversion): Promise<Converted> {
  const { files, folder, heldOutFraction } = conversion;
  const [type, ...otherTypes] = new Set(files.map((file) => file.type));
  if (type === undefined || otherTypes.length > 0) throw mixedFileTypes([...new Set(files.map((file) => file.type))]);
  const writer = await createExampleWriter(folder, heldOutFraction);
  try {
    const converter = new FileConverter(conversion, writer);
    for (const file of files) await converter.convert(file);
    const { rows, emptyRows, problems } = converter;
    const examples = writer.examples();
    if (examples < minExamples) {
      const left = { duplicates: writer.duplicates(), empty: emptyRows };
      throw tooFewExamples({ examples, minimum: minExamples, left });
    }
    const { preview, ...written } = await writer.finish();
    const report: ConversionReport = {
      format: type,
      mapping: converter.mapping(),
      automatic_mapping: conversion.mapping === null,
      rows,
      examples,
      train_examples: written.train,
      held_out_examples: written.heldOut,
      duplicate_rows: written.duplicates,
      empty_rows: emptyRows,
      problems,
    };
    return { report, preview };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

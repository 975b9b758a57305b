import type { FileInspection, FileInspector } from "../files/files.module.ts";
import { DigestSet, digestOf } from "./digest-set.ts";
import { defaultFormatLimits, type FormatLimits, type RowBatch } from "./formats/format.ts";
import { readRows, type RowReader } from "./formats/read-rows.ts";

/** Notes rows that say nothing or say what an earlier one said; both are left out of the training data. */
function createRowCensus({ notes }: RowReader) {
  const seen = new DigestSet();
  return (batch: RowBatch): void => {
    for (const row of batch.rows) {
      const content = "values" in row ? row.values : row.messages;
      if ("values" in row && row.values.every((value) => value.trim() === "")) {
        notes.warn({ code: "empty_row", message: "Empty rows will be left out.", line: row.line });
      } else if (!seen.add(digestOf(JSON.stringify(content)))) {
        notes.warn({
          code: "duplicate_row",
          message: "Rows that repeat an earlier row will be left out.",
          line: row.line,
        });
      }
    }
  };
}

/** Reads an uploaded file once, to its end: what is in it, or a 400 that says on which lines it is wrong. */
export const createFileInspector =
  (limits: FormatLimits = defaultFormatLimits): FileInspector =>
  async (file): Promise<FileInspection> => {
    const reader = readRows(file, limits);
    const note = createRowCensus(reader);
    let columns: readonly string[] | undefined;
    for await (const batch of reader.batches()) {
      if (batch.kind === "table" && file.type !== ".txt") columns = batch.columns;
      note(batch);
    }
    return {
      encoding: reader.encoding(),
      rows: reader.rows(),
      preview: reader.preview(),
      warnings: reader.warnings(),
      ...(columns === undefined ? {} : { columns: [...columns] }),
    };
  };

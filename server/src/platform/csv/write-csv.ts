import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { stringify } from "csv-stringify";

export type CsvRow = Record<string, unknown>;

// Otherwise true is 1, and false an empty cell.
const cast = { boolean: String };

/** A table as CSV, written while its rows are read. Cells that a spreadsheet would take for a formula are escaped. */
export function writeCsv(rows: AsyncIterable<CsvRow>, columns: readonly string[]): Readable {
  const table = stringify({ header: true, columns: [...columns], escape_formulas: true, bom: true, cast });
  // A failure of either side ends the other, and with it the answer.
  pipeline(Readable.from(rows), table).catch((error: unknown) =>
    table.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return table;
}

import { createReadStream } from "node:fs";
import { CsvError } from "csv-parse";
import { parse } from "csv-parse/sync";
import { createTextReader } from "../../platform/text/decode-text.ts";
import { excelHint, sniffDelimiter } from "../../platform/text/delimiter.ts";
import {
  spreadsheetIsNoText,
  tooManySpreadsheetColumns,
  tooManySpreadsheetRows,
  unclosedSpreadsheetQuote,
} from "./spreadsheets.errors.ts";
import { maxColumns, maxRows, type TableRow } from "./table.ts";

const headCharacters = 32_768;

async function textOf(path: string): Promise<string> {
  const reader = createTextReader({
    // A table of addresses is shown row by row before anything is fetched; wrong letters in a title are seen there.
    warn: () => undefined,
    notText: (line) => {
      throw spreadsheetIsNoText(line);
    },
  });
  let text = "";
  for await (const piece of reader.read(createReadStream(path))) text += piece;
  return text;
}

/** Parses rows one by one, so that a file of many stops at the limit. */
function parseRows(text: string, delimiter: string): TableRow[] {
  const rows: TableRow[] = [];
  let nextLine = 1;
  const addRow = (values: string[], { lines }: { lines: number }): null => {
    const line = nextLine;
    nextLine = lines + 1;
    if (values.length > maxColumns) throw tooManySpreadsheetColumns(values.length, maxColumns, line);
    const cells = values.map((value) => ({ text: value.trim() }));
    if (cells.every((cell) => cell.text === "")) return null;
    // One more for the headings.
    if (rows.length > maxRows) throw tooManySpreadsheetRows(maxRows);
    rows.push({ line, cells });
    return null;
  };
  try {
    parse(text, {
      delimiter,
      record_delimiter: "\n",
      relax_column_count: true,
      relax_quotes: true,
      on_record: addRow,
    });
  } catch (error) {
    if (error instanceof CsvError && error.code === "CSV_QUOTE_NOT_CLOSED") throw unclosedSpreadsheetQuote(nextLine);
    throw error;
  }
  return rows;
}

/** A table in text: encoding and delimiter are found out. A list of one column needs no delimiter. */
export async function readCsv(path: string): Promise<TableRow[]> {
  const text = await textOf(path);
  const delimiter = sniffDelimiter(text.slice(0, headCharacters));
  // The hint leaves a blank line, so that the numbers of the lines after it hold.
  const rows = parseRows(text.replace(excelHint, "\n"), delimiter);
  if (rows[0]?.cells.length !== 1) return rows;
  // Addresses may hold commas: without one in the first row they are no delimiters.
  return rows.map(({ line, cells }) => ({ line, cells: [{ text: cells.map((cell) => cell.text).join(delimiter) }] }));
}

import { CsvError, Parser } from "csv-parse";
import { excelHint, sniffDelimiter, type Delimiter } from "../../platform/text/delimiter.ts";
import { columnsFromHeader } from "./columns.ts";
import type { RowFault } from "./file-notes.ts";
import type { ParseContext, RowBatch, TableRow } from "./format.ts";
import { createLineFinder, type LineFinder } from "./line-finder.ts";
import { lineTooLong } from "./row-faults.ts";

/** Text in which the delimiter is looked for. */
const headCharacters = 32_768;

interface CsvRow {
  line: number;
  values: string[];
}

/** Says in the words of a table what the parser found, at the line where the row begins. */
function faultOf({
  error,
  line,
  text,
  maxBytes,
}: {
  error: unknown;
  line: number;
  text: string;
  maxBytes: number;
}): RowFault | undefined {
  if (!(error instanceof CsvError)) return undefined;
  if (error.code === "CSV_MAX_RECORD_SIZE") return lineTooLong({ line, text, maxBytes });
  if (error.code === "CSV_QUOTE_NOT_CLOSED") {
    return { code: "unclosed_quote", line, text, message: 'begins a row with a quote (") that is never closed' };
  }
  const message = 'has a quote (") in the middle of a field; put the field in quotes and double the quotes inside it';
  return { code: "invalid_quote", line, text, message };
}

/** csv-parse fed piece by piece; it hands rows over as they are complete, so that none waits in a second buffer. */
function createRowReader({
  delimiter,
  context,
  lines,
}: {
  delimiter: Delimiter;
  context: ParseContext;
  lines: LineFinder;
}) {
  let rows: CsvRow[] = [];
  let nextLine = 1;
  const maxBytes = context.limits.maxLineBytes;
  const parser = new Parser({
    delimiter,
    record_delimiter: "\n",
    relax_column_count: true,
    max_record_size: maxBytes,
    on_record: (values: string[], { lines: lastLine }) => {
      rows.push({ line: nextLine, values });
      nextLine = lastLine + 1;
      return null;
    },
  });

  const settle = (resolve: (rows: CsvRow[]) => void, reject: (error: unknown) => void) => (error?: Error | null) => {
    if (error) return reject(error);
    const complete = rows;
    rows = [];
    resolve(complete);
  };
  const run = (piece: string | null) =>
    new Promise<CsvRow[]>((resolve, reject) => {
      const done = settle(resolve, reject);
      if (piece === null) parser.end(done);
      else parser.write(piece, done);
    }).catch((error: unknown) => {
      const fault = faultOf({ error, line: nextLine, text: lines.textFrom(nextLine), maxBytes });
      if (fault) context.notes.fatal(fault);
      throw error;
    });

  // Errors also arrive at the callbacks above; without a listener the stream would throw them into the process.
  parser.on("error", () => undefined);
  return { write: (piece: string) => run(piece), end: () => run(null), nextLine: () => nextLine };
}

/** Reads until the delimiter can be told, then goes on with the same iterator. */
async function readHead(pieces: AsyncIterator<string>): Promise<string> {
  let head = "";
  while (head.length < headCharacters) {
    const next = await pieces.next();
    if (next.done === true) break;
    head += next.value;
  }
  return head;
}

const isBlank = (values: readonly string[]): boolean => values.every((value) => value.trim() === "");

/** A row with more or fewer fields than the header is a fault: its values would stand under the wrong names. */
function checkWidth({
  row,
  width,
  delimiter,
  context,
}: {
  row: CsvRow;
  width: number;
  delimiter: string;
  context: ParseContext;
}): boolean {
  if (row.values.length === width) return true;
  context.notes.fault({
    code: "ragged_row",
    line: row.line,
    text: row.values.join(delimiter),
    message: `has ${row.values.length} fields where the header has ${width}`,
  });
  return false;
}

/** Makes batches of rows; the first row that is not blank names the columns. */
function createTableBuilder(delimiter: Delimiter, context: ParseContext): (rows: readonly CsvRow[]) => RowBatch[] {
  let columns: string[] | undefined;
  return (rows) => {
    const complete: TableRow[] = [];
    for (const row of rows) {
      const isEmpty = isBlank(row.values);
      if (!columns) {
        if (!isEmpty) columns = columnsFromHeader({ names: row.values, line: row.line, notes: context.notes });
      } else if (isEmpty && row.values.length === 1) {
        // A blank line has one empty field, however many columns there are.
        complete.push({ line: row.line, values: Array<string>(columns.length).fill("") });
      } else if (checkWidth({ row, width: columns.length, delimiter, context })) complete.push(row);
    }
    return columns && complete.length > 0 ? [{ kind: "table", columns, rows: complete }] : [];
  };
}

/** A table: the delimiter is found out, quoted fields may hold delimiters, quotes and line breaks. */
export async function* parseCsv(text: AsyncIterable<string>, context: ParseContext): AsyncGenerator<RowBatch> {
  const pieces = text[Symbol.asyncIterator]();
  try {
    const head = await readHead(pieces);
    const delimiter = sniffDelimiter(head);
    const lines = createLineFinder();
    const reader = createRowReader({ delimiter, context, lines });
    const batchesOf = createTableBuilder(delimiter, context);
    // The hint leaves a blank line, so that the numbers of the lines after it hold.
    let piece: string | undefined = head.replace(excelHint, "\n");
    while (piece !== undefined) {
      lines.add(piece, reader.nextLine());
      yield* batchesOf(await reader.write(piece));
      const next: IteratorResult<string, unknown> = await pieces.next();
      piece = next.done === true ? undefined : next.value;
    }
    yield* batchesOf(await reader.end());
  } finally {
    await pieces.return?.();
  }
}

import type { ErrorPlace } from "@llm-tuner/contract/errors.ts";
import { appError } from "../../platform/errors.ts";

const mebibytes = (bytes: number): string => `${Math.round(bytes / 104_857.6) / 10} MiB`;
const maxExcerptCharacters = 160;
const shortened = (text: string): string =>
  text.length <= maxExcerptCharacters ? text : `${text.slice(0, maxExcerptCharacters - 1)}…`.toWellFormed();

const unusable = (code: string, message: string, remedy: string, places?: ErrorPlace[]) =>
  appError({ code, status: 400, message, details: { ...(places === undefined ? {} : { places }), remedy } });

const saveAgain = "Open it in your spreadsheet program and save it as .xlsx or as .csv.";

export const notASpreadsheet = (whatItIs: string) =>
  unusable("not_a_spreadsheet", `The file is no spreadsheet that can be read: it is ${whatItIs}.`, saveAgain);

export const damagedSpreadsheet = (cause: unknown) =>
  appError({
    code: "spreadsheet_damaged",
    status: 400,
    message: "The file looks like a spreadsheet (.xlsx), but cannot be read.",
    details: { remedy: saveAgain },
    cause,
  });

export const unreadableCell = (detail: string) =>
  unusable("spreadsheet_cell_unreadable", `A cell of the spreadsheet cannot be read: ${shortened(detail)}.`, saveAgain);

export const spreadsheetTooLarge = (bytes: number, maxBytes: number) =>
  unusable(
    "spreadsheet_too_large",
    `The spreadsheet has ${mebibytes(bytes)}; at most ${mebibytes(maxBytes)} are read.`,
    "Split it, or keep only the columns of addresses and titles.",
  );

/** What a spreadsheet that a person made never is, and a file made to fill a memory always. */
export const spreadsheetUnpacksTooLarge = (limit: string) =>
  unusable(
    "spreadsheet_unpacks_too_large",
    `The spreadsheet is not read: ${limit}.`,
    "Remove pictures and further sheets, or save it as .csv.",
  );

export const tooManySpreadsheetRows = (maxRows: number) =>
  unusable(
    "spreadsheet_too_many_rows",
    `The spreadsheet has more than ${maxRows.toLocaleString("en")} rows.`,
    "Split it into several.",
  );

export const tooManySpreadsheetColumns = (columns: number, maxColumns: number, line: number, sheet?: string) =>
  unusable(
    "spreadsheet_too_many_columns",
    `Line ${line} of the ${sheet === undefined ? "spreadsheet" : `sheet “${shortened(sheet)}”`} has ${columns} columns; at most ${maxColumns} are read.`,
    "Keep only the columns of addresses and titles.",
    [{ line }],
  );

export const unclosedSpreadsheetQuote = (line: number) =>
  unusable(
    "spreadsheet_unclosed_quote",
    `Line ${line} of the file begins a field with a quote (") that is never closed.`,
    "Close the quote, or double it where it belongs to the text.",
    [{ line }],
  );

export const spreadsheetIsNoText = (line: number) =>
  unusable(
    "not_a_spreadsheet",
    `Line ${line} of the file holds a NUL character, so that it is no table in text.`,
    saveAgain,
    [{ line }],
  );

export const noSuchColumn = (asked: string, headings: readonly string[]) =>
  unusable(
    "spreadsheet_column_not_found",
    `The spreadsheet has no column called ${shortened(asked)}.`,
    headings.length === 0
      ? "Its first row holds no headings: leave url_column out."
      : `Its columns are: ${shortened(headings.join(", "))}.`,
    [{ field: "url_column", line: 1 }],
  );

export const noAddressColumn = () =>
  unusable(
    "spreadsheet_without_addresses",
    "No column of the spreadsheet holds addresses that begin with http:// or https://.",
    "Put one address in each row, or name the column in url_column.",
  );

/** The process that read it was ended: what it held or how long it took was beyond the limits. */
export const spreadsheetNotRead = (died: "timeout" | "memory" | "crash") =>
  unusable(
    "spreadsheet_not_readable",
    died === "crash"
      ? "The spreadsheet could not be read."
      : `Reading the spreadsheet took too much ${died === "memory" ? "memory" : "time"}.`,
    "Remove pictures, formats and further sheets, or save it as .csv.",
  );

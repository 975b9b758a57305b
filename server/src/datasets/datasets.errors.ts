import { appError } from "../platform/errors.ts";
import type { AppError } from "../platform/errors.ts";
import { excerptOf } from "./formats/excerpt.ts";
import type { RowFault } from "./formats/file-notes.ts";

const remedies: Readonly<Record<string, string>> = {
  ragged_row: "Give each row as many fields as the header, and put fields that hold the delimiter in double quotes.",
  unclosed_quote: "Close the quote, or double it where it belongs to the text.",
  invalid_quote: "Put the field in double quotes and double the quotes inside it.",
  invalid_json: "Write one complete JSON object on each line.",
  data_type: "Write one complete JSON object on each line.",
  mixed_shapes: "Give all lines the same fields, or split the file.",
  unsupported_value: "Write texts and numbers only, or chats as a list called messages.",
  line_too_long: "Break the line up, or check whether a quote is missing.",
  binary_file: "Save the file as plain text in UTF-8.",
  too_many_rows: "Split the file.",
};

/** Rows that cannot be used; `first` stands in the message, all of them among the places. */
export function faultyRows({
  fileName,
  first,
  faults,
}: {
  fileName: string;
  first: RowFault;
  faults: readonly RowFault[];
}): AppError {
  const more =
    faults.length > 1 ? ` (${faults.length - 1} more ${faults.length === 2 ? "line has" : "lines have"} faults)` : "";
  const remedy = remedies[first.code];
  return appError({
    code: first.code,
    status: 400,
    message: `Line ${first.line} of ${excerptOf(fileName)} ${first.message}${more}.`,
    details: {
      places: faults.map(({ line, column, text }) => ({
        file: fileName,
        line,
        ...(column === undefined ? {} : { column: excerptOf(column) }),
        ...(text === undefined ? {} : { excerpt: excerptOf(text) }),
      })),
      ...(remedy === undefined ? {} : { remedy }),
    },
  });
}

export const fileWithoutRows = (fileName: string) =>
  appError({
    code: "no_rows",
    status: 400,
    message: `${excerptOf(fileName)} holds no rows.`,
    details: { places: [{ file: fileName }], remedy: "A table needs a header row and rows below it." },
  });

export const datasetNotFound = (id: string) =>
  appError({
    code: "dataset_not_found",
    status: 404,
    message: `There is no data set ${id.slice(0, 60)}.`,
    details: { remedy: "GET /api/datasets lists your data sets." },
  });

export const datasetNotReady = (id: string) =>
  appError({
    code: "dataset_not_ready",
    status: 409,
    message: `The data set ${id} is still being checked, or has faults.`,
  });

export const tooManyDatasets = (limit: number) =>
  appError({
    code: "too_many_datasets",
    status: 409,
    message: `You keep ${limit} data sets already.`,
    details: { remedy: "Delete data sets that you no longer need." },
  });

export const datasetQuotaExceeded = () =>
  appError({
    code: "storage_quota_exceeded",
    status: 413,
    message: "Your data sets would take more space than you may use.",
    details: { remedy: "Delete data sets that you no longer need." },
  });

export const sourceFileGone = (fileName: string, cause?: unknown) =>
  appError({
    code: "file_not_found",
    status: 422,
    message: `${excerptOf(fileName)} was deleted before it was read.`,
    details: { places: [{ file: fileName }], remedy: "Upload it again." },
    cause,
  });

export const mixedFileTypes = (types: readonly string[]) =>
  appError({
    code: "mixed_file_types",
    status: 422,
    message: `The files of a data set must be of one type; these are ${types.join(" and ")}.`,
    details: {
      places: [{ field: "file_ids" }],
      remedy: "Make a data set of each type, or bring the files into one format.",
    },
  });

export const filesDiffer = (fileName: string, reason: string) =>
  appError({
    code: "files_differ",
    status: 422,
    message: `${excerptOf(fileName)} does not fit the files before it: ${reason}.`,
    details: { places: [{ file: fileName }], remedy: "Give all files the same columns, or make a data set of each." },
  });

export const missingColumn = ({
  fileName,
  column,
  columns,
}: {
  fileName: string;
  column: string;
  columns: readonly string[];
}) =>
  appError({
    code: "missing_column",
    status: 422,
    message: `${excerptOf(fileName)} has no column ${excerptOf(column)}. It has: ${excerptOf(columns.join(", "))}.`,
    details: {
      places: [{ file: fileName, column: excerptOf(column), field: "mapping" }],
      remedy: "Name columns as they stand in the header, upper and lower case alike.",
    },
  });

export const mappingDoesNotFit = (fileName: string, message: string) =>
  appError({
    code: "mapping_does_not_fit",
    status: 422,
    message: `${excerptOf(fileName)} ${message}.`,
    details: { places: [{ file: fileName, field: "mapping" }] },
  });

const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

export const tooFewExamples = ({
  examples,
  minimum,
  left,
}: {
  examples: number;
  minimum: number;
  /** What was left out, by reason. */
  left: { duplicates: number; empty: number };
}) =>
  appError({
    code: "too_few_examples",
    status: 422,
    message:
      `The data set has ${counted(examples, "example")}, must have at least ${minimum}` +
      (left.duplicates + left.empty === 0
        ? "."
        : ` (left out: ${counted(left.duplicates, "duplicate")}, ${counted(left.empty, "empty row")}).`),
    details: { remedy: "Add rows. Good results begin at 50 to 100 different examples." },
  });

export const tooManyExamples = (limit: number) =>
  appError({
    code: "too_many_rows",
    status: 422,
    message: `The files have more than ${limit.toLocaleString("en")} rows together.`,
    details: { remedy: "Use fewer files." },
  });

/** Failures of the trainer that lie with what was asked for; the others lie with this machine. */
const failuresOfRequest = new Set([
  "data_invalid",
  "base_model_unavailable",
  "base_model_unsupported",
  "licence_required",
]);

/** What the trainer said when it could not read the base model or the data. */
export const tokenizingFailed = ({ code, message, remedy }: { code: string; message: string; remedy: string }) =>
  appError({ code, status: failuresOfRequest.has(code) ? 422 : 500, message, details: { remedy } });

export const tokenizingTooSlow = (seconds: number) =>
  appError({
    code: "token_count_timeout",
    status: 422,
    message: `Counting the tokens took longer than ${counted(seconds, "second")}.`,
    details: { remedy: "Use smaller files." },
  });

export const tokenizerCrashed = (ending: string, logTail: string) =>
  appError({
    code: "token_count_failed",
    status: 500,
    message: `Counting the tokens ended without a result (${ending}).`,
    details: { remedy: "Try again; if it happens again, the server's log says more." },
    cause: logTail,
  });

export const checkGivenUp = () =>
  appError({
    code: "check_failed",
    status: 500,
    message: "The check of this data set was cut off several times and is given up.",
    details: { remedy: "Try again with smaller files, or look at the server's log." },
  });

const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");

/** A fault of the platform as a person may see it; the log has the rest. */
export const checkBroken = (cause: unknown) =>
  isDiskFull(cause)
    ? appError({ code: "storage_full", status: 507, message: "The disk of this installation is full.", cause })
    : appError({ code: "internal", status: 500, message: "The check failed by a fault of the server.", cause });

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

import type { RowFault } from "./file-notes.ts";

const mebibytes = (bytes: number): string =>
  bytes >= 1_048_576 ? `${Math.round(bytes / 104_857.6) / 10} MiB` : `${Math.round(bytes / 102.4) / 10} KiB`;

export const cannotBeText = (line: number): RowFault => ({
  code: "binary_file",
  line,
  message: "holds a NUL character, so the file is not text",
});

export const lineTooLong = ({ line, text, maxBytes }: { line: number; text: string; maxBytes: number }): RowFault => ({
  code: "line_too_long",
  line,
  message: `is longer than ${mebibytes(maxBytes)}`,
  text,
});

export const tooManyRows = ({ line, maxRows }: { line: number; maxRows: number }): RowFault => ({
  code: "too_many_rows",
  line,
  message: `is past the limit of ${maxRows.toLocaleString("en")} rows`,
});

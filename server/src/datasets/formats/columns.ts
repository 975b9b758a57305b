import { cleanText } from "./excerpt.ts";
import type { FileNotes } from "./file-notes.ts";

const maxColumns = 1000;
const maxNameCharacters = 500;

/** A number, amount or date is seldom the name of a column, but often the first row of a table without a header. */
const looksLikeData = /^[-+]?[\d.,]*\d[\d.,/:%-]*$/;

interface Header {
  names: readonly string[];
  line: number;
  notes: FileNotes;
}

/** Ends the reading when a table has no columns, too many, or one whose name could not be written in a mapping. */
export function checkColumns({ names, line, notes }: Header): void {
  const text = names.join(", ");
  if (names.length === 0) notes.fatal({ code: "no_columns", line, message: "has no fields" });
  if (names.length > maxColumns) {
    notes.fatal({ code: "too_many_columns", line, text, message: `has more than ${maxColumns} columns` });
  }
  if (names.some((name) => name === "" || name.length > maxNameCharacters || cleanText(name) !== name)) {
    const message = `names a column that is empty, longer than ${maxNameCharacters} characters or not text`;
    notes.fatal({ code: "column_name_invalid", line, text, message });
  }
}

/** Names of a table's columns from its header row: trimmed, never empty, each one once. */
export function columnsFromHeader({ names: header, line, notes }: Header): string[] {
  const used = new Set<string>();
  const names = header.map((cell, position) => {
    const name = cell.trim();
    if (name === "") notes.warn({ code: "column_unnamed", message: "A column has no name and got its number.", line });
    const wanted = name === "" ? `column ${position + 1}` : name;
    let unique = wanted;
    for (let count = 2; used.has(unique); count += 1) unique = `${wanted} (${count})`;
    if (unique !== wanted) {
      const message = "A column name stands twice; the later one got a number.";
      notes.warn({ code: "column_repeated", message, line, text: name });
    }
    used.add(unique);
    return unique;
  });
  checkColumns({ names, line, notes });
  if (header.some((cell) => looksLikeData.test(cell.trim()))) {
    notes.warn({
      code: "header_suspicious",
      message:
        "The first row was read as the names of the columns, but holds numbers. Add a header row if it has none.",
      line,
      text: header.join(", "),
    });
  }
  return names;
}

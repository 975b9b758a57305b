export interface Cell {
  text: string;
  /** Where the cell leads when it is clicked. */
  link?: string;
}

/** A row that is not blank. */
export interface TableRow {
  /** 1-based, as a person counts them: in a spreadsheet the row, in a text the line. */
  line: number;
  cells: readonly Cell[];
}

export interface Sheet {
  /** Absent where there is one alone. */
  name?: string;
  rows: readonly TableRow[];
  /** Why it is not read to its end. What does not matter to the table of addresses may be as large as it likes. */
  refusal?: Error;
}

export const maxRows = 10_000;
export const maxColumns = 200;

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

export const maxRows = 10_000;
export const maxColumns = 200;

/** What a spreadsheet takes for the beginning of a formula, in its own and in full width. */
const formulaStart = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;

/**
 * A text as a cell that no spreadsheet computes, for XLSX; what CSV is written with has the same rule as
 * `escape_formulas`. Titles and tags come out of strangers' files, and a person may save the table in another format.
 */
export const safeCell = (text: string): string => (formulaStart.test(text) ? `'${text}` : text);

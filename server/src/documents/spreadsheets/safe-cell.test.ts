import { stringify } from "csv-stringify/sync";
import { describe, expect, it } from "vitest";
import { safeCell } from "./safe-cell.ts";

const formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠a"];
const texts = ["", "Invoice", "a=b", " =1", "'=1", "1-2", "e@example.org", "https://example.org/?a=b"];

describe("safeCell", () => {
  it.each(formulas)("puts a mark before %j", (text) => expect(safeCell(text)).toBe(`'${text}`));
  it.each(texts)("leaves %j", (text) => expect(safeCell(text)).toBe(text));

  it("treats a cell as the writer of CSV does", () => {
    for (const text of [...formulas, ...texts]) {
      const csv = stringify([[text]], { escape_formulas: true, quoted: true, quoted_empty: true, eof: false });
      expect(csv).toBe(`"${safeCell(text)}"`);
    }
  });
});

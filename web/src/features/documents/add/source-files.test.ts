import { describe, expect, it } from "vitest";
import { kindOf, mostFiles, withFiles } from "./source-files.ts";

const file = (name: string, size = 10) => ({ name, size, type: "", lastModified: 0 });
const names = (files: readonly { name: string }[]) => files.map(({ name }) => name);

describe("the files of a new job", () => {
  it.each([
    ["a.pdf", "", "pdf"],
    ["A.PDF", "", "pdf"],
    ["scan", "application/pdf", "pdf"],
    ["rows.xlsx", "", "spreadsheet"],
    ["rows.csv", "text/csv", "spreadsheet"],
    ["letter.docx", "", undefined],
  ])("%s of type %j is %s", (name, type, kind) => {
    expect(kindOf({ name, type })).toBe(kind);
  });

  it("adds PDFs to PDFs, and the same one once", () => {
    const { files, faults } = withFiles([file("a.pdf")], [file("a.pdf"), file("b.pdf"), file("a.pdf", 11)]);
    expect(files.map(({ name, size }) => `${name} ${size}`)).toEqual(["a.pdf 10", "b.pdf 10", "a.pdf 11"]);
    expect(faults).toEqual([]);
  });

  it("takes one spreadsheet instead of everything else, and says so", () => {
    const { files, faults } = withFiles([file("a.pdf")], [file("x.csv"), file("y.xlsx")]);
    expect(names(files)).toEqual(["x.csv"]);
    expect(faults).toHaveLength(2);
    expect(faults.join(" ")).toContain("x.csv");
  });

  it("puts PDFs in the place of a spreadsheet", () => {
    expect(names(withFiles([file("x.csv")], [file("a.pdf")]).files)).toEqual(["a.pdf"]);
  });

  it("keeps what was chosen when something else is dropped, and names it", () => {
    const { files, faults } = withFiles([file("a.pdf")], [file("b.txt"), file("c.txt")]);
    expect(names(files)).toEqual(["a.pdf"]);
    expect(faults).toEqual(["b.txt and 1 more are neither a PDF nor a spreadsheet (.xlsx, .csv)."]);
  });

  it("takes no more than a job may have", () => {
    const many = Array.from({ length: mostFiles + 1 }, (_, index) => file(`${index}.pdf`));
    const { files, faults } = withFiles([], many);
    expect(files).toHaveLength(mostFiles);
    expect(faults).toHaveLength(1);
  });
});

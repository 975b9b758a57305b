import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { typeByName, withCheckedHead } from "./content-check.ts";

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));

async function pass(content: Buffer, pieceSize = 1000): Promise<Buffer> {
  async function* pieces() {
    for (let at = 0; at < content.length; at += pieceSize) yield content.subarray(at, at + pieceSize);
  }
  const passed: Uint8Array[] = [];
  for await (const chunk of withCheckedHead("data.csv", pieces())) passed.push(chunk);
  return Buffer.concat(passed);
}

describe("the content of a file", () => {
  it.each([
    ["an ELF program", bytes([0x7f], "ELF", [2, 1, 1, 0, 0, 0, 0, 0])],
    ["a Windows program", bytes("MZ", [0x90, 0, 3, 0, 0, 0])],
    ["a PDF", bytes("%PDF-1.7\n%äüöß\n1 0 obj\n<< /Type /Catalog >>\n")],
    ["a zip archive", bytes("PK", [3, 4, 20, 0, 0, 0, 8, 0])],
    ["a PNG", bytes([0x89], "PNG\r\n", [0x1a, 0x0a, 0, 0, 0, 13], "IHDR")],
    ["a JPEG", bytes([0xff, 0xd8, 0xff, 0xe0, 0, 16], "JFIF")],
    ["a bitmap", bytes("BM", [0x36, 0x10, 0, 0, 0, 0, 0, 0])],
    ["gzip", gzipSync("a,b\n1,2\n")],
    ["unknown binary data", bytes("a,b\n", [1, 2, 3, 4])],
    ["HTML", bytes("\n  <!DOCTYPE html><html><script>alert(1)</script>")],
    ["HTML without a doctype", bytes("<HTML lang=en>")],
    ["a script element", bytes("<script>alert(1)</script>")],
    ["XML", bytes('<?xml version="1.0"?><a/>')],
    ["SVG", bytes('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ["RTF", bytes("{\\rtf1\\ansi hello}")],
    ["PostScript", bytes("%!PS-Adobe-3.0\n")],
  ])("is refused when it is %s", async (_what, content) => {
    for (const size of [1, 1000]) {
      await expect(pass(content, size)).rejects.toMatchObject({ code: "unsupported_file_type", status: 415 });
    }
  });

  it.each([
    ["a table whose first column is BMI", bytes("BMI,age\n21,40\n")],
    ["a table whose first column is MZ", bytes("MZ_number,x\n1,2\n")],
    ["a table whose first column is ID3", bytes("ID3,x\n1,2\n")],
    ["UTF-16", Buffer.concat([bytes([0xff, 0xfe]), Buffer.from("a,b\n1,2\n", "utf16le")])],
    ["windows-1252", bytes("name\nGr\u00f6\u00dfe\n")],
    ["text that only speaks of HTML", bytes("A page begins with <html> or <!doctype html>.\n")],
    ["text with a form feed and an escape", bytes("page\f\u001b[1mbold\u001b[0m\n")],
    ["a long text", bytes("words and more words\n".repeat(1000))],
    ["nothing", bytes()],
  ])("is passed on when it is %s", async (_what, content) => {
    for (const size of [1, 1000, 100_000]) expect((await pass(content, size)).equals(content)).toBe(true);
  });
});

describe("the type of a file", () => {
  it("is its extension, in any case", () => {
    expect(typeByName("a.csv")).toBe(".csv");
    expect(typeByName("a.b.JSONL")).toBe(".jsonl");
    expect(typeByName(".hidden.txt")).toBe(".txt");
  });

  it.each(["a", "a.", "a.json", "a.csv.gz", ".csv", "csv"])("is refused for %s", (name) => {
    expect(() => typeByName(name)).toThrow(expect.objectContaining({ code: "unsupported_file_type", status: 415 }));
  });
});

import { expect, it } from "vitest";
import { addressedDocument } from "./addressed-documents.ts";

const row = { url: "https://example.org/a%20letter.pdf", title: null, problem: null };

it("names a document by its title, its file or its address", () => {
  expect(addressedDocument(row)).toMatchObject({ title: "a letter", fileName: "a letter.pdf", failure: null });
  expect(addressedDocument({ ...row, title: " Rent " }).title).toBe("Rent");
  expect(addressedDocument({ ...row, url: "nonsense" })).toMatchObject({ title: "nonsense", sourceUrl: null });
});

it("refuses an address that is too long rather than to fetch the beginning of it", () => {
  const { sourceUrl, failure } = addressedDocument({ ...row, url: `https://example.org/${"a".repeat(4000)}` });
  expect([sourceUrl, failure?.code]).toEqual([null, "refused_address"]);
});

it.each([
  ["a title cut within a character", { ...row, title: `${"a".repeat(499)}😀` }],
  ["a file name cut within a character", { ...row, url: `https://example.org/${"a".repeat(499)}😀` }],
  ["half a character in a title", { ...row, title: "half \ud83d" }],
  ["a NUL in a title", { ...row, title: "a\0b" }],
  ["a NUL in an address", { ...row, url: "https://example.org/a\0b" }],
  ["half a character in an address", { ...row, url: "https://example.org/\ud83d" }],
  ["a NUL in what is no address", { ...row, url: "a\0b" }],
  ["what is no address, cut within a character", { ...row, url: `${"a".repeat(199)}😀` }],
  ["a NUL in what is wrong with a row", { ...row, problem: "Line 2 holds “a\0b”" }],
])("gives the database nothing that it refuses: %s", (_what, given) => {
  // PostgreSQL takes neither NUL nor half a character in JSON, and the whole batch would be refused.
  const written = JSON.stringify(addressedDocument(given));
  expect(written).not.toMatch(/\\u(?:0000|d[89a-f])/i);
});

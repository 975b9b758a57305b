import { execFileSync } from "node:child_process";
import type { ReadFile } from "./robustness.ts";
import { isEastAsian, wordOverlap } from "./word-overlap.ts";

const timeoutMs = 20_000;
const fewestWords = 20;

/** What poppler prints of a file; an empty text where it cannot. */
const printedByPoppler = (path: string): string => {
  try {
    return execFileSync("pdftotext", ["-enc", "UTF-8", path, "-"], {
      encoding: "utf8",
      timeout: timeoutMs,
      maxBuffer: 1e9,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return "";
  }
};

/** How far the text of documents in Chinese, Japanese and Korean is the one that poppler finds, document by document. */
export const measureEastAsian = (read: readonly ReadFile[]) => {
  const overlaps = read.flatMap(({ file, document }) => {
    if (document.engine !== "pdfium" || document.wordCount < fewestWords || !isEastAsian(document.text)) return [];
    const printed = printedByPoppler(file.path);
    // Poppler is the reference, so that a file it makes nothing of says nothing.
    if (!isEastAsian(printed)) return [];
    const notes = document.formFields.length > 0;
    return notes ? [] : [{ path: file.path, f1: wordOverlap(printed, document.text) }];
  });
  const sum = overlaps.reduce((total, { f1 }) => total + f1, 0);
  return { documents: overlaps.length, meanF1: overlaps.length === 0 ? 0 : sum / overlaps.length, overlaps };
};

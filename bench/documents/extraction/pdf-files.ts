import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface PdfFile {
  path: string;
  bytes: number;
}

/** The PDFs of some folders and all below them, each content once, in an order that does not hang on their names. */
export const findPdfs = (folders: readonly string[]): PdfFile[] => {
  const found = new Map<string, PdfFile>();
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.pdf$/i.test(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      const content = readFileSync(path);
      found.set(createHash("sha256").update(content).digest("hex"), { path, bytes: content.length });
    }
  }
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, file]) => file);
};

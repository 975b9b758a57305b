import { basename } from "node:path";
import type { ExtractionConfig } from "../../../server/src/documents/extraction/engines.ts";
import type { ExtractedDocument } from "../../../server/src/documents/extraction/extraction.ts";
import { createExtractor } from "../../../server/src/documents/extraction/extractor.ts";
import { silentLog, type Log } from "../../../server/src/platform/log/log.ts";
import { watchChildren } from "./cost.ts";
import type { PdfFile } from "./pdf-files.ts";

export interface ReadFile {
  file: PdfFile;
  document: ExtractedDocument;
}

const fewestWords = 3;

const countBy = (values: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
};

/** Every file once, as the server reads them: what could be opened, what could not and why, and which children were lost. */
export const measureRobustness = async (files: readonly PdfFile[], config: ExtractionConfig, atOnce: number) => {
  const lost: string[] = [];
  const log: Log = {
    ...silentLog,
    warn: (fields) => lost.push(String(fields["died"])),
  };
  const extractor = createExtractor({ config: { ...config, extractionsAtOnce: atOnce }, log });
  const { signal } = new AbortController();
  const watch = watchChildren();
  const read: ReadFile[] = [];
  const failures: { name: string; code: string; message: string }[] = [];
  const waiting = [...files];
  const work = async (): Promise<void> => {
    for (let file = waiting.pop(); file; file = waiting.pop()) {
      const outcome = await extractor.extract({ path: file.path, ocr: "off", ocrLanguages: [] }, { signal });
      if (outcome.ok) read.push({ file, document: outcome.document });
      else failures.push({ name: basename(file.path), ...outcome.failure });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const peaksMib = watch.stop();
  await extractor.close();

  const codes = countBy(failures.map(({ code }) => code));
  // A file without text was opened all the same.
  const opened = read.length + (codes["no_text"] ?? 0);
  const notEncrypted = files.length - (codes["password"] ?? 0);
  return {
    read,
    record: {
      files: files.length,
      opened,
      openedShareOfNotEncrypted: opened / notEncrypted,
      openedShareOfAll: opened / files.length,
      filesWithText: read.filter(({ document }) => document.wordCount >= fewestWords).length,
      pages: read.reduce((sum, { document }) => sum + document.pageCount, 0),
      engines: countBy(read.map(({ document }) => document.engine)),
      failures: codes,
      unclassified: failures.filter(({ code, message }) => code === "internal" || message === "").length,
      childrenLost: countBy(lost),
      notOpened: failures
        .filter(({ code }) => code !== "no_text" && code !== "password")
        .map(({ name, code }) => `${code}: ${name}`)
        .sort(),
      peaksMib,
    },
  };
};

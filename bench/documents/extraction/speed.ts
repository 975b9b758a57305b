import {
  createEngines,
  type ExtractionConfig,
  type ReadingEngines,
} from "../../../server/src/documents/extraction/engines.ts";
import { silentLog } from "../../../server/src/platform/log/log.ts";
import { cpuSecondsWithChildren } from "./cost.ts";
import type { ReadFile } from "./robustness.ts";

const fewestPages = 2;
const mostPages = 200;
const wordsPerPage = 20;

/** Documents with several pages of text, as people have them; the broken and the tiny ones are for another measurement. */
export const chooseDocuments = (read: readonly ReadFile[], most: number): ReadFile[] =>
  read
    .filter(
      ({ document: { pageCount, wordCount, engine } }) =>
        engine === "pdfium" &&
        pageCount >= fewestPages &&
        pageCount <= mostPages &&
        wordCount >= pageCount * wordsPerPage,
    )
    .sort((one, other) => (one.file.path < other.file.path ? -1 : 1))
    .slice(0, most);

type Reader = "pdfium" | "pdfjs";

const readAll = async (documents: readonly ReadFile[], config: ExtractionConfig, reader: Reader) => {
  const cpuBefore = cpuSecondsWithChildren();
  const startedMs = performance.now();
  const engines: ReadingEngines = createEngines({ config: { ...config, extractionsAtOnce: 1 }, log: silentLog }, () =>
    // Without the native program the second engine is pdf.js.
    Promise.resolve(null),
  );
  const { signal } = new AbortController();
  let pages = 0;
  for (const { file } of documents) {
    const outcome = await (reader === "pdfium"
      ? engines.readFirst(file.path, signal)
      : engines.readAgain(file.path, signal));
    if (outcome.ok) pages += outcome.document.pages.length;
  }
  const wallSeconds = (performance.now() - startedMs) / 1000;
  // Children count once they have ended.
  await engines.close();
  return { pages, cpuSeconds: cpuSecondsWithChildren() - cpuBefore, wallSeconds };
};

/** Pages per second of processor time, the server's share and the start of children included; the engines take turns. */
export const measureSpeed = async (documents: readonly ReadFile[], config: ExtractionConfig, rounds: number) => {
  const results: Record<Reader, { perCpuSecond: number; perWallSecond: number }[]> = { pdfium: [], pdfjs: [] };
  for (let round = 0; round < rounds; round += 1) {
    const order: Reader[] = round % 2 === 0 ? ["pdfium", "pdfjs"] : ["pdfjs", "pdfium"];
    for (const reader of order) {
      const { pages, cpuSeconds, wallSeconds } = await readAll(documents, config, reader);
      results[reader].push({ perCpuSecond: pages / cpuSeconds, perWallSecond: pages / wallSeconds });
      console.log(`${reader}: ${(pages / cpuSeconds).toFixed(0)} pages per CPU second`);
    }
  }
  return { documents: documents.length, rounds: results };
};

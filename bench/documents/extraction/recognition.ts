import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngines, type ExtractionConfig } from "../../../server/src/documents/extraction/engines.ts";
import { createRecogniser } from "../../../server/src/documents/ocr/recogniser.ts";
import { makePdf } from "../../../server/src/documents/testing/make-pdf.ts";
import { silentLog } from "../../../server/src/platform/log/log.ts";
import { cpuSecondsWithChildren, watchChildren } from "./cost.ts";
import { wordOverlap } from "./word-overlap.ts";

const dotsPerInch = 200;
/** Each page several times, so that starting a child weighs as it does for a document of some length. */
const times = 4;
const linesPerPage = 44;
const charactersPerLine = 76;

/** The licence of this project, as pages of some 480 words: a text whose every word is known. */
const printedPages = (): string[][] => {
  const words = readFileSync(join(import.meta.dirname, "../../../LICENSE"), "utf8").match(/[\x21-\x7E]+/g) ?? [];
  const lines = [""];
  for (const word of words) {
    const last = lines.at(-1) ?? "";
    if (last.length + word.length < charactersPerLine) lines[lines.length - 1] = `${last} ${word}`.trim();
    else lines.push(word);
  }
  const pages = Math.floor(lines.length / linesPerPage);
  return Array.from({ length: pages }, (_, page) => lines.slice(page * linesPerPage, (page + 1) * linesPerPage));
};

/** Draws pages in grey and recognises them; processor time of both, with the start of the children. */
export const measureRecognition = async (config: ExtractionConfig) => {
  const folder = mkdtempSync(join(tmpdir(), "bench-ocr-"));
  const path = join(folder, "printed.pdf");
  const pages = printedPages();
  writeFileSync(path, makePdf({ pages: pages.map((lines) => ({ lines })) }));

  const cpuBefore = cpuSecondsWithChildren();
  const watch = watchChildren();
  const engines = createEngines({ config, log: silentLog }, () => Promise.resolve(null));
  const recogniser = createRecogniser({ atOnce: 1, pageSeconds: config.ocrPageSeconds, log: silentLog });
  const { signal } = new AbortController();
  const overlaps: number[] = [];
  const all = Array.from({ length: times }, () => [...pages.entries()]).flat();
  for (const [page, lines] of all) {
    const rendered = await engines.render(
      { path, page, scale: { dotsPerInch }, format: "pgm", quarterTurns: 0 },
      signal,
    );
    const image = rendered.ok ? rendered.image : new Uint8Array();
    const outcome = await recogniser.recognise({ image, dotsPerInch, models: ["eng"] }, { signal });
    overlaps.push("died" in outcome ? 0 : wordOverlap(lines.join("\n"), outcome.result.text));
  }
  const peaksMib = watch.stop();
  await Promise.all([engines.close(), recogniser.close()]);
  rmSync(folder, { recursive: true });
  return {
    pages: all.length,
    wordsPerPage: Math.round(pages.flat().join(" ").split(" ").length / pages.length),
    dotsPerInch,
    cpuSecondsPerPage: (cpuSecondsWithChildren() - cpuBefore) / all.length,
    wordF1: overlaps.reduce((sum, overlap) => sum + overlap, 0) / overlaps.length,
    peakMib: peaksMib["ocr"] ?? 0,
  };
};

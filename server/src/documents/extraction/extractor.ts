import { open } from "node:fs/promises";
import type { Log } from "../../platform/log/log.ts";
import { detectLanguage } from "../language/detect-language.ts";
import { createRecogniser, type Recogniser } from "../ocr/recogniser.ts";
import { createEngines, type ExtractionConfig, type ReadingEngines } from "./engines.ts";
import type {
  ExtractedDocument,
  ExtractionFailure,
  ExtractionFailureCode,
  ExtractionOutcome,
  ExtractionRequest,
  Extractor,
} from "./extraction.ts";
import { extractionFailure } from "./failures.ts";
import { findNativeTools, type NativeTools } from "./pdftotext.ts";
import { readText } from "./read-text.ts";
import { recognisePages } from "./recognise-pages.ts";
import type { Page, ReadDocument } from "./child-messages.ts";
import { isGarbled, isReadable, sumQuality } from "./text-quality.ts";

export interface ExtractorOptions {
  config: ExtractionConfig;
  log: Log;
  /** What the second engine is; looked for on this machine when nothing is given, and pdf.js when it is null. */
  nativeTools?: NativeTools | null;
}

const markBytes = 1024;

/** What can be told without opening the document; the mark of a PDF may come after up to so many bytes of something else. */
const checkFile = async (path: string, maxBytes: number): Promise<ExtractionFailureCode | undefined> => {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size === 0) return "empty";
    if (size > maxBytes) return "too_large";
    const { buffer, bytesRead } = await file.read(Buffer.alloc(markBytes), 0, markBytes, 0);
    return buffer.subarray(0, bytesRead).includes("%PDF") ? undefined : "not_a_pdf";
  } finally {
    await file.close();
  }
};

const joinPages = (pages: readonly Page[]): string =>
  pages
    .map(({ text }) => text)
    .filter((text) => text !== "")
    .join("\n\n");

/** One page full of text does not speak for the scans behind it. */
const needsRecognition = ({ pages }: ReadDocument): boolean =>
  !isReadable(sumQuality(pages), pages.length) ||
  pages.filter((page) => !isReadable(page, 1)).length > pages.length / 2;

interface Recognised {
  document: ReadDocument;
  ocrUsed: boolean;
  /** Why there is no more text, for people. */
  problem: ExtractionFailure;
}

/** Pages whose text cannot be used are read from their images. */
const recognise = async (
  parts: { engines: ReadingEngines; recogniser: Recogniser },
  document: ReadDocument,
  {
    request,
    maxPages,
    maxMs,
    signal,
  }: { request: ExtractionRequest; maxPages: number; maxMs: number; signal: AbortSignal },
): Promise<Recognised> => {
  const isPoor = (page: Page | undefined): boolean => !page || request.ocr === "always" || !isReadable(page, 1);
  const all = Array.from({ length: document.pageCount }, (_, index) => index);
  const outcome = await recognisePages(
    parts,
    {
      path: request.path,
      indexes: all.filter((index) => isPoor(document.pages[index])),
      languages: request.ocrLanguages,
      needsAllLanguages: request.ocr === "always",
      knownText: joinPages(document.pages.filter((page) => !isGarbled(page))),
      maxPages,
      maxMs,
    },
    signal,
  );
  if (!outcome.ok) {
    const problem = extractionFailure(outcome.lost ? "internal" : "no_text", outcome.message);
    return { document, ocrUsed: false, problem };
  }
  const pages = all.flatMap((index) => {
    const read = document.pages[index];
    const recognised = outcome.pages.get(index);
    // An image without a word in it is no reason to give up what the file itself says.
    const better = recognised !== undefined && (recognised.words > 0 || !read || isGarbled(read));
    return better ? [recognised] : read ? [read] : [];
  });
  const nothing = extractionFailure("no_text", "No text was found in the file, also not by recognising its pages.");
  return {
    document: { ...document, pages, truncated: document.truncated || outcome.truncated },
    ocrUsed: outcome.pages.size > 0,
    problem: nothing,
  };
};

const unreadable = extractionFailure(
  "no_text",
  "The text of the file cannot be read: its fonts do not say which letters they show. Process it with text recognition on.",
);

const outcomeOf = async (
  { document, ocrUsed, problem }: Omit<Recognised, "problem"> & Partial<Recognised>,
  engine: ExtractedDocument["engine"],
): Promise<ExtractionOutcome> => {
  const quality = sumQuality(document.pages);
  const text = joinPages(document.pages);
  if (quality.words === 0) return { ok: false, failure: problem ?? extractionFailure("no_text") };
  if (isGarbled(quality)) return { ok: false, failure: unreadable };
  return {
    ok: true,
    document: {
      text,
      truncated: document.truncated,
      pageCount: document.pageCount,
      wordCount: quality.words,
      language: await detectLanguage(text),
      metadata: document.metadata,
      formFields: document.formFields,
      ocrUsed,
      engine,
    },
  };
};

export function createExtractor({ config, log, nativeTools }: ExtractorOptions): Extractor {
  let tools: Promise<NativeTools | null> | undefined;
  const findTools = (): Promise<NativeTools | null> =>
    (tools ??= nativeTools === undefined ? findNativeTools() : Promise.resolve(nativeTools));
  const engines = createEngines({ config, log }, findTools);
  const recogniser = createRecogniser({ atOnce: config.ocrAtOnce, pageSeconds: config.ocrPageSeconds, log });

  return {
    async extract(request, { signal, onStage }) {
      signal.throwIfAborted();
      onStage?.("extracting");
      const problem = await checkFile(request.path, config.extractionBytes);
      if (problem) return { ok: false, failure: extractionFailure(problem) };

      const read = await readText(engines, request.path, signal);
      if (!read.ok) {
        log.info({ code: read.code, detail: read.detail }, "a document could not be read");
        return { ok: false, failure: extractionFailure(read.code) };
      }
      const { document, engine } = read;
      if (request.ocr === "off" || (request.ocr === "auto" && !needsRecognition(document)))
        return outcomeOf({ document, ocrUsed: false }, engine);
      onStage?.("recognising");
      const options = { request, maxPages: config.ocrPages, maxMs: config.ocrDocumentSeconds * 1000, signal };
      const recognised = await recognise({ engines, recogniser }, document, options);
      // Who wants every page recognised is not given another text without a word.
      if (request.ocr === "always" && !recognised.ocrUsed) return { ok: false, failure: recognised.problem };
      return outcomeOf(recognised, engine);
    },

    async renderPage({ path, page, widthPx }, { signal }) {
      const problem = await checkFile(path, config.extractionBytes);
      if (problem) return { ok: false, failure: extractionFailure(problem) };
      const outcome = await engines.render({ path, page, scale: { widthPx }, format: "png", quarterTurns: 0 }, signal);
      return outcome.ok ? { ok: true, png: outcome.image } : { ok: false, failure: extractionFailure(outcome.code) };
    },

    async close() {
      await Promise.all([engines.close(), recogniser.close()]);
    },
  };
}

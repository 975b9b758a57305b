import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../../platform/log/log.ts";
import { defaultSettings } from "../../platform/testing/default-settings.ts";
import { formsThatMultiply, makePdf, type PdfPage, type PdfParts } from "../testing/make-pdf.ts";
import { createEngines, type ExtractionConfig } from "./engines.ts";
import { documentExtractionSettings } from "./extraction.config.ts";
import type { ExtractedDocument, ExtractionOutcome, ExtractionRequest, Extractor } from "./extraction.ts";
import { createExtractor, type ExtractorOptions } from "./extractor.ts";
import { findNativeTools } from "./pdftotext.ts";
import { until } from "../../platform/testing/until.ts";

const never = new AbortController().signal;
const config = defaultSettings(documentExtractionSettings);
/** A second engine that knows nothing, so that a test sees what the first one says. */
const noOther = { pdftotext: "/bin/false", prlimit: null };
const installedTools = await findNativeTools();
const words = "The quick brown fox jumps over the lazy dog near the old river bank";

let folder: string;
const extractors: Extractor[] = [];
let shared: Extractor;

const extractorOf = (changes: Partial<ExtractionConfig> = {}, options: Partial<ExtractorOptions> = {}): Extractor => {
  const extractor = createExtractor({
    config: { ...config, ...changes },
    log: silentLog,
    nativeTools: noOther,
    ...options,
  });
  extractors.push(extractor);
  return extractor;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "extraction-"));
  shared = createExtractor({ config, log: silentLog, nativeTools: noOther });
});
afterEach(async () => {
  for (const extractor of extractors.splice(0)) await extractor.close();
});
afterAll(async () => {
  await shared.close();
  await rm(folder, { recursive: true });
});

let files = 0;
const save = async (content: Uint8Array): Promise<string> => {
  files += 1;
  const path = join(folder, `${files}.pdf`);
  await writeFile(path, content);
  return path;
};
const pathOf = (parts: PdfParts): Promise<string> => save(makePdf(parts));
const textPages = (count: number): PdfPage[] =>
  Array.from({ length: count }, (_, index) => ({ lines: [`Page ${index + 1}`, words] }));

const extract = async (
  path: string,
  { by = shared, ...request }: Partial<ExtractionRequest> & { by?: Extractor } = {},
): Promise<ExtractionOutcome> => by.extract({ path, ocr: "off", ocrLanguages: [], ...request }, { signal: never });

const read = async (...parameters: Parameters<typeof extract>): Promise<ExtractedDocument> => {
  const outcome = await extract(...parameters);
  if (!outcome.ok) throw new Error(outcome.failure.message);
  return outcome.document;
};

describe("reading a document", () => {
  it("tells its text, its pages, its language and what it says of itself", async () => {
    const info = { Title: "Über Füchse", Author: "  ", CreationDate: "D:20260314150926Z" };
    const document = await read(await pathOf({ pages: textPages(3), info }));
    expect(document).toMatchObject({
      text: [1, 2, 3].map((page) => `Page ${page}\n${words}`).join("\n\n"),
      truncated: false,
      pageCount: 3,
      wordCount: 3 * 16,
      language: { code: "en" },
      formFields: [],
      ocrUsed: false,
      engine: "pdfium",
    });
    expect(document.metadata).toMatchObject({
      title: "Über Füchse",
      author: null,
      created: "2026-03-14T15:09:26.000Z",
    });
  });

  it("tells what people filled in and noted", async () => {
    const fields = { given: "Grace", family: "Höpper", empty: "" };
    const document = await read(await pathOf({ pages: [{ lines: [words], note: "Ask Ada ✓" }], fields }));
    expect(document.formFields).toEqual([
      { name: "given", value: "Grace" },
      { name: "family", value: "Höpper" },
    ]);
    expect(document.text).toBe(`${words}\nAsk Ada ✓\nGrace\nHöpper`);
  });

  it("reads fonts that are not in the file, with either engine", async () => {
    const path = await pathOf({ pages: [{ cjk: "吾輩は猫である。名前はまだ無い。" }] });
    expect((await read(path)).text).toBe("吾輩は猫である。名前はまだ無い。");
    const engines = createEngines({ config, log: silentLog }, () => Promise.resolve(null));
    const other = await engines.readAgain(path, never);
    await engines.close();
    expect(other).toMatchObject({
      ok: true,
      engine: "pdfjs",
      document: { pages: [{ text: "吾輩は猫である。名前はまだ無い。" }] },
    });
  });

  it("lets nothing through that the database refuses", async () => {
    const { text } = await read(await pathOf({ pages: [{ glyphs: [1, 2, 3, 5, 6] }, { lines: [words] }] }));
    expect(text).toBe(`A\uFFFDfié\n\n${words}`);
  });

  it("cuts what is too long, by pages and by bytes", async () => {
    const path = await pathOf({ pages: textPages(5) });
    const two = await read(path, { by: extractorOf({ extractionPages: 2 }) });
    expect(two).toMatchObject({ truncated: true, pageCount: 5, wordCount: 2 * 16 });
    const short = await read(path, { by: extractorOf({ extractionTextBytes: 200 }) });
    expect(short).toMatchObject({ truncated: true, pageCount: 5 });
    expect(short.text.startsWith(`Page 1\n${words}\n\nPage 2`)).toBe(true);
    expect(Buffer.byteLength(short.text)).toBeLessThanOrEqual(200);
  });

  it("finds the mark of a PDF within the first 1,024 bytes", async () => {
    const pdf = makePdf({ pages: textPages(1) });
    const after = (bytes: number) => Buffer.concat([Buffer.alloc(bytes, "\n"), pdf]);
    expect((await read(await save(after(900)))).text).toContain(words);
    expect(await extract(await save(after(1024)))).toMatchObject({ ok: false, failure: { code: "not_a_pdf" } });
  });

  it("reads as many at once as it may, and the others after them", async () => {
    const path = await pathOf({ pages: textPages(2) });
    const by = extractorOf({ extractionsAtOnce: 2 });
    const documents = await Promise.all(Array.from({ length: 6 }, () => read(path, { by })));
    expect(new Set(documents.map(({ text }) => text)).size).toBe(1);
  });

  it("draws a page", async () => {
    const path = await pathOf({ pages: textPages(1), fields: { given: "Grace" } });
    const outcome = await shared.renderPage({ path, page: 0, widthPx: 300 }, { signal: never });
    const png = outcome.ok ? Buffer.from(outcome.png) : Buffer.alloc(24);
    expect(png.toString("latin1", 1, 4)).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([300, 425]);
    expect(await shared.renderPage({ path, page: 1, widthPx: 300 }, { signal: never })).toMatchObject({
      failure: { code: "damaged" },
    });
  });
});

describe("SEC-31: a document that cannot be read", () => {
  const text = makePdf({ pages: textPages(1) });
  it.each<{
    what: string;
    content: Uint8Array;
    code: string;
    retryable?: boolean;
    changes?: Partial<ExtractionConfig>;
  }>([
    { what: "nothing in it", content: Buffer.alloc(0), code: "empty" },
    { what: "no pages", content: makePdf({ pages: [] }), code: "empty" },
    { what: "another format", content: Buffer.from("<!doctype html><p>Not found</p>"), code: "not_a_pdf" },
    { what: "nothing but the mark", content: Buffer.from("%PDF-1.7\nrubbish"), code: "damaged" },
    { what: "its first bytes only", content: text.subarray(0, 300), code: "damaged" },
    { what: "a password", content: makePdf({ pages: textPages(1), locked: true }), code: "password" },
    { what: "too many bytes", content: text, code: "too_large", changes: { extractionBytes: 500 } },
    { what: "an empty page", content: makePdf({ pages: [{ lines: [] }] }), code: "no_text" },
    { what: "letters without a meaning", content: makePdf({ pages: [{ glyphs: [4, 4, 4, 4, 1] }] }), code: "no_text" },
    {
      what: "forms that multiply",
      content: makePdf({ pages: [{ content: Buffer.from("/Level0 Do") }], forms: formsThatMultiply(9) }),
      code: "extraction_timeout",
      retryable: true,
      changes: { extractionSeconds: 1, extractionMemoryBytes: 8e9 },
    },
    {
      what: "a page that swells to 400 MB",
      content: makePdf({ pages: [{ content: Buffer.alloc(400_000_000, " ") }] }),
      code: "extraction_memory",
      changes: { extractionMemoryBytes: 256e6 },
    },
  ])("because of $what says so ($code)", async ({ content, code, retryable = false, changes }) => {
    const by = changes ? extractorOf(changes) : shared;
    const outcome = await extract(await save(content), { by });
    expect(outcome).toMatchObject({ ok: false, failure: { code, retryable } });
  });

  it("is no harm to the next one", async () => {
    const by = extractorOf({ extractionsAtOnce: 1, extractionSeconds: 5, extractionMemoryBytes: 8e9 });
    const bomb = await pathOf({ pages: [{ content: Buffer.from("/Level0 Do") }], forms: formsThatMultiply(9) });
    const outcomes = await Promise.all([bomb, await save(text)].map((path) => extract(path, { by })));
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true]);
  });

  it("is not waited for by those who gave up", async () => {
    const by = extractorOf({ extractionsAtOnce: 1 });
    const path = await pathOf({ pages: [{ content: Buffer.from("/Level0 Do") }], forms: formsThatMultiply(9) });
    const controller = new AbortController();
    const stages: string[] = [];
    const running = by.extract(
      { path, ocr: "off", ocrLanguages: [] },
      { signal: controller.signal, onStage: (stage) => stages.push(stage) },
    );
    await until(() => stages.length > 0);
    controller.abort(new Error("given up"));
    await expect(running).rejects.toThrow("given up");
    expect((await read(await save(text), { by })).pageCount).toBe(1);
  });
});

describe("the second engine", () => {
  const otherThatPrints = async (script: string) => {
    const path = join(folder, `other-${(files += 1)}`);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return extractorOf({}, { nativeTools: { pdftotext: path, prlimit: null } });
  };

  it("is asked where the first finds no text, and what the first knows of the file still holds", async () => {
    const by = await otherThatPrints(`printf 'One\\f${words}\\f'`);
    const document = await read(await pathOf({ pages: [{ lines: [] }, { lines: [] }], info: { Title: "Blank" } }), {
      by,
    });
    expect(document).toMatchObject({ engine: "pdftotext", text: `One\n\n${words}`, pageCount: 2 });
    expect(document.metadata.title).toBe("Blank");
  });

  it("is asked for a file that the first cannot open, but not for one with a password", async () => {
    const by = await otherThatPrints(`printf '${words}\\f'`);
    expect(await read(await save(Buffer.from("%PDF-1.7\nrubbish")), { by })).toMatchObject({
      text: words,
      pageCount: 1,
    });
    expect(await extract(await pathOf({ pages: textPages(1), locked: true }), { by })).toMatchObject({
      failure: { code: "password" },
    });
  });

  it("is cut where it prints without end, and ended where it takes too long", async () => {
    const path = await pathOf({ pages: [{ lines: [] }] });
    const endless = await otherThatPrints(`while :; do echo '${words}'; done`);
    expect(await read(path, { by: endless })).toMatchObject({ engine: "pdftotext", truncated: true });
  });

  it.skipIf(installedTools === null)("reads with poppler where it is installed", async () => {
    const engines = createEngines({ config, log: silentLog }, () => Promise.resolve(installedTools));
    const outcome = await engines.readAgain(await pathOf({ pages: textPages(2) }), never);
    await engines.close();
    expect(outcome).toMatchObject({ ok: true, document: { pages: [{ words: 16 }, { words: 16 }], truncated: false } });
  });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { silentLog } from "../../platform/log/log.ts";
import { defaultSettings } from "../../platform/testing/default-settings.ts";
import { makePdf, type PdfPage } from "../testing/make-pdf.ts";
import { createEngines } from "./engines.ts";
import { documentExtractionSettings } from "./extraction.config.ts";
import type { ExtractionOutcome, ExtractionRequest, Extractor } from "./extraction.ts";
import { createExtractor } from "./extractor.ts";

const config = { ...defaultSettings(documentExtractionSettings), ocrPages: 2 };
const never = new AbortController().signal;
const german = [
  "Der schnelle braune Fuchs springt durch den grossen Garten",
  "und der faule Hund schaut ihm von seinem Haus aus dabei zu",
  "weil die Sonne heute besonders warm auf die Wiese scheint",
];

let folder: string;
let extractor: Extractor;
let scan: PdfPage;

/** What a scanner makes of a page: nothing but an image of it. */
const scanOf = async (page: PdfPage, quarterTurns: number): Promise<PdfPage> => {
  const engines = createEngines({ config, log: silentLog }, () => Promise.resolve(null));
  const path = join(folder, "printed.pdf");
  await writeFile(path, makePdf({ pages: [page] }));
  const drawn = await engines.render(
    { path, page: 0, scale: { dotsPerInch: 150 }, format: "pgm", quarterTurns },
    never,
  );
  await engines.close();
  const image = Buffer.from(drawn.ok ? drawn.image : []);
  const [, width = 0, height = 0] = (/^P5\n(\d+) (\d+)\n/.exec(image.toString("latin1", 0, 40)) ?? []).map(Number);
  return { image: { width, height, pixels: image.subarray(image.length - width * height) } };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "recognition-"));
  extractor = createExtractor({
    config,
    log: silentLog,
    nativeTools: { pdftotext: "/bin/false", prlimit: null },
  });
  scan = await scanOf({ lines: german }, 0);
});
afterAll(async () => {
  await extractor.close();
  await rm(folder, { recursive: true });
});

const extract = async (
  pages: readonly PdfPage[],
  request: Partial<ExtractionRequest> = {},
): Promise<{ outcome: ExtractionOutcome; stages: string[] }> => {
  const path = join(folder, "scanned.pdf");
  await writeFile(path, makePdf({ pages }));
  const stages: string[] = [];
  const outcome = await extractor.extract(
    { path, ocr: "auto", ocrLanguages: [], ...request },
    { signal: never, onStage: (stage) => stages.push(stage) },
  );
  return { outcome, stages };
};

it("recognises the text of a scan, and by it the language", async () => {
  const { outcome, stages } = await extract([scan]);
  expect(stages).toEqual(["extracting", "recognising"]);
  expect(outcome).toMatchObject({
    ok: true,
    document: { text: german.join("\n"), ocrUsed: true, language: { code: "de" }, pageCount: 1, truncated: false },
  });
});

it("turns a scan that lies on its side", async () => {
  const { outcome } = await extract([await scanOf({ lines: german }, 1)], { ocrLanguages: ["de"] });
  expect(outcome).toMatchObject({ ok: true, document: { text: german.join("\n") } });
});

it("recognises no more pages than it may, and leaves those alone that have a text", async () => {
  const { outcome } = await extract([scan, scan, scan, { lines: ["A page of text"] }], { ocrLanguages: ["de"] });
  expect(outcome).toMatchObject({
    ok: true,
    document: { truncated: true, text: `${[german.join("\n"), german.join("\n")].join("\n\n")}\n\nA page of text` },
  });
});

it("begins no further page when a document has taken its time", async () => {
  const hurried = createExtractor({
    config: { ...config, ocrDocumentSeconds: 0 },
    log: silentLog,
    nativeTools: null,
  });
  const path = join(folder, "hurried.pdf");
  await writeFile(path, makePdf({ pages: [scan, scan, scan] }));
  const outcome = await hurried.extract({ path, ocr: "auto", ocrLanguages: ["de"] }, { signal: never });
  await hurried.close();
  expect(outcome).toMatchObject({ ok: true, document: { truncated: true, text: german.join("\n") } });
});

it("recognises the scans behind a page full of text", async () => {
  const { outcome } = await extract([{ lines: [...german, ...german] }, scan, scan], { ocrLanguages: ["de"] });
  expect(outcome).toMatchObject({ ok: true, document: { ocrUsed: true, wordCount: 4 * 31 } });
});

it("does nothing of it where it is not wanted, and all where it is", async () => {
  expect((await extract([scan], { ocr: "off" })).outcome).toMatchObject({ failure: { code: "no_text" } });
  const always = await extract([{ lines: german }], { ocr: "always", ocrLanguages: ["de"] });
  expect(always.outcome).toMatchObject({ document: { ocrUsed: true, text: german.join("\n") } });
});

it("says which languages there are when the one that is asked for is not installed", async () => {
  const { outcome } = await extract([scan], { ocrLanguages: ["ja"] });
  const failure = outcome.ok ? undefined : outcome.failure;
  expect(failure?.code).toBe("no_text");
  expect(failure?.message).toMatch(/for ja is not installed here; there is .*\bde\b/);
});

it.each([
  { ocrLanguages: ["ja"], named: "ja" },
  { ocrLanguages: ["de", "ja"], named: "one of two" },
])("refuses where all must be recognised and a language is not installed: $named", async ({ ocrLanguages }) => {
  const { outcome } = await extract([{ lines: german }], { ocr: "always", ocrLanguages });
  expect(outcome).toMatchObject({
    ok: false,
    failure: { code: "no_text", message: expect.stringContaining("for ja is not installed here"), retryable: false },
  });
});

it("says that nothing was recognised where all must be, whatever text there is", async () => {
  const hurried = createExtractor({ config: { ...config, ocrPageSeconds: 0 }, log: silentLog, nativeTools: null });
  const path = join(folder, "unrecognised.pdf");
  await writeFile(path, makePdf({ pages: [{ lines: german }] }));
  const outcome = await hurried.extract({ path, ocr: "always", ocrLanguages: ["de"] }, { signal: never });
  await hurried.close();
  expect(outcome).toMatchObject({ ok: false, failure: { code: "internal", retryable: true } });
});

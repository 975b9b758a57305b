import { join } from "node:path";
import type { z } from "zod";
import type { SettingsOf } from "../../platform/config/setting.ts";
import type { Log } from "../../platform/log/log.ts";
import {
  createChildPool,
  type ChildDeath,
  type ChildOutcome,
  type ChildPool,
} from "../../platform/processes/child-pool.ts";
import {
  PageCountEvent,
  PdfiumAnswer,
  ReadAnswer,
  type Bounds,
  type ReadDocument,
  type ReadRequest,
  type RenderRequest,
} from "./child-messages.ts";
import type { documentExtractionSettings } from "./extraction.config.ts";
import type { ExtractedDocument, ExtractionFailureCode } from "./extraction.ts";
import { fileMetadata } from "./file-metadata.ts";
import { readWithPdftotext, type NativeTools } from "./pdftotext.ts";
import { timeLimitMs } from "./time-limit.ts";

export type ExtractionConfig = SettingsOf<typeof documentExtractionSettings>;

/** A text and who read it, or why there is none. `detail` is for the log. */
export type EngineOutcome =
  | { ok: true; document: ReadDocument; engine: ExtractedDocument["engine"] }
  | { ok: false; code: ExtractionFailureCode; detail: string };

export type RenderOutcome = { ok: true; image: Uint8Array<ArrayBuffer> } | { ok: false; code: ExtractionFailureCode };

export interface ReadingEngines {
  /** The best one there is; fast, and right on most files. */
  readFirst(path: string, signal: AbortSignal): Promise<EngineOutcome>;
  /** Another one, for files that the first does not understand. */
  readAgain(path: string, signal: AbortSignal): Promise<EngineOutcome>;
  render(request: Omit<RenderRequest, "kind">, signal: AbortSignal): Promise<RenderOutcome>;
  close(): Promise<void>;
}

const mebibyte = 1_048_576;
const nativeMemoryBytes = 512 * mebibyte;
const idleMs = 60_000;

const deathCodes: Record<ChildDeath["died"], ExtractionFailureCode> = {
  timeout: "extraction_timeout",
  memory: "extraction_memory",
  crash: "internal",
};
const unopenedCodes: Record<"protected" | "damaged" | "empty", ExtractionFailureCode> = {
  protected: "password",
  damaged: "damaged",
  empty: "empty",
};

const outcomeOf = (
  outcome: ChildOutcome<z.infer<typeof PdfiumAnswer>>,
  engine: ExtractedDocument["engine"],
): EngineOutcome => {
  if ("died" in outcome) return { ok: false, code: deathCodes[outcome.died], detail: outcome.detail };
  const { result } = outcome;
  if (result.kind === "document") return { ok: true, document: result, engine };
  const reason = result.kind === "unopened" ? result.reason : "damaged";
  return { ok: false, code: unopenedCodes[reason], detail: `${engine} says: ${reason}.` };
};

const nothingSaid = fileMetadata(() => "");

const createPool = <Request, Result>(
  options: { module: string; answer: z.ZodType<Result>; recycleAfter: number; recycleAboveBytes: number },
  { config, log }: { config: ExtractionConfig; log: Log },
): ChildPool<Request, Result, PageCountEvent> =>
  createChildPool({
    modulePath: join(import.meta.dirname, options.module),
    size: config.extractionsAtOnce,
    result: options.answer,
    event: PageCountEvent,
    limits: {
      wallMs: () => config.extractionSeconds * 1000,
      maxRssBytes: config.extractionMemoryBytes,
      recycleAfter: options.recycleAfter,
      recycleAboveRssBytes: options.recycleAboveBytes,
      heapBytes: 256 * mebibyte,
      idleMs,
    },
    log,
  });

/** Reads with the native program where there is one, and with pdf.js in children of its own where there is none. */
export const createEngines = (
  options: { config: ExtractionConfig; log: Log },
  findTools: () => Promise<NativeTools | null>,
): ReadingEngines => {
  const { config } = options;
  // What a child holds is measured after each file, and to start another and compile PDFium anew costs a second; yet a
  // file that harms PDFium's memory shall not reach any number of later ones.
  const pdfium = createPool<ReadRequest | RenderRequest, PdfiumAnswer>(
    { module: "pdfium-child.ts", answer: PdfiumAnswer, recycleAfter: 500, recycleAboveBytes: 200 * mebibyte },
    options,
  );
  const pdfjs = createPool<ReadRequest, ReadAnswer>(
    { module: "pdfjs-child.ts", answer: ReadAnswer, recycleAfter: 200, recycleAboveBytes: 320 * mebibyte },
    options,
  );
  const bounds: Bounds = {
    pages: config.extractionPages,
    textBytes: config.extractionTextBytes,
    baseMs: config.extractionSeconds * 1000,
  };
  const onEvent = ({ pageCount }: PageCountEvent, allowMs: (wallMs: number) => void): void =>
    allowMs(timeLimitMs(bounds.baseMs, Math.min(pageCount, bounds.pages)));

  return {
    async readFirst(path, signal) {
      const outcome = await pdfium.run({ kind: "read", path, bounds }, { signal, onEvent });
      return outcomeOf(outcome, "pdfium");
    },

    async readAgain(path, signal) {
      const tools = await findTools();
      if (tools === null) {
        const outcome = await pdfjs.run({ kind: "read", path, bounds }, { signal, onEvent });
        return outcomeOf(outcome, "pdfjs");
      }
      const limits = { ...bounds, memoryBytes: nativeMemoryBytes };
      const outcome = await readWithPdftotext(tools, path, { limits, signal });
      if ("failed" in outcome) return { ok: false, code: "damaged", detail: outcome.failed };
      const document: ReadDocument = {
        ...outcome,
        kind: "document",
        pageCount: outcome.pages.length,
        metadata: nothingSaid,
        formFields: [],
      };
      return { ok: true, document, engine: "pdftotext" };
    },

    async render(request, signal) {
      const outcome = await pdfium.run({ kind: "render", ...request }, { signal });
      if ("died" in outcome) return { ok: false, code: deathCodes[outcome.died] };
      const { result } = outcome;
      if (result.kind === "image") return { ok: true, image: result.image };
      return { ok: false, code: result.kind === "unopened" ? unopenedCodes[result.reason] : "damaged" };
    },

    async close() {
      await Promise.all([pdfium.close(), pdfjs.close()]);
    },
  };
};

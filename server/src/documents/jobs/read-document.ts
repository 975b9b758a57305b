import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { DocumentStage } from "@llm-tuner/contract/documents.ts";
import { AppError } from "../../platform/errors.ts";
import type { ObjectStore } from "../../platform/object-store/object-store.ts";
import type { DocumentsConfig } from "../documents.config.ts";
import type { ExtractedDocument, Extractor } from "../extraction/extraction.ts";
import type { ClaimedDocument } from "./claimed-document.ts";
import { fileGone, tooManyPages } from "./document-failures.ts";
import type { JobOptions } from "./job-record.ts";
import { done, failed, type Step } from "./setback.ts";

export interface ReadDocumentDependencies {
  objectStore: ObjectStore;
  extractor: Pick<Extractor, "extract">;
  /** Holds copies of the documents that are read right now. */
  workFolder: string;
  config: Pick<DocumentsConfig, "anonymousMaxPages">;
}

interface Reading {
  document: ClaimedDocument;
  objectKey: string;
  options: JobOptions;
  signal: AbortSignal;
  onStage: (stage: Extract<DocumentStage, "extracting" | "recognising">) => void;
}

const isGone = (error: unknown): boolean => error instanceof AppError && error.code === "object_not_found";

/** Reads a stored document by way of a copy on this machine's disk, which the extractor needs. */
export async function readDocument(
  { objectStore, extractor, workFolder, config }: ReadDocumentDependencies,
  { document, objectKey, options, signal, onStage }: Reading,
): Promise<Step<ExtractedDocument>> {
  const path = join(workFolder, document.leaseId);
  try {
    const { stream } = await objectStore.get(objectKey);
    await pipeline(stream, createWriteStream(path), { signal });
    const outcome = await extractor.extract(
      { path, ocr: options.ocr, ocrLanguages: options.ocr_languages ?? [] },
      { signal, onStage },
    );
    if (!outcome.ok) {
      const { code, message, retryable } = outcome.failure;
      return failed({ code, message }, retryable);
    }
    const { pageCount } = outcome.document;
    const isTooLong = document.userId === null && pageCount > config.anonymousMaxPages;
    return isTooLong ? failed(tooManyPages(pageCount, config.anonymousMaxPages)) : done(outcome.document);
  } catch (error) {
    if (isGone(error)) return failed(fileGone);
    throw error;
  } finally {
    await rm(path, { force: true });
  }
}

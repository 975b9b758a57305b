import type { DocumentFailureCode, FileMetadata, FormField } from "@llm-tuner/contract/documents.ts";

/** What is read out of a document. */
export interface ExtractionRequest {
  /** Of a file on this machine's disk, which the extractor only reads. */
  path: string;
  ocr: "auto" | "off" | "always";
  /** ISO 639 codes; empty to go by the script and the language of the text that there is. */
  ocrLanguages: readonly string[];
}

export interface ExtractedDocument {
  text: string;
  /** The text was cut at the bound. */
  truncated: boolean;
  pageCount: number;
  wordCount: number;
  /** ISO 639 code with its confidence from 0 to 1; null where there is too little text to tell. */
  language: { code: string; confidence: number } | null;
  metadata: FileMetadata;
  formFields: FormField[];
  ocrUsed: boolean;
  /** Who read the text: for the log, and for measurements. */
  engine: "pdfium" | "pdftotext" | "pdfjs";
}

export type ExtractionFailureCode = Extract<
  DocumentFailureCode,
  | "password"
  | "damaged"
  | "not_a_pdf"
  | "empty"
  | "no_text"
  | "too_large"
  | "extraction_timeout"
  | "extraction_memory"
  | "internal"
>;

/** A document that cannot be read, and why. `retryable` only where the fault may be the machine's and not the file's. */
export interface ExtractionFailure {
  code: ExtractionFailureCode;
  /** For people, with what to do. */
  message: string;
  retryable: boolean;
}

export type ExtractionOutcome = { ok: true; document: ExtractedDocument } | { ok: false; failure: ExtractionFailure };

export interface RenderPageRequest {
  path: string;
  /** From 0. */
  page: number;
  widthPx: number;
}
export type RenderPageOutcome = { ok: true; png: Uint8Array } | { ok: false; failure: ExtractionFailure };

/** Reads documents in child processes, which may crash, hang or swell without harm to the server. */
export interface Extractor {
  /** Never rejects for what is in the file; rejects with the signal's reason when it is aborted. */
  extract(
    request: ExtractionRequest,
    options: { signal: AbortSignal; onStage?: (stage: "extracting" | "recognising") => void },
  ): Promise<ExtractionOutcome>;
  /** A picture of a page, for people; as `extract`, it rejects for an abort only. */
  renderPage(request: RenderPageRequest, options: { signal: AbortSignal }): Promise<RenderPageOutcome>;
  close(): Promise<void>;
}

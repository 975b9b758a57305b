import type { ExtractionFailure, ExtractionFailureCode } from "./extraction.ts";

const messages: Record<ExtractionFailureCode, string> = {
  password: "The file is protected by a password. Save it without the password and upload it again.",
  damaged: "The file is damaged and cannot be opened. Open it in a PDF program, save it anew and upload that.",
  not_a_pdf: "The file is not a PDF. Convert it to PDF and upload that.",
  empty: "The file is empty: it has no content or no pages. Check it and upload it again.",
  no_text: "No text was found in the file. If its pages are scanned, process it again with text recognition on.",
  too_large: "The file is too large to be read. Split it into smaller files.",
  extraction_timeout: "Reading the file took too long and was stopped. Save it anew as a simpler PDF, or split it.",
  extraction_memory:
    "Reading the file took too much memory and was stopped. Save it anew as a simpler PDF, or split it.",
  internal: "The file could not be read because of a fault of the platform. Try it again.",
};

/** What may go well another time, when the machine is less busy. */
const retryable: ReadonlySet<ExtractionFailureCode> = new Set(["internal", "extraction_timeout"]);

export const extractionFailure = (code: ExtractionFailureCode, message = messages[code]): ExtractionFailure => ({
  code,
  message,
  retryable: retryable.has(code),
});

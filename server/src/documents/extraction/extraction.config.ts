import { z } from "zod";
import { setting } from "../../platform/config/setting.ts";

const mebibyte = 1_048_576;

/** Limits of what reading one document may take, for `documents.config`. */
export const documentExtractionSettings = {
  extractionsAtOnce: setting({
    env: "DOCUMENTS_EXTRACTIONS_AT_ONCE",
    description: "Documents that one server process reads at the same time, each in a child process of its own.",
    schema: z.coerce.number().int().min(1).max(64).default(2),
  }),
  extractionBytes: setting({
    env: "DOCUMENTS_EXTRACTION_MAX_BYTES",
    description: "Largest PDF that is read, in bytes: all of it is held in memory while it is.",
    schema: z.coerce
      .number()
      .int()
      .min(1024)
      .max(1024 * mebibyte)
      .default(100 * mebibyte),
  }),
  extractionPages: setting({
    env: "DOCUMENTS_EXTRACTION_MAX_PAGES",
    description: "Pages that are read of a document; the text of one that has more is marked as cut.",
    schema: z.coerce.number().int().min(1).max(100_000).default(5000),
  }),
  extractionTextBytes: setting({
    env: "DOCUMENTS_EXTRACTION_MAX_TEXT_BYTES",
    description: "Text that is kept of a document, in bytes (UTF-8); what is longer is cut.",
    schema: z.coerce
      .number()
      .int()
      .min(1024)
      .max(256 * mebibyte)
      .default(20 * mebibyte),
  }),
  extractionSeconds: setting({
    env: "DOCUMENTS_EXTRACTION_SECONDS",
    description: "How long reading a document may take, with 0.05 seconds more for each page and 300 seconds at most.",
    schema: z.coerce.number().int().min(1).max(300).default(30),
  }),
  extractionMemoryBytes: setting({
    env: "DOCUMENTS_EXTRACTION_MEMORY_BYTES",
    description: "Memory that the process that reads a document may hold, in bytes; it is ended when it holds more.",
    schema: z.coerce
      .number()
      .int()
      .min(256 * mebibyte)
      .max(16_384 * mebibyte)
      .default(512 * mebibyte),
  }),
  ocrPages: setting({
    env: "DOCUMENTS_OCR_MAX_PAGES",
    description: "Scanned pages that are recognised of a document; the text of one that has more is marked as cut.",
    schema: z.coerce.number().int().min(1).max(10_000).default(50),
  }),
  ocrAtOnce: setting({
    env: "DOCUMENTS_OCR_AT_ONCE",
    description: "Pages that one server process recognises at the same time, each in a child process of some 300 MB.",
    schema: z.coerce.number().int().min(1).max(64).default(1),
  }),
  ocrPageSeconds: setting({
    env: "DOCUMENTS_OCR_PAGE_SECONDS",
    description: "How long recognising one page may take.",
    schema: z.coerce.number().int().min(5).max(600).default(120),
  }),
  ocrDocumentSeconds: setting({
    env: "DOCUMENTS_OCR_DOCUMENT_SECONDS",
    description:
      "How long recognising a document may take; then no further page is begun, and its text is marked as cut.",
    schema: z.coerce.number().int().min(10).max(86_400).default(900),
  }),
} as const;

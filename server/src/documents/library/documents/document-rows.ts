import {
  DocumentFailure,
  DocumentStage,
  DocumentStatus,
  FileMetadata,
  FormField,
} from "@llm-tuner/contract/documents.ts";
import type { DocumentSummary } from "@llm-tuner/contract/documents.ts";
import { untranslatedNote } from "@llm-tuner/contract/tagging.ts";
import { DocumentTag } from "@llm-tuner/contract/tags.ts";
import { z } from "zod";

const nullableInteger = z.coerce.number().int().nullable();

/** A document without its text, as the database has it. */
export const SummaryRow = z.object({
  id: z.string(),
  job_id: z.string(),
  user_id: z.string().nullable(),
  position: z.number().int(),
  title: z.string(),
  file_name: z.string(),
  source_url: z.string().nullable(),
  status: DocumentStatus,
  stage: DocumentStage.nullable(),
  failure: DocumentFailure.nullable(),
  attempts: z.number().int(),
  object_key: z.string().nullable(),
  bytes: nullableInteger,
  page_count: nullableInteger,
  word_count: nullableInteger,
  language: z.string().nullable(),
  ocr_used: z.boolean(),
  tagger: z.string().nullable(),
  asked_languages: z.array(z.string()).nullable(),
  cost_nano_usd: nullableInteger,
  duplicate_of: z.string().nullable(),
  processing_ms: nullableInteger,
  created_at: z.date(),
  completed_at: z.date().nullable(),
  expires_at: z.date().nullable(),
  tags: z.array(DocumentTag),
});
export type SummaryRow = z.infer<typeof SummaryRow>;

/** The rest of a document; its text is asked for apart. */
export const DetailRow = SummaryRow.extend({
  language_confidence: z.number().nullable(),
  file_metadata: FileMetadata.nullable(),
  form_fields: z.array(FormField),
  sha256: z.string().nullable(),
});
export type DetailRow = z.infer<typeof DetailRow>;

const usdOf = (nanoUsd: number | null): number | null => (nanoUsd === null ? null : nanoUsd / 1e9);

/** A document as people see it. */
export const toSummary = (row: SummaryRow): DocumentSummary => ({
  id: row.id,
  job_id: row.job_id,
  position: row.position,
  title: row.title,
  file_name: row.file_name,
  source_url: row.source_url,
  status: row.status,
  stage: row.stage,
  error: row.failure,
  attempts: row.attempts,
  bytes: row.bytes,
  page_count: row.page_count,
  word_count: row.word_count,
  language: row.language,
  ocr_used: row.ocr_used,
  tags: row.tags,
  tagger: row.tagger,
  tagging_note: row.status === "completed" ? untranslatedNote({ ...row, languages: row.asked_languages ?? [] }) : null,
  cost_usd: usdOf(row.cost_nano_usd),
  duplicate_of: row.duplicate_of,
  has_file: row.object_key !== null,
  processing_ms: row.processing_ms,
  created_at: row.created_at.toISOString(),
  completed_at: row.completed_at?.toISOString() ?? null,
  expires_at: row.expires_at?.toISOString() ?? null,
});

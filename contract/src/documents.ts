import { z } from "zod";
import { Dataset } from "./datasets.ts";
import { defineEndpoint } from "./endpoint.ts";
import { DocumentId, DocumentJobId } from "./ids.ts";
import { Timestamp } from "./paging.ts";
import { DocumentTag, TagName } from "./tags.ts";

/** `pending` waits for its turn; `cancelled` was never begun, or was stopped. */
export const DocumentStatus = z.enum(["pending", "processing", "completed", "failed", "cancelled"]);
export type DocumentStatus = z.infer<typeof DocumentStatus>;

/** What is being done to a document right now. */
export const DocumentStage = z.enum(["fetching", "extracting", "recognising", "tagging"]);
export type DocumentStage = z.infer<typeof DocumentStage>;

/**
 * Why a document failed, for programs. `message` beside it says it for people.
 * - of its address: `unreachable`, `refused_address`, `not_found`, `too_large`, `took_too_long`;
 * - of the file: `password`, `damaged`, `not_a_pdf`, `empty`, `no_text`;
 * - of the extraction, which is bounded: `extraction_timeout`, `extraction_memory`;
 * - of the tagging: `tagger_refused` (for good), `tagger_unavailable` (after all attempts), `budget_reached`;
 * - `interrupted`: the server ended too often while it was at this document; `internal`: a fault of the platform.
 */
export const DocumentFailureCode = z.enum([
  "unreachable",
  "refused_address",
  "not_found",
  "too_large",
  "took_too_long",
  "password",
  "damaged",
  "not_a_pdf",
  "empty",
  "no_text",
  "extraction_timeout",
  "extraction_memory",
  "tagger_refused",
  "tagger_unavailable",
  "budget_reached",
  "interrupted",
  "internal",
]);
export type DocumentFailureCode = z.infer<typeof DocumentFailureCode>;

export const DocumentFailure = z
  .strictObject({ code: DocumentFailureCode, message: z.string() })
  .meta({ id: "DocumentFailure" });
export type DocumentFailure = z.infer<typeof DocumentFailure>;

/** What the file says about itself; null where it says nothing. */
export const FileMetadata = z
  .strictObject({
    title: z.string().nullable(),
    author: z.string().nullable(),
    subject: z.string().nullable(),
    keywords: z.string().nullable(),
    creator: z.string().nullable(),
    producer: z.string().nullable(),
    created: z.string().nullable(),
    modified: z.string().nullable(),
  })
  .meta({ id: "FileMetadata" });
export type FileMetadata = z.infer<typeof FileMetadata>;

export const FormField = z.strictObject({ name: z.string(), value: z.string() }).meta({ id: "FormField" });
export type FormField = z.infer<typeof FormField>;

/** A document without its text. */
export const DocumentSummary = z
  .strictObject({
    id: DocumentId,
    job_id: DocumentJobId,
    position: z.int().min(0).meta({ description: "Row of the spreadsheet or place among the uploads, from 0." }),
    title: z.string(),
    file_name: z.string(),
    source_url: z.string().nullable(),
    status: DocumentStatus,
    stage: DocumentStage.nullable(),
    error: DocumentFailure.nullable(),
    attempts: z.int(),
    bytes: z.int().nullable(),
    page_count: z.int().nullable(),
    word_count: z.int().nullable(),
    language: z.string().nullable().meta({ description: "ISO 639 code, such as `en`." }),
    ocr_used: z.boolean(),
    tags: z.array(DocumentTag),
    tagger: z.string().nullable().meta({ description: "`offline`, or the name of the model that was asked." }),
    tagging_note: z.string().nullable().meta({
      description: "What of the wish could not be met, such as tags in a language that the offline tagger cannot give.",
    }),
    cost_usd: z.number().nullable().meta({ description: "What tagging cost; null when the model has no price." }),
    duplicate_of: DocumentId.nullable().meta({
      description: "The document with the same content whose result was taken over.",
    }),
    has_file: z.boolean(),
    processing_ms: z.int().nullable(),
    created_at: Timestamp,
    completed_at: Timestamp.nullable(),
    expires_at: Timestamp.nullable(),
  })
  .meta({ id: "DocumentSummary" });
export type DocumentSummary = z.infer<typeof DocumentSummary>;

/** Most characters of text that an answer holds; all of it is at `/text`. */
export const maxShownCharacters = 200_000;

export const DocumentDetail = DocumentSummary.extend({
  extracted_text: z.string().meta({ description: `The first ${maxShownCharacters} characters.` }),
  text_truncated: z.boolean(),
  text_characters: z.int(),
  language_confidence: z.number().min(0).max(1).nullable(),
  file_metadata: FileMetadata.nullable(),
  form_fields: z.array(FormField),
  sha256: z.string().nullable(),
}).meta({ id: "DocumentDetail" });
export type DocumentDetail = z.infer<typeof DocumentDetail>;

export const documentSorts = ["newest", "oldest", "title", "-title", "pages", "-pages", "cost", "-cost"] as const;

const paging = {
  limit: z.coerce.number().int().min(1).max(100).default(50),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
};
/** A filter of documents; all that is given must hold. */
const filters = {
  status: DocumentStatus.optional(),
  tag: TagName.optional(),
  language: z.string().min(2).max(12).optional(),
  job_id: DocumentJobId.optional(),
};
const page = { total: z.int(), limit: z.int(), offset: z.int() };

const common = { tag: "Documents", dialect: "platform" } as const;
const read = { ...common, scope: "documents:read", rateClass: "read" } as const;
const write = { ...common, scope: "documents:write", rateClass: "write" } as const;
const byId = z.strictObject({ id: DocumentId });

export const listDocuments = defineEndpoint({
  ...read,
  access: "optional",
  id: "listDocuments",
  summary: "Your documents",
  method: "GET",
  path: "/api/history/documents",
  query: z.strictObject({ ...paging, ...filters, sort: z.enum(documentSorts).default("newest") }),
  responses: {
    200: {
      description: "A page of documents; empty without credentials",
      schema: z.strictObject({ documents: z.array(DocumentSummary), ...page }).meta({ id: "DocumentList" }),
    },
  },
});

/** A piece of text with the places of what was searched for; offsets count UTF-16 code units. */
export const Highlight = z
  .strictObject({ text: z.string(), marks: z.array(z.strictObject({ start: z.int(), end: z.int() })) })
  .meta({ id: "Highlight" });
export type Highlight = z.infer<typeof Highlight>;

export const SearchHit = z
  .strictObject({ document: DocumentSummary, title: Highlight, snippets: z.array(Highlight).max(3), rank: z.number() })
  .meta({ id: "SearchHit" });
export type SearchHit = z.infer<typeof SearchHit>;

const Facet = z.strictObject({ value: z.string(), count: z.int() });

export const SearchResult = z
  .strictObject({
    hits: z.array(SearchHit),
    ...page,
    facets: z.strictObject({ tags: z.array(Facet).max(30), languages: z.array(Facet).max(30) }),
    corrected: z
      .string()
      .nullable()
      .meta({ description: "Nothing was found as it was written: what was searched for instead." }),
  })
  .meta({ id: "SearchResult" });
export type SearchResult = z.infer<typeof SearchResult>;

export const searchDocuments = defineEndpoint({
  ...read,
  access: "caller",
  id: "searchDocuments",
  summary: "Search titles, tags and text",
  method: "GET",
  path: "/api/history/documents/search",
  query: z.strictObject({ ...paging, ...filters, query: z.string().trim().min(1).max(300) }),
  responses: { 200: { description: "Hits, best first", schema: SearchResult } },
});

export const getDocument = defineEndpoint({
  ...read,
  access: "optional",
  id: "getDocument",
  summary: "One document with its text",
  method: "GET",
  path: "/api/history/documents/{id}",
  params: byId,
  responses: { 200: { description: "The document", schema: DocumentDetail } },
});

/** What a person decides of one suggested tag; `name` puts another in its place. */
export const TagDecision = z.strictObject({
  tag: TagName,
  state: z.enum(["suggested", "accepted", "rejected"]),
  name: TagName.optional(),
});
export type TagDecision = z.infer<typeof TagDecision>;

export const UpdateDocumentRequest = z
  .strictObject({
    title: z.string().trim().min(1).max(500).optional(),
    tags: z
      .array(TagName)
      .max(50)
      .optional()
      .meta({ description: "The tags that it shall have: they are accepted, every other is rejected." }),
    decisions: z.array(TagDecision).min(1).max(50).optional(),
  })
  .refine(({ title, tags, decisions }) => title !== undefined || tags !== undefined || decisions !== undefined, {
    message: "Give a title, tags or decisions.",
  })
  .refine(({ tags, decisions }) => tags === undefined || decisions === undefined, {
    message: "Give either tags or decisions.",
  });
export type UpdateDocumentRequest = z.infer<typeof UpdateDocumentRequest>;

export const updateDocument = defineEndpoint({
  ...write,
  access: "optional",
  id: "updateDocument",
  summary: "Change the title or decide about tags",
  method: "PATCH",
  path: "/api/history/documents/{id}",
  params: byId,
  body: UpdateDocumentRequest,
  responses: { 200: { description: "The document as it is now", schema: DocumentDetail } },
});

export const deleteDocument = defineEndpoint({
  ...write,
  access: "optional",
  id: "deleteDocument",
  summary: "Delete a document and its stored file",
  method: "DELETE",
  path: "/api/history/documents/{id}",
  params: byId,
  responses: { 204: { description: "Deleted" } },
});

export const getDocumentText = defineEndpoint({
  ...read,
  access: "optional",
  id: "getDocumentText",
  summary: "All of the extracted text",
  method: "GET",
  path: "/api/history/documents/{id}/text",
  params: byId,
  responses: { 200: { description: "Text in UTF-8", contentType: "text/plain; charset=utf-8" } },
});

export const getDocumentFile = defineEndpoint({
  ...read,
  access: "optional",
  id: "getDocumentFile",
  summary: "The stored file",
  method: "GET",
  path: "/api/history/documents/{id}/file",
  params: byId,
  responses: { 200: { description: "The file as it was received", contentType: "application/octet-stream" } },
});

/** Drawn by the platform, so that no browser has to read a stranger's file. */
export const getDocumentPage = defineEndpoint({
  ...read,
  access: "optional",
  id: "getDocumentPage",
  summary: "A page of the stored file as a picture",
  method: "GET",
  path: "/api/history/documents/{id}/pages/{page}",
  params: byId.extend({ page: z.coerce.number().int().min(1).max(100_000) }),
  query: z.strictObject({ width: z.coerce.number().int().min(100).max(2000).default(1000) }),
  responses: { 200: { description: "The page, as wide as asked", contentType: "image/png" } },
});

export const createDocumentLink = defineEndpoint({
  ...read,
  access: "optional",
  id: "createDocumentLink",
  summary: "An address that downloads the file without credentials, for a short time",
  method: "POST",
  path: "/api/history/documents/{id}/file-link",
  params: byId,
  responses: {
    200: {
      description: "The address",
      schema: z.strictObject({ url: z.url(), expires_at: Timestamp }).meta({ id: "DocumentLink" }),
    },
  },
});

export const downloadLinkedDocument = defineEndpoint({
  ...common,
  access: "public",
  rateClass: "read",
  id: "downloadLinkedDocument",
  summary: "The stored file, for whoever holds a link to it",
  method: "GET",
  path: "/api/history/linked-documents/{token}",
  params: z.strictObject({ token: z.string().min(20).max(400) }),
  responses: { 200: { description: "The file as it was received", contentType: "application/octet-stream" } },
});

export const DocumentStats = z
  .strictObject({
    total_jobs: z.int(),
    total_documents: z.int(),
    documents_processed: z.int(),
    documents_failed: z.int(),
    pages: z.int(),
    stored_bytes: z.int(),
    cost_usd: z.number(),
    jobs_by_status: z.record(z.string(), z.int()),
    documents_by_language: z.record(z.string(), z.int()),
    tags_by_state: z.record(z.string(), z.int()),
    documents_by_day: z
      .array(z.strictObject({ day: z.iso.date(), documents: z.int() }))
      .meta({ description: "The last 30 days (UTC), also those without documents." }),
    recent_activity: z.array(DocumentSummary).max(10),
  })
  .meta({ id: "DocumentStats" });
export type DocumentStats = z.infer<typeof DocumentStats>;

export const getDocumentStats = defineEndpoint({
  ...read,
  access: "caller",
  id: "getDocumentStats",
  summary: "Numbers about your documents",
  method: "GET",
  path: "/api/history/stats",
  responses: { 200: { description: "Statistics", schema: DocumentStats } },
});

/** `training_data` makes a data set of the documents whose tags were accepted; the others are downloads. */
export const ExportFormat = z.enum(["csv", "xlsx", "jsonl", "training_data"]);
export type ExportFormat = z.infer<typeof ExportFormat>;

export const ExportDocumentsRequest = z.strictObject({
  format: ExportFormat,
  document_ids: z.array(DocumentId).min(1).max(10_000).optional(),
  filter: z
    .strictObject({ ...filters, query: z.string().trim().min(1).max(300).optional() })
    .optional()
    .meta({ description: "Instead of ids; without both, all documents." }),
  include_text: z.boolean().default(false),
  name: z.string().trim().min(1).max(200).optional().meta({ description: "Of the data set." }),
  base_model: z.string().min(1).max(200).default("starter"),
});
export type ExportDocumentsRequest = z.infer<typeof ExportDocumentsRequest>;

const LeftOut = z
  .strictObject({
    not_completed: z.int(),
    without_accepted_tags: z.int(),
    without_text: z.int(),
    same_content: z.int().meta({ description: "Copies of a document that is in it already." }),
    held_out: z.int().meta({ description: "Kept out of training, so that taggers can be measured on them." }),
    not_usable: z.int().meta({ description: "Too long or otherwise nothing to train on." }),
  })
  .meta({ id: "LeftOutDocuments" });

export const TaggedDataset = z
  .strictObject({ dataset: Dataset, examples: z.int(), left_out: z.int(), left_out_because: LeftOut })
  .meta({ id: "TaggedDataset" });
export type TaggedDataset = z.infer<typeof TaggedDataset>;

export const exportDocuments = defineEndpoint({
  ...common,
  access: "caller",
  scope: "documents:read",
  rateClass: "write",
  id: "exportDocuments",
  summary: "Documents as CSV, XLSX or JSONL, or as a training data set (text → tags)",
  method: "POST",
  path: "/api/history/documents/export",
  body: ExportDocumentsRequest,
  responses: {
    200: { description: "The download", contentType: "application/octet-stream" },
    201: {
      description: "The data set, which is being checked",
      schema: TaggedDataset,
    },
  },
});

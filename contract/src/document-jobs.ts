import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { DocumentStatus, DocumentSummary } from "./documents.ts";
import { DocumentId, DocumentJobId } from "./ids.ts";
import { Timestamp } from "./paging.ts";
import { TagName } from "./tags.ts";

/** `partial`: all documents are done, and some failed. */
export const DocumentJobStatus = z.enum(["pending", "processing", "completed", "failed", "partial", "cancelled"]);
export type DocumentJobStatus = z.infer<typeof DocumentJobStatus>;

export const DocumentJobType = z.enum(["single", "batch"]);
export type DocumentJobType = z.infer<typeof DocumentJobType>;

/**
 * Which tags may be given.
 * - `free`: whatever fits;
 * - `prefer_existing`: tags that the person has already where they fit, else new ones;
 * - `closed`: only those of `tags`, or where that is absent only tags that the person has already.
 */
export const TagMode = z.enum(["free", "prefer_existing", "closed"]);
export type TagMode = z.infer<typeof TagMode>;

const LanguageCode = z.string().regex(/^[a-z]{2,3}$/, "must be an ISO 639 code such as `en`");

const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);
const listOf = <Item extends z.ZodType<unknown, string>>(item: Item, max: number) =>
  z.preprocess(
    (value) => (typeof value === "string" ? value.split(",").map((part) => part.trim()) : value),
    z.array(item).min(1).max(max),
  );

/** How documents are treated. In a form the same names are fields, and lists are separated by commas. */
export const processingOptions = {
  languages: listOf(LanguageCode, 5)
    .optional()
    .meta({ description: "Languages of the tags; absent for the language of each document." }),
  max_tags: z.coerce.number().int().min(1).max(30).default(10),
  tagger: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: "`offline`, or the name of a model; absent for the one in your tagging settings." }),
  mode: TagMode.default("prefer_existing"),
  tags: listOf(TagName, 500).optional().meta({ description: "The closed list." }),
  auto_accept: z
    .enum(["none", "existing", "all"])
    .default("none")
    .meta({ description: "Which suggestions are accepted at once; `existing` are those that you accepted before." }),
  ocr: z
    .enum(["auto", "off", "always"])
    .default("auto")
    .meta({ description: "Whether text is recognised in page images; `auto` where the file holds too little text." }),
  ocr_languages: listOf(LanguageCode, 4).optional(),
};

const batchOptions = {
  ...processingOptions,
  name: z.string().trim().min(1).max(200).optional(),
  budget_usd: z.coerce
    .number()
    .positive()
    .max(1_000_000)
    .optional()
    .meta({ description: "The job pauses before a document that could bring its cost beyond this." }),
  dry_run: flag.default(false).meta({ description: "Say what it would be and cost, and do nothing." }),
};

export const ProcessingOptions = z.strictObject(processingOptions);
export type ProcessingOptions = z.infer<typeof ProcessingOptions>;

const Url = z.string().trim().min(1).max(4000);

export const ProcessSingleRequest = z.strictObject({ url: Url, ...processingOptions });
export type ProcessSingleRequest = z.infer<typeof ProcessSingleRequest>;

const urlColumn = z
  .string()
  .min(1)
  .max(500)
  .optional()
  .meta({ description: "Heading of the column of addresses; absent to take the column that holds most of them." });

export const ProcessBatchRequest = z
  .strictObject({
    spreadsheet_url: Url.optional(),
    urls: z.array(Url).min(1).max(10_000).optional(),
    url_column: urlColumn,
    ...batchOptions,
  })
  .refine(({ spreadsheet_url, urls }) => (spreadsheet_url === undefined) !== (urls === undefined), {
    message: "Give either spreadsheet_url or urls.",
  });
export type ProcessBatchRequest = z.infer<typeof ProcessBatchRequest>;

/** Fields of a form; the files come beside them as `file`: one spreadsheet, or any number of PDFs. */
export const ProcessSingleForm = z.strictObject(processingOptions);
export const ProcessBatchForm = z.strictObject({ url_column: urlColumn, ...batchOptions });
export type ProcessBatchForm = z.infer<typeof ProcessBatchForm>;

const binary = z
  .string()
  .meta({ format: "binary", description: "A PDF, or a spreadsheet of addresses (.xlsx, .csv)." });

export const ProcessedDocument = z
  .strictObject({
    document_id: DocumentId,
    job_id: DocumentJobId,
    tags: z.array(z.string()),
    extracted_text: z.string(),
    metadata: z.strictObject({
      processing_time: z.number().meta({ description: "Seconds." }),
      language_detected: z.string().nullable(),
      page_count: z.int().nullable(),
      tagger: z.string().nullable(),
      tagging_note: z.string().nullable(),
      ocr_used: z.boolean(),
      cost_usd: z.number().nullable(),
      expires_at: Timestamp.nullable(),
    }),
  })
  .meta({ id: "ProcessedDocument" });
export type ProcessedDocument = z.infer<typeof ProcessedDocument>;

export const StartedDocumentJob = z
  .strictObject({
    job_id: DocumentJobId,
    status: DocumentJobStatus,
    total_documents: z.int(),
    failed_documents: z.int().meta({ description: "Rows that hold no usable address." }),
    expires_at: Timestamp.nullable(),
  })
  .meta({ id: "StartedDocumentJob" });
export type StartedDocumentJob = z.infer<typeof StartedDocumentJob>;

export const BatchEstimate = z
  .strictObject({
    total_documents: z.int(),
    failed_documents: z.int(),
    duplicate_documents: z.int().meta({ description: "Rows that name the same address as an earlier one." }),
    tagger: z.string(),
    cost_usd: z
      .strictObject({ low: z.number(), expected: z.number(), high: z.number() })
      .nullable()
      .meta({ description: "Null when the model has no price." }),
    based_on_documents: z.int().meta({ description: "Your own earlier documents that the estimate was made from." }),
  })
  .meta({ id: "BatchEstimate" });
export type BatchEstimate = z.infer<typeof BatchEstimate>;

/** Why a job that is not ended does not go on. */
export const PauseReason = z.enum(["person", "budget", "provider", "account"]);
export type PauseReason = z.infer<typeof PauseReason>;

export const DocumentJob = z
  .strictObject({
    job_id: DocumentJobId,
    job_type: DocumentJobType,
    name: z.string(),
    status: DocumentJobStatus,
    paused: z.strictObject({ reason: PauseReason, message: z.string() }).nullable(),
    total: z.int(),
    pending: z.int(),
    processing: z.int(),
    completed: z.int(),
    failed: z.int(),
    cancelled: z.int(),
    options: ProcessingOptions,
    cost_usd: z.number(),
    budget_usd: z.number().nullable(),
    seconds_left: z.number().nullable().meta({ description: "An estimate; null while nothing is known." }),
    created_at: Timestamp,
    finished_at: Timestamp.nullable(),
    expires_at: Timestamp.nullable(),
  })
  .meta({ id: "DocumentJob" });
export type DocumentJob = z.infer<typeof DocumentJob>;

export const DocumentJobWithResults = DocumentJob.extend({
  results: z.array(DocumentSummary),
  limit: z.int(),
  offset: z.int(),
}).meta({ id: "DocumentJobWithResults" });
export type DocumentJobWithResults = z.infer<typeof DocumentJobWithResults>;

const common = { tag: "Documents", dialect: "platform", access: "optional" } as const;
const spend = { ...common, scope: "documents:write", rateClass: "spend", method: "POST" } as const;
const control = { ...common, scope: "documents:write", rateClass: "write", method: "POST" } as const;
const read = { ...common, scope: "documents:read", rateClass: "read", method: "GET" } as const;
const byJobId = z.strictObject({ job_id: DocumentJobId });
const job = { description: "The job as it is now", schema: DocumentJob };

export const processSingle = defineEndpoint({
  ...spend,
  id: "processSingle",
  summary: "Extract and tag one document, by its address or uploaded",
  path: "/api/process/process-single",
  multipart: "or_json",
  body: ProcessSingleRequest,
  form: ProcessSingleForm.extend({ file: binary }),
  responses: {
    200: { description: "Processed", schema: ProcessedDocument },
    202: { description: "It takes longer: follow the job", schema: StartedDocumentJob },
  },
});

export const processBatch = defineEndpoint({
  ...spend,
  id: "processBatch",
  summary: "Process the addresses of a spreadsheet, or many uploaded files",
  path: "/api/process/process-batch",
  multipart: "or_json",
  body: ProcessBatchRequest,
  form: ProcessBatchForm.extend({ file: z.array(binary) }),
  responses: {
    200: { description: "What it would be and cost (`dry_run`)", schema: BatchEstimate },
    202: { description: "Every document is written down; the work begins", schema: StartedDocumentJob },
  },
});

const page = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
};

export const getBatchStatus = defineEndpoint({
  ...read,
  id: "getBatchStatus",
  summary: "A job with a page of its documents, for the holder of its id",
  path: "/api/process/batch-status/{job_id}",
  params: byJobId,
  query: z.strictObject({ ...page, status: DocumentStatus.optional() }),
  responses: { 200: { description: "The job", schema: DocumentJobWithResults } },
});

/** Server-sent events: `job` with a `DocumentJob`, `document` with a `DocumentSummary`, `end` when nothing more comes. */
export const watchBatch = defineEndpoint({
  ...read,
  id: "watchBatch",
  summary: "A job's progress as server-sent events; `Last-Event-ID` goes on from there",
  path: "/api/process/batch-status/{job_id}/events",
  params: byJobId,
  responses: { 200: { description: "Events `job`, `document` and `end`", contentType: "text/event-stream" } },
});

export const cancelBatch = defineEndpoint({
  ...control,
  id: "cancelBatch",
  summary: "Stop a job; what is done stays",
  path: "/api/process/batch-status/{job_id}/cancel",
  params: byJobId,
  responses: { 200: job },
});

export const pauseBatch = defineEndpoint({
  ...control,
  id: "pauseBatch",
  summary: "Begin no further documents for now",
  path: "/api/process/batch-status/{job_id}/pause",
  params: byJobId,
  responses: { 200: job },
});

export const resumeBatch = defineEndpoint({
  ...control,
  id: "resumeBatch",
  summary: "Go on with a paused job, also with another budget",
  path: "/api/process/batch-status/{job_id}/resume",
  params: byJobId,
  body: z.strictObject({ budget_usd: z.number().positive().max(1_000_000).nullable().optional() }).default({}),
  responses: { 200: job },
});

export const retryFailed = defineEndpoint({
  ...control,
  id: "retryFailed",
  summary: "Try all failed and cancelled documents of a job again",
  path: "/api/process/batch-status/{job_id}/retry-failed",
  params: byJobId,
  responses: { 200: job },
});

export const retryDocument = defineEndpoint({
  ...control,
  id: "retryDocument",
  summary: "Try one failed or cancelled document again",
  path: "/api/history/documents/{id}/retry",
  params: z.strictObject({ id: DocumentId }),
  responses: { 200: job },
});

export const jobSorts = ["newest", "oldest", "largest", "cost"] as const;

export const listDocumentJobs = defineEndpoint({
  ...read,
  id: "listDocumentJobs",
  summary: "Your document jobs",
  path: "/api/history/jobs",
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(100).default(50),
    offset: page.offset,
    status: DocumentJobStatus.optional(),
    job_type: DocumentJobType.optional(),
    sort: z.enum(jobSorts).default("newest"),
  }),
  responses: {
    200: {
      description: "A page of jobs; empty without credentials",
      schema: z
        .strictObject({ jobs: z.array(DocumentJob), total: z.int(), limit: z.int(), offset: z.int() })
        .meta({ id: "DocumentJobList" }),
    },
  },
});

export const getDocumentJob = defineEndpoint({
  ...read,
  id: "getDocumentJob",
  summary: "A job with its first documents",
  path: "/api/history/jobs/{job_id}",
  params: byJobId,
  responses: { 200: { description: "The job", schema: DocumentJobWithResults } },
});

export const deleteDocumentJob = defineEndpoint({
  ...common,
  scope: "documents:write",
  rateClass: "write",
  id: "deleteDocumentJob",
  summary: "Delete a job with its documents and their stored files",
  method: "DELETE",
  path: "/api/history/jobs/{job_id}",
  params: byJobId,
  responses: { 204: { description: "Deleted" } },
});

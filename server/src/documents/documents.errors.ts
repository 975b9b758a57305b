import type { DocumentFailure } from "@llm-tuner/contract/documents.ts";
import { appError } from "../platform/errors.ts";

const size = (bytes: number): string =>
  bytes < 1024 ** 2
    ? `${bytes.toLocaleString("en")} bytes`
    : `${(bytes / 1024 ** 2).toLocaleString("en", { maximumFractionDigits: 1 })} MiB`;

export const documentJobNotFound = () =>
  appError({
    code: "document_job_not_found",
    status: 404,
    message: "There is no document job with this id.",
    details: { remedy: "GET /api/history/jobs lists your jobs. A job without an account ends with its time." },
  });

export const documentNotFound = () =>
  appError({
    code: "document_not_found",
    status: 404,
    message: "There is no document with this id.",
    details: { remedy: "GET /api/history/documents lists your documents." },
  });

/** A single document that failed, as the answer to the request that brought it. It stays in the history, and may be retried. */
export const documentFailed = (
  { code, message }: DocumentFailure,
  { documentId, jobId }: { documentId: string; jobId: string },
) =>
  appError({
    code: `document_${code}`,
    status: 422,
    message,
    details: { job_id: jobId, document_id: documentId },
  });

export const noDocuments = () =>
  appError({
    code: "no_documents",
    status: 400,
    message: "The form holds no file.",
    details: {
      places: [{ field: "file" }],
      remedy: "Send the file in the field `file`, or an address as JSON.",
    },
  });

export const oneDocumentOnly = () =>
  appError({
    code: "one_document_only",
    status: 400,
    message: "This call takes one file.",
    details: { places: [{ field: "file" }], remedy: "Send many files to POST /api/process/process-batch." },
  });

export const unknownFileField = (field: string) =>
  appError({
    code: "unknown_file_field",
    status: 400,
    message: "A file was sent in a field that is not `file`.",
    details: { places: [{ field: field.slice(0, 200) }], remedy: "Send files in the field `file`." },
  });

export const repeatedField = (field: string) =>
  appError({
    code: "repeated_field",
    status: 400,
    message: "A field of the form was sent twice.",
    details: { places: [{ field: field.slice(0, 200) }], remedy: "Separate the items of a list by commas." },
  });

export const mixedFiles = () =>
  appError({
    code: "mixed_files",
    status: 400,
    message: "The form holds a spreadsheet and further files.",
    details: { places: [{ field: "file" }], remedy: "Send either one spreadsheet of addresses or documents." },
  });

export const tooManyDocuments = (limit: number) =>
  appError({
    code: "too_many_documents",
    status: 400,
    message: `This job may have ${limit} documents at most.`,
    details: { remedy: "Split it into several jobs." },
  });

export const documentTooLarge = (fileName: string, limit: number) =>
  appError({
    code: "document_too_large",
    status: 413,
    message: `${fileName} is larger than ${size(limit)}.`,
    details: { places: [{ file: fileName }], remedy: "Send a smaller file." },
  });

export const documentSpaceExceeded = (limit: number) =>
  appError({
    code: "document_space_exceeded",
    status: 413,
    message: `Your documents may take ${size(limit)} together, and this upload would exceed that.`,
    details: { remedy: "Delete documents that you no longer need." },
  });

export const tooManyKept = (limit: number) =>
  appError({
    code: "too_many_documents_kept",
    status: 413,
    message: `You may keep ${limit.toLocaleString("en")} documents, and this job would exceed that.`,
    details: { remedy: "Delete documents that you no longer need." },
  });

export const emptySpreadsheet = () =>
  appError({
    code: "spreadsheet_without_rows",
    status: 422,
    message: "The spreadsheet holds no row.",
    details: { remedy: "Give a spreadsheet with one address a row." },
  });

export const spreadsheetNotFetched = (why: string, cause: unknown) =>
  appError({
    code: "spreadsheet_not_fetched",
    status: 422,
    message: `The spreadsheet could not be fetched: ${why}.`,
    details: { places: [{ field: "spreadsheet_url" }], remedy: "Check its address, or upload it." },
    cause,
  });

export const budgetWithoutPrice = () =>
  appError({
    code: "budget_without_price",
    status: 422,
    message: "This model has no price, so that no budget can be kept.",
    details: {
      places: [{ field: "budget_usd" }],
      remedy: "Leave the budget out, choose another model, or have an administrator set a price.",
    },
  });

export const anonymousSpaceFull = () =>
  appError({
    code: "anonymous_space_full",
    status: 413,
    message: "The space for documents without an account is full.",
    details: { remedy: "Sign in, or try again in some hours." },
  });

export const tooManyAnonymousJobs = (limit: number, retryAfterSeconds: number) =>
  appError({
    code: "too_many_jobs",
    status: 429,
    message: `Without an account, ${limit} jobs an hour may be started from one address.`,
    details: { remedy: "Sign in, or wait.", retry_after_seconds: retryAfterSeconds },
    headers: { "retry-after": String(retryAfterSeconds) },
  });

const cannot = (code: string, message: string, remedy: string) =>
  appError({ code, status: 409, message, details: { remedy } });

export const jobHasEnded = () =>
  cannot("job_has_ended", "The job has ended.", "Retry its failed documents, or start a new job.");

export const nothingToRetry = () =>
  cannot(
    "nothing_to_retry",
    "None of these documents failed in a way that could be tried again.",
    "Only failed and cancelled documents that have an address or a file can be retried.",
  );

export const lastEventIdInvalid = () =>
  appError({
    code: "invalid_last_event_id",
    status: 400,
    message: "Last-Event-ID is not the id of an event of this stream.",
    details: { remedy: "Send the id of the last event that was received, or none." },
  });

export const mailNotTaken = (reason: string) =>
  appError({ code: "mail_not_taken", status: 503, message: `The mail server did not take the mail: ${reason}` });

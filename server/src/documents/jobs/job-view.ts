import type {
  DocumentJob,
  DocumentJobStatus,
  ProcessingOptions,
  StartedDocumentJob,
} from "@llm-tuner/contract/document-jobs.ts";
import type { JobCounts, JobRecord } from "./job-record.ts";

export const usdOf = (nanoUsd: number): number => nanoUsd / 1e9;

/** `statusExpression` in document-jobs.store.ts says the same to the database. */
export function statusOf(job: Pick<JobRecord, "cancelledAt" | "finishedAt">, counts: JobCounts): DocumentJobStatus {
  if (job.cancelledAt !== null) return "cancelled";
  if (job.finishedAt === null) return counts.isBegun ? "processing" : "pending";
  if (counts.failed === 0 && counts.cancelled === 0) return "completed";
  return counts.completed === 0 ? "failed" : "partial";
}

/** By how long the completed ones took and by how many are worked on at once right now. */
function secondsLeft(job: JobRecord, { pending, processing, meanProcessingMs }: JobCounts): number | null {
  if (job.finishedAt !== null) return 0;
  if (job.paused !== null || meanProcessingMs === null) return null;
  return Math.ceil(((pending + processing) * meanProcessingMs) / Math.max(1, processing) / 1000);
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

const shownOptions = ({ languages, tags, ocr_languages, ...options }: ProcessingOptions): ProcessingOptions => ({
  ...options,
  ...(languages === undefined ? {} : { languages }),
  ...(tags === undefined ? {} : { tags }),
  ...(ocr_languages === undefined ? {} : { ocr_languages }),
});

/** A job as its owner sees it. */
export const toDocumentJob = (job: JobRecord, counts: JobCounts): DocumentJob => ({
  job_id: job.id,
  job_type: job.type,
  name: job.name,
  status: statusOf(job, counts),
  paused: job.paused,
  total: counts.total,
  pending: counts.pending,
  processing: counts.processing,
  completed: counts.completed,
  failed: counts.failed,
  cancelled: counts.cancelled,
  options: shownOptions(job.options),
  cost_usd: usdOf(counts.costNanoUsd),
  budget_usd: job.budgetNanoUsd === null ? null : usdOf(job.budgetNanoUsd),
  seconds_left: secondsLeft(job, counts),
  created_at: job.createdAt.toISOString(),
  finished_at: iso(job.finishedAt),
  expires_at: iso(job.expiresAt),
});

export const toStartedJob = (job: JobRecord, counts: JobCounts): StartedDocumentJob => ({
  job_id: job.id,
  status: statusOf(job, counts),
  total_documents: counts.total,
  failed_documents: counts.failed,
  expires_at: iso(job.expiresAt),
});

import type { DocumentJob, DocumentJobWithResults } from "@llm-tuner/contract/document-jobs.ts";
import type { DocumentStatus, DocumentSummary } from "@llm-tuner/contract/documents.ts";
import { describe, expect, it } from "vitest";
import { doneShare, retryable, withNews } from "./job-counts.ts";

const document = (position: number, status: DocumentStatus): DocumentSummary => ({
  id: `doc_${position}`,
  job_id: "batch_1",
  position,
  title: `Document ${position}`,
  file_name: `${position}.pdf`,
  source_url: null,
  status,
  stage: null,
  error: null,
  attempts: 1,
  bytes: null,
  page_count: null,
  word_count: null,
  language: null,
  ocr_used: false,
  tags: [],
  tagger: null,
  cost_usd: null,
  tagging_note: null,
  duplicate_of: null,
  has_file: true,
  processing_ms: null,
  created_at: "2026-01-01T00:00:00.000Z",
  completed_at: null,
  expires_at: null,
});

const job: DocumentJob = {
  job_id: "batch_1",
  job_type: "batch",
  name: "Invoices",
  status: "processing",
  paused: null,
  total: 5,
  pending: 2,
  processing: 1,
  completed: 1,
  failed: 1,
  cancelled: 0,
  options: { max_tags: 10, mode: "free", auto_accept: "none", ocr: "auto" },
  cost_usd: 0,
  budget_usd: null,
  seconds_left: null,
  created_at: "2026-01-01T00:00:00.000Z",
  finished_at: null,
  expires_at: null,
};

const page = (results: DocumentSummary[], limit = 50, offset = 0): DocumentJobWithResults => ({
  ...job,
  results,
  limit,
  offset,
});
const newsOf = (...documents: DocumentSummary[]) => ({
  job: undefined,
  documents: new Map(documents.map((one) => [one.id, one])),
});
const shown = ({ results }: DocumentJobWithResults) => results.map(({ position, status }) => `${position} ${status}`);

describe("how far a job is", () => {
  it("counts what failed and was cancelled as done", () => {
    expect(doneShare(job)).toBe(0.4);
    expect(doneShare({ ...job, total: 0 })).toBe(1);
    expect(retryable({ ...job, cancelled: 2 })).toBe(3);
  });
});

describe("news of a job", () => {
  const first = page([document(0, "completed"), document(1, "processing"), document(2, "pending")]);

  it("change the documents that are shown, and the job's own figures", () => {
    const next = withNews(first, { ...newsOf(document(1, "failed")), job: { ...job, failed: 2 } }, undefined);
    expect(shown(next)).toEqual(["0 completed", "1 failed", "2 pending"]);
    expect(next.failed).toBe(2);
  });

  it("bring no document of another page in", () => {
    expect(shown(withNews(first, newsOf(document(4, "completed")), undefined))).toHaveLength(3);
  });

  it("take a document away that the filter no longer fits", () => {
    const pending = page([document(2, "pending"), document(3, "pending")]);
    expect(shown(withNews(pending, newsOf(document(2, "processing")), "pending"))).toEqual(["3 pending"]);
  });

  it("bring a document in that the filter fits now, at its place", () => {
    const completed = page([document(0, "completed"), document(3, "completed")]);
    const next = withNews(completed, newsOf(document(1, "completed"), document(4, "failed")), "completed");
    expect(shown(next)).toEqual(["0 completed", "1 completed", "3 completed"]);
  });

  it("leave a full page as long as it is", () => {
    const full = page([document(0, "failed"), document(3, "failed")], 2);
    expect(shown(withNews({ ...full, failed: 4 }, newsOf(document(1, "failed")), "failed"))).toEqual([
      "0 failed",
      "1 failed",
    ]);
    expect(shown(withNews({ ...full, failed: 4 }, newsOf(document(4, "failed")), "failed"))).toEqual([
      "0 failed",
      "3 failed",
    ]);
  });
});

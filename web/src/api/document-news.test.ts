import { describe, expect, it } from "vitest";
import { newsOf } from "./document-news.ts";

const job = {
  job_id: "batch_01JDQ9V7p2C3d4E5f6G7h8",
  job_type: "batch",
  name: "Invoices",
  status: "processing",
  paused: null,
  total: 2,
  pending: 1,
  processing: 1,
  completed: 0,
  failed: 0,
  cancelled: 0,
  options: { max_tags: 10, mode: "free", auto_accept: "none", ocr: "auto" },
  cost_usd: 0,
  budget_usd: null,
  seconds_left: null,
  created_at: "2026-01-01T00:00:00.000Z",
  finished_at: null,
  expires_at: null,
};

describe("news of a document job", () => {
  it("are the last word about the job, and whether it was the last of all", () => {
    const messages = [
      { event: "job", data: JSON.stringify(job) },
      { event: "job", data: JSON.stringify({ ...job, completed: 2, status: "completed" }) },
    ];
    expect(newsOf(messages)).toMatchObject({ job: { completed: 2, status: "completed" }, isEnded: false });
    expect(newsOf([...messages, { event: "end", data: "{}" }]).isEnded).toBe(true);
    expect(newsOf([])).toEqual({ job: undefined, documents: new Map(), isEnded: false });
  });

  it("refuse a job that is not one", () => {
    expect(() => newsOf([{ event: "job", data: JSON.stringify({ ...job, total: "many" }) }])).toThrow(/total/);
  });
});

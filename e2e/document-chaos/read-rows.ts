import { z } from "zod";
import type { Database } from "../../server/src/platform/database/database.ts";
import type { Charge, FinalDocument } from "./judge.ts";

const DocumentRow = z.object({
  id: z.string(),
  position: z.number(),
  status: z.string(),
  failure_code: z.string().nullable(),
  tagging_request_id: z.string().nullable(),
  cost: z.coerce.number(),
  duplicate_of: z.string().nullable(),
  completed_at: z.date().nullable(),
  texts: z.coerce.number(),
});

const ChargeRow = z.object({
  request_id: z.string(),
  cost: z.coerce.number(),
  started_at: z.date(),
  latency_ms: z.coerce.number(),
});

/** Every document as it lies in the database in the end. */
export const readDocuments = async (database: Database, jobId: string): Promise<FinalDocument[]> =>
  (
    await database.rows(
      DocumentRow,
      `select id, position, status, failure->>'code' as failure_code, tagging_request_id,
         coalesce(cost_nano_usd, 0) as cost, duplicate_of, completed_at,
         (select count(*) from document_texts where document_id = d.id) as texts
       from documents d where job_id = $1 order by position`,
      [jobId],
    )
  ).map((row) => ({
    id: row.id,
    position: row.position,
    status: row.status,
    failureCode: row.failure_code,
    requestId: row.tagging_request_id,
    costNanoUsd: row.cost,
    duplicateOf: row.duplicate_of,
    completedAtMs: row.completed_at?.getTime() ?? null,
    texts: row.texts,
  }));

/** What was charged for every request to the gateway. */
export const readCharges = async (database: Database): Promise<Charge[]> =>
  (
    await database.rows(
      ChargeRow,
      "select request_id, coalesce(cost_nano_usd, 0) as cost, started_at, latency_ms from usage_requests",
    )
  ).map((row) => ({
    requestId: row.request_id,
    costNanoUsd: row.cost,
    startedAtMs: row.started_at.getTime(),
    endedAtMs: row.started_at.getTime() + row.latency_ms,
  }));

const ProgressRow = z.object({ ended: z.coerce.number() });

/** Documents of the job that have come to their end. */
export const endedDocuments = async (database: Database, jobId: string): Promise<number> =>
  (
    await database.row(
      ProgressRow,
      "select count(*) as ended from documents where job_id = $1 and status in ('completed', 'failed')",
      [jobId],
    )
  )?.ended ?? 0;

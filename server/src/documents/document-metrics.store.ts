import { PauseReason } from "@llm-tuner/contract/document-jobs.ts";
import { z } from "zod";
import type { Queryable } from "../platform/database/database.ts";

/** Of documents that are not at their end. */
export const openStatuses = ["pending", "processing"] as const;

const WaitingRow = z.object({ status: z.enum(openStatuses), count: z.coerce.number(), since: z.date() });
const PausedRow = z.object({ reason: PauseReason, count: z.coerce.number() });

/** What operators ask the database about documents, of all processes and owners together. */
export const documentMetricsStore = {
  /** How many documents are open, and since when the oldest of them; a status without any is left out. */
  waiting: (queryable: Queryable) =>
    queryable.rows(
      WaitingRow,
      `select status, count(*), min(created_at) as since from documents where status in ('pending', 'processing')
       group by status`,
      [],
    ),

  /** How many jobs wait, by reason; a reason without any is left out. */
  paused: (queryable: Queryable) =>
    queryable.rows(
      PausedRow,
      `select paused_reason as reason, count(*) from document_jobs
       where finished_at is null and paused_reason is not null group by paused_reason`,
      [],
    ),
};

import type { PauseReason } from "@llm-tuner/contract/document-jobs.ts";
import { z } from "zod";
import type { Database, Queryable } from "../../platform/database/database.ts";
import type { StoredCaller } from "../../platform/http/stored-caller.ts";

const IdRow = z.object({ id: z.string() });

const back = `status = 'pending', stage = null, failure = null, attempts = 0, interruptions = 0, retry_at = null,
  completed_at = null, revision = nextval('document_revisions')`;

/** How jobs are paused, ended and begun anew. The job's row is locked by whoever calls. */
export class JobChangesStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async pause(transaction: Queryable, jobId: string, pause: { reason: PauseReason; message: string }): Promise<void> {
    await transaction.execute(
      "update document_jobs set paused_reason = $2, paused_message = $3, resume_at = null where id = $1",
      [jobId, pause.reason, pause.message],
    );
  }

  /** A pause that ends by itself. `pauses`: how many have followed each other with no answer in between, this one included. */
  async pauseForProvider(
    transaction: Queryable,
    jobId: string,
    { message, resumeAt, pauses }: { message: string; resumeAt: Date; pauses: number },
  ): Promise<void> {
    await transaction.execute(
      `update document_jobs set paused_reason = 'provider', paused_message = $2, resume_at = $3, provider_pauses = $4
       where id = $1`,
      [jobId, message, resumeAt, pauses],
    );
  }

  /** The provider answers again: its next pause is a short one. */
  async forgetProviderPauses(transaction: Queryable, jobId: string): Promise<void> {
    await transaction.execute("update document_jobs set provider_pauses = 0 where id = $1", [jobId]);
  }

  async resume(transaction: Queryable, jobId: string): Promise<void> {
    await transaction.execute(
      `update document_jobs set paused_reason = null, paused_message = null, resume_at = null, provider_pauses = 0
       where id = $1`,
      [jobId],
    );
  }

  /** Whoever does the work from now on is this caller, under their bounds. */
  async setCaller(transaction: Queryable, jobId: string, caller: StoredCaller): Promise<void> {
    await transaction.execute("update document_jobs set caller = $2 where id = $1", [jobId, JSON.stringify(caller)]);
  }

  async setBudget(transaction: Queryable, jobId: string, budgetNanoUsd: number | null): Promise<void> {
    await transaction.execute("update document_jobs set budget_nano_usd = $2 where id = $1", [jobId, budgetNanoUsd]);
  }

  /** Lets the jobs go on whose provider asked to wait until now. */
  async resumeDue(now: Date): Promise<string[]> {
    const rows = await this.#database.rows(
      IdRow,
      `update document_jobs set paused_reason = null, paused_message = null, resume_at = null
       where paused_reason = 'provider' and resume_at <= $1 and finished_at is null returning id`,
      [now],
    );
    return rows.map(({ id }) => id);
  }

  /** What waits is never begun, and whoever works on one of them finds that it is no longer theirs. */
  async cancel(transaction: Queryable, jobId: string, now: Date): Promise<void> {
    await transaction.execute(
      `update documents set status = 'cancelled', stage = null, lease_id = null, lease_holder = null,
         lease_until = null, held_nano_usd = 0, completed_at = $2, revision = nextval('document_revisions')
       where job_id = $1 and status in ('pending', 'processing')`,
      [jobId, now],
    );
    await transaction.execute(
      `update document_jobs set cancelled_at = $2, finished_at = $2, paused_reason = null, paused_message = null,
         resume_at = null where id = $1`,
      [jobId, now],
    );
  }

  /** Puts failed and cancelled documents back, all or one; returns how many. */
  async retry(transaction: Queryable, jobId: string, documentId: string | null): Promise<number> {
    const changed = await transaction.execute(
      `update documents set ${back}
       where job_id = $1 and status in ('failed', 'cancelled') and ($2::text is null or id = $2)
         and (source_url is not null or object_key is not null)`,
      [jobId, documentId],
    );
    if (changed > 0) {
      await transaction.execute("update document_jobs set finished_at = null, cancelled_at = null where id = $1", [
        jobId,
      ]);
    }
    return changed;
  }

  /** Ends the job when none of its documents waits or is worked on; says whether that was now. */
  async endIfDone(transaction: Queryable, jobId: string, now: Date): Promise<boolean> {
    const ended = await transaction.execute(
      `update document_jobs set finished_at = $2, paused_reason = null, paused_message = null, resume_at = null
       where id = $1 and finished_at is null
         and not exists (select 1 from documents where job_id = $1 and status = 'pending')
         and not exists (select 1 from documents where job_id = $1 and status = 'processing')`,
      [jobId, now],
    );
    return ended > 0;
  }

  /** Jobs that should have ended, because the last of their open documents was deleted. */
  async leftOpen(): Promise<string[]> {
    const rows = await this.#database.rows(
      IdRow,
      `select id from document_jobs as job where finished_at is null
         and not exists (select 1 from documents where job_id = job.id and status = 'pending')
         and not exists (select 1 from documents where job_id = job.id and status = 'processing')
       limit 100`,
    );
    return rows.map(({ id }) => id);
  }
}

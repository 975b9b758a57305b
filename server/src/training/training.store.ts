import { Hyperparameters } from "@llm-tuner/contract/hyperparameters.ts";
import { JobFailure, JobFile, JobStatus } from "@llm-tuner/contract/training.ts";
import { z } from "zod";
import type { Database, Queryable } from "../platform/database/database.ts";
import type { PagePosition } from "../platform/paging/cursor.ts";
import { ProcessIdentity } from "../platform/processes/process-identity.ts";
import type { TrainingJobRecord } from "./job-record.ts";

const JobRow = z
  .object({
    name: z.string(),
    user_id: z.string(),
    request_id: z.string().nullable(),
    status: JobStatus,
    base_model: z.string(),
    dataset_id: z.string(),
    model_id: z.string().nullable(),
    suffix: z.string().nullable(),
    hyperparameters: Hyperparameters,
    files: z.array(JobFile),
    warnings: z.array(z.string()),
    attempt: z.int(),
    crashes: z.int(),
    slot: z.int().nullable(),
    starter: ProcessIdentity.nullable(),
    external_id: z.string().nullable(),
    restart_at: z.date().nullable(),
    event_offset: z.coerce.number().int(),
    last_event_seq: z.int(),
    step: z.int(),
    total_steps: z.int().nullable(),
    eta_seconds: z.number().nullable(),
    held_out_loss_before: z.number().nullable(),
    held_out_loss_after: z.number().nullable(),
    failure: JobFailure.nullable(),
    queued_at: z.date(),
    claimed_at: z.date().nullable(),
    started_at: z.date().nullable(),
    ended_at: z.date().nullable(),
    created_at: z.date(),
  })
  .transform((row): TrainingJobRecord => ({
    jobName: row.name,
    userId: row.user_id,
    requestId: row.request_id,
    status: row.status,
    baseModel: row.base_model,
    datasetId: row.dataset_id,
    modelId: row.model_id,
    suffix: row.suffix,
    hyperparameters: row.hyperparameters,
    files: row.files,
    warnings: row.warnings,
    attempt: row.attempt,
    crashes: row.crashes,
    slot: row.slot,
    starter: row.starter,
    externalId: row.external_id,
    restartAt: row.restart_at,
    eventOffset: row.event_offset,
    lastEventSeq: row.last_event_seq,
    step: row.step,
    totalSteps: row.total_steps,
    etaSeconds: row.eta_seconds,
    heldOutLossBefore: row.held_out_loss_before,
    heldOutLossAfter: row.held_out_loss_after,
    failure: row.failure,
    queuedAt: row.queued_at,
    claimedAt: row.claimed_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    createdAt: row.created_at,
  }));

/** The columns that stay as they were when the job was added, with their values. */
const fixedColumns = (job: TrainingJobRecord): Record<string, unknown> => ({
  name: job.jobName,
  user_id: job.userId,
  request_id: job.requestId,
  base_model: job.baseModel,
  dataset_id: job.datasetId,
  suffix: job.suffix,
  hyperparameters: JSON.stringify(job.hyperparameters),
  files: JSON.stringify(job.files),
  warnings: JSON.stringify(job.warnings),
  created_at: job.createdAt,
});

const changingColumns = (job: TrainingJobRecord): Record<string, unknown> => ({
  status: job.status,
  attempt: job.attempt,
  crashes: job.crashes,
  slot: job.slot,
  starter: job.starter && JSON.stringify(job.starter),
  external_id: job.externalId,
  restart_at: job.restartAt,
  event_offset: job.eventOffset,
  last_event_seq: job.lastEventSeq,
  step: job.step,
  total_steps: job.totalSteps,
  eta_seconds: job.etaSeconds,
  held_out_loss_before: job.heldOutLossBefore,
  held_out_loss_after: job.heldOutLossAfter,
  failure: job.failure && JSON.stringify(job.failure),
  queued_at: job.queuedAt,
  claimed_at: job.claimedAt,
  started_at: job.startedAt,
  ended_at: job.endedAt,
});

export interface JobPage {
  userId: string;
  status: JobStatus | undefined;
  /** The last job of the page before. */
  after: PagePosition | null;
  limit: number;
}

const NameRow = z.object({ name: z.string() }).transform(({ name }) => name);

/** The rows of jobs. What changes a job goes through the `JobWriter`, which alone calls `insert` and `update`. */
export class TrainingStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    return this.#database.transaction(work);
  }

  async insert(transaction: Queryable, job: TrainingJobRecord): Promise<void> {
    const columns = { ...fixedColumns(job), ...changingColumns(job) };
    const places = Object.keys(columns).map((_, index) => `$${index + 1}`);
    await transaction.execute(
      `insert into training_jobs (${Object.keys(columns).join(", ")}) values (${places.join(", ")})`,
      Object.values(columns),
    );
  }

  /** Writes everything that may change; the caller holds the lock of the row that it read. */
  async update(transaction: Queryable, job: TrainingJobRecord): Promise<void> {
    const columns = changingColumns(job);
    const assignments = Object.keys(columns).map((name, index) => `${name} = $${index + 2}`);
    await transaction.execute(`update training_jobs set ${assignments.join(", ")} where name = $1`, [
      job.jobName,
      ...Object.values(columns),
    ]);
  }

  find(jobName: string): Promise<TrainingJobRecord | undefined> {
    return this.#database.row(JobRow, "select * from training_jobs where name = $1", [jobName]);
  }

  /** The row as it is now, and unchanged by others until the transaction ends. */
  lock(transaction: Queryable, jobName: string): Promise<TrainingJobRecord | undefined> {
    return transaction.row(JobRow, "select * from training_jobs where name = $1 for update", [jobName]);
  }

  /** A waiting job, locked; undefined when somebody else is at it or it no longer waits. */
  lockWaiting(transaction: Queryable, jobName: string): Promise<TrainingJobRecord | undefined> {
    return transaction.row(
      JobRow,
      `select * from training_jobs
       where name = $1 and status = 'Pending' and external_id is null for update skip locked`,
      [jobName],
    );
  }

  findOfRequest(
    userId: string,
    requestId: string,
    queryable: Queryable = this.#database,
  ): Promise<TrainingJobRecord | undefined> {
    return queryable.row(JobRow, "select * from training_jobs where user_id = $1 and request_id = $2", [
      userId,
      requestId,
    ]);
  }

  /** The names that are taken of the form `stem`, `stem-2`, `stem-3` … */
  namesWithStem(transaction: Queryable, stem: string): Promise<string[]> {
    return transaction.rows(NameRow, "select name from training_jobs where starts_with(name, $1)", [stem]);
  }

  /** A user's jobs, newest first. */
  list({ userId, status, after, limit }: JobPage): Promise<TrainingJobRecord[]> {
    return this.#database.rows(
      JobRow,
      `select * from training_jobs
       where user_id = $1
         and ($2::text is null or status = $2)
         and ($3::timestamptz is null or (created_at, name) < ($3, $4))
       order by created_at desc, name desc
       limit $5`,
      [userId, status ?? null, after?.createdAt ?? null, after?.id ?? null, limit],
    );
  }

  /** Jobs that somebody has to look after: running, or with a process that is not yet gone. */
  active(): Promise<TrainingJobRecord[]> {
    return this.#database.rows(
      JobRow,
      "select * from training_jobs where status in ('InProgress', 'Stopping') or external_id is not null order by name",
    );
  }

  /** False while a process still works on the job. */
  async deleteEnded(transaction: Queryable, jobName: string): Promise<boolean> {
    const deleted = await transaction.execute(
      `delete from training_jobs
       where name = $1 and status in ('Stopped', 'Completed', 'Failed') and external_id is null`,
      [jobName],
    );
    return deleted === 1;
  }

  async setModel(transaction: Queryable, jobName: string, modelId: string): Promise<void> {
    await transaction.execute("update training_jobs set model_id = $2 where name = $1", [jobName, modelId]);
  }
}

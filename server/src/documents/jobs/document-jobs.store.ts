import {
  DocumentJobType,
  type DocumentJobStatus,
  type jobSorts,
  PauseReason,
  ProcessingOptions,
} from "@llm-tuner/contract/document-jobs.ts";
import { z } from "zod";
import type { Database, Queryable } from "../../platform/database/database.ts";
import { StoredCallerColumn } from "../../platform/http/stored-caller.ts";
import type { JobCounts, JobRecord, NewDocument } from "./job-record.ts";

/** Carries the id of each job about which there is something new to read. */
export const documentJobChannel = "document_job";

const ownerLockClass = 724_010_601;

const JobRow = z
  .object({
    id: z.string(),
    user_id: z.string().nullable(),
    job_type: DocumentJobType,
    name: z.string(),
    options: ProcessingOptions.extend({ tagger: z.string() }),
    caller: StoredCallerColumn.nullable(),
    provider: z.string(),
    budget_nano_usd: z.coerce.number().nullable(),
    paused_reason: PauseReason.nullable(),
    paused_message: z.string().nullable(),
    resume_at: z.date().nullable(),
    provider_pauses: z.int(),
    cancelled_at: z.date().nullable(),
    notified_at: z.date().nullable(),
    created_at: z.date(),
    finished_at: z.date().nullable(),
    expires_at: z.date().nullable(),
  })
  .transform((row): JobRecord => ({
    id: row.id,
    userId: row.user_id,
    type: row.job_type,
    name: row.name,
    options: row.options,
    caller: row.caller,
    provider: row.provider,
    budgetNanoUsd: row.budget_nano_usd,
    paused: row.paused_reason === null ? null : { reason: row.paused_reason, message: row.paused_message ?? "" },
    resumeAt: row.resume_at,
    providerPauses: row.provider_pauses,
    cancelledAt: row.cancelled_at,
    notifiedAt: row.notified_at,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    expiresAt: row.expires_at,
  }));

const columns =
  "id, user_id, job_type, name, options, caller, provider, budget_nano_usd, paused_reason, paused_message, resume_at, provider_pauses, cancelled_at, notified_at, created_at, finished_at, expires_at";

const CountsRow = z
  .object({
    job_id: z.string(),
    total: z.coerce.number(),
    pending: z.coerce.number(),
    processing: z.coerce.number(),
    completed: z.coerce.number(),
    failed: z.coerce.number(),
    cancelled: z.coerce.number(),
    cost: z.coerce.number(),
    mean_ms: z.coerce.number().nullable(),
    is_begun: z.boolean(),
  })
  .transform(({ cost, mean_ms, is_begun, ...row }): JobCounts & { job_id: string } => ({
    ...row,
    costNanoUsd: cost,
    meanProcessingMs: mean_ms,
    isBegun: is_begun,
  }));

const numbers = `count(d.id) as total,
  count(d.id) filter (where d.status = 'pending') as pending,
  count(d.id) filter (where d.status = 'processing') as processing,
  count(d.id) filter (where d.status = 'completed') as completed,
  count(d.id) filter (where d.status = 'failed') as failed,
  count(d.id) filter (where d.status = 'cancelled') as cancelled,
  coalesce(sum(d.cost_nano_usd), 0) as cost,
  avg(d.processing_ms) filter (where d.status = 'completed') as mean_ms,
  coalesce(bool_or(d.attempts > 0), false) as is_begun`;

/** As `statusOf` in job-view.ts decides it of one job. */
const statusExpression = `case
  when cancelled_at is not null then 'cancelled'
  when finished_at is null then case when is_begun then 'processing' else 'pending' end
  when failed = 0 and cancelled = 0 then 'completed'
  when completed = 0 then 'failed'
  else 'partial' end`;

const orders: Record<(typeof jobSorts)[number], string> = {
  newest: "created_at desc, id desc",
  oldest: "created_at, id",
  largest: "total desc, created_at desc, id desc",
  cost: "cost desc, created_at desc, id desc",
};

const nothing: JobCounts = {
  total: 0,
  pending: 0,
  processing: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  costNanoUsd: 0,
  meanProcessingMs: null,
  isBegun: false,
};

const IdRow = z.object({ id: z.string() });
const KeyRow = z.object({ object_key: z.string() });

export interface JobPage {
  userId: string;
  limit: number;
  offset: number;
  status?: DocumentJobStatus | undefined;
  job_type?: DocumentJobType | undefined;
  sort: (typeof jobSorts)[number];
}

/** The jobs, and what concerns all documents of one. */
export class DocumentJobsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes this the only transaction that adds documents of a person, until it ends. */
  async lockStartsOf(transaction: Queryable, userId: string): Promise<void> {
    await transaction.execute("select pg_advisory_xact_lock($1, hashtext($2))", [ownerLockClass, userId]);
  }

  async insert(transaction: Queryable, job: JobRecord, documents: readonly NewDocument[]): Promise<void> {
    await transaction.execute(
      `insert into document_jobs
         (id, user_id, job_type, name, options, caller, provider, budget_nano_usd, created_at, finished_at, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        job.id,
        job.userId,
        job.type,
        job.name,
        JSON.stringify(job.options),
        job.caller && JSON.stringify(job.caller),
        job.provider,
        job.budgetNanoUsd,
        job.createdAt,
        job.finishedAt,
        job.expiresAt,
      ],
    );
    const rows = documents.map((document, position) => ({
      ...document.stored,
      id: document.id,
      position,
      title: document.title,
      fileName: document.fileName,
      sourceUrl: document.sourceUrl,
      failure: document.failure,
    }));
    await transaction.execute(
      `insert into documents (id, job_id, user_id, position, title, file_name, source_url, object_key, bytes, sha256,
         failure, status, created_at, completed_at)
       select id, $1, $2, position, title, "fileName", "sourceUrl", "objectKey", bytes, sha256, failure,
         case when failure is null then 'pending' else 'failed' end, $3::timestamptz,
         case when failure is null then null else $3::timestamptz end
       from jsonb_to_recordset($4::jsonb) as given (id text, position integer, title text, "fileName" text,
         "sourceUrl" text, "objectKey" text, bytes bigint, sha256 text, failure jsonb)`,
      [job.id, job.userId, job.createdAt, JSON.stringify(rows)],
    );
  }

  find(jobId: string): Promise<JobRecord | undefined> {
    return this.#database.row(JobRow, `select ${columns} from document_jobs where id = $1`, [jobId]);
  }

  /**
   * The job, locked until the transaction ends. Every change of a document asks for it first, so that revisions grow in
   * the order in which changes can be seen, and two changes never wait for each other.
   */
  lock(transaction: Queryable, jobId: string): Promise<JobRecord | undefined> {
    return transaction.row(JobRow, `select ${columns} from document_jobs where id = $1 for update`, [jobId]);
  }

  async counts(jobId: string, queryable: Queryable = this.#database): Promise<JobCounts> {
    return (await this.countsOf([jobId], queryable)).get(jobId) ?? nothing;
  }

  async countsOf(
    jobIds: readonly string[],
    queryable: Queryable = this.#database,
  ): Promise<ReadonlyMap<string, JobCounts>> {
    const text = `select d.job_id, ${numbers} from documents d where d.job_id = any($1::text[]) group by d.job_id`;
    const rows = await queryable.rows(CountsRow, text, [jobIds]);
    return new Map(rows.map(({ job_id, ...counts }) => [job_id, counts]));
  }

  /** A page of a person's jobs. What a job counts is asked for only where it decides which jobs these are. */
  async list({
    userId,
    limit,
    offset,
    status,
    job_type,
    sort,
  }: JobPage): Promise<{ jobs: JobRecord[]; total: number }> {
    const counted = status !== undefined || sort === "largest" || sort === "cost";
    const source = counted
      ? `(select j.*, ${numbers} from document_jobs j left join documents d on d.job_id = j.id
          where j.user_id = $1 group by j.id) as job`
      : "document_jobs";
    const where = `user_id = $1 and ($2::text is null or job_type = $2)
      and ${status === undefined ? "$3::text is null" : `${statusExpression} = $3`}`;
    const filter = [userId, job_type ?? null, status ?? null];
    const Total = z.object({ total: z.coerce.number() });
    const total = await this.#database.row(Total, `select count(*) as total from ${source} where ${where}`, filter);
    const text = `select ${columns} from ${source} where ${where} order by ${orders[sort]} limit $4 offset $5`;
    return { jobs: await this.#database.rows(JobRow, text, [...filter, limit, offset]), total: total?.total ?? 0 };
  }

  async countByStatus(userId: string): Promise<Record<string, number>> {
    const rows = await this.#database.rows(
      z.object({ status: z.string(), jobs: z.coerce.number() }),
      `select ${statusExpression} as status, count(*) as jobs
       from (select j.*, ${numbers} from document_jobs j left join documents d on d.job_id = j.id
             where j.user_id = $1 group by j.id) as job
       group by 1`,
      [userId],
    );
    return Object.fromEntries(rows.map(({ status, jobs }) => [status, jobs]));
  }

  /** Ids of a job's documents by their place. */
  async documentIds(
    jobId: string,
    { limit, offset, status }: { limit: number; offset: number; status?: string | undefined },
  ): Promise<string[]> {
    const text = `select id from documents where job_id = $1 and ($2::text is null or status = $2)
      order by position limit $3 offset $4`;
    return (await this.#database.rows(IdRow, text, [jobId, status ?? null, limit, offset])).map(({ id }) => id);
  }

  /** Removes a job with its documents and returns the keys of their objects. */
  async delete(transaction: Queryable, jobId: string): Promise<string[]> {
    const keys = await transaction.rows(
      KeyRow,
      "select object_key from documents where job_id = $1 and object_key is not null",
      [jobId],
    );
    // First its tags, in the order in which everybody takes tags: a merge takes its tags and then rows of documents, and
    // each would wait for the other.
    await transaction.rows(
      IdRow,
      `select id from tags where id in (
         select tag_id from document_tags join documents on documents.id = document_id where job_id = $1
       ) order by folded collate "C" for key share`,
      [jobId],
    );
    // In one statement, so that the uses of a tag change once, and not with each document.
    await transaction.execute(
      "delete from document_tags where document_id in (select id from documents where job_id = $1)",
      [jobId],
    );
    await transaction.execute("delete from document_jobs where id = $1", [jobId]);
    await this.tell(transaction, jobId);
    return keys.map(({ object_key }) => object_key);
  }

  /** Jobs without an owner whose time is over. */
  async expired(now: Date, limit: number): Promise<string[]> {
    const text = "select id from document_jobs where expires_at <= $1 order by expires_at limit $2";
    return (await this.#database.rows(IdRow, text, [now, limit])).map(({ id }) => id);
  }

  async idsOf(userId: string): Promise<string[]> {
    const text = "select id from document_jobs where user_id = $1 order by created_at, id";
    return (await this.#database.rows(IdRow, text, [userId])).map(({ id }) => id);
  }

  async markNotified(jobId: string, now: Date): Promise<void> {
    await this.#database.execute("update document_jobs set notified_at = $2 where id = $1 and notified_at is null", [
      jobId,
      now,
    ]);
  }

  /** Who watches the job hears of it when the transaction commits. */
  async tell(transaction: Queryable, jobId: string): Promise<void> {
    await transaction.execute("select pg_notify($1, $2)", [documentJobChannel, jobId]);
  }
}

import { z } from "zod";
import type { Database, Queryable } from "../../platform/database/database.ts";
import type { ClaimedDocument } from "./claimed-document.ts";

// Any constant will do: it names the lock among the advisory locks of the database.
const claimLockKey = 7_240_106_101;

const NextRow = z
  .object({ id: z.string(), job_id: z.string(), user_id: z.string().nullable() })
  .transform(({ id, job_id, user_id }) => ({ id, jobId: job_id, userId: user_id }));

const ClaimedRow = z
  .object({
    id: z.string(),
    job_id: z.string(),
    user_id: z.string().nullable(),
    title: z.string(),
    file_name: z.string(),
    source_url: z.string().nullable(),
    attempts: z.int(),
    interruptions: z.int(),
    object_key: z.string().nullable(),
    bytes: z.coerce.number().nullable(),
    sha256: z.string().nullable(),
    language: z.string().nullable(),
    text: z.string().nullable(),
  })
  .transform((row): Omit<ClaimedDocument, "leaseId"> => ({
    id: row.id,
    jobId: row.job_id,
    userId: row.user_id,
    title: row.title,
    fileName: row.file_name,
    sourceUrl: row.source_url,
    attempts: row.attempts,
    interruptions: row.interruptions,
    stored:
      row.object_key === null || row.sha256 === null
        ? null
        : { objectKey: row.object_key, bytes: row.bytes ?? 0, sha256: row.sha256 },
    read: row.text === null ? null : { text: row.text, language: row.language },
  }));

const LeaseRow = z.object({ lease_id: z.string() });

const LostRow = z
  .object({ id: z.string(), job_id: z.string(), lease_id: z.string(), interruptions: z.int() })
  .transform(({ id, job_id, lease_id, interruptions }) => ({ id, jobId: job_id, leaseId: lease_id, interruptions }));

export interface ClaimBounds {
  perOwner: number;
  perProvider: number;
}

export interface Lease {
  id: string;
  holder: string;
  until: Date;
}

/** Who works on which document. */
export class ClaimsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes this the only transaction that gives out documents, until it ends. */
  async lockClaims(transaction: Queryable): Promise<void> {
    await transaction.execute("select pg_advisory_xact_lock($1)", [claimLockKey]);
  }

  /**
   * The document whose turn it is: of the owner with the fewest that are worked on, single ones before those of a batch,
   * then of the job with the fewest, older jobs first, and in a job those last with which a process has ended before.
   */
  next(transaction: Queryable, { perOwner, perProvider }: ClaimBounds, now: Date) {
    return transaction.row(
      NextRow,
      `with running as (
         select coalesce(d.user_id, '') as owner, j.provider, d.job_id, count(*) as running
         from documents d join document_jobs j on j.id = d.job_id where d.status = 'processing' group by 1, 2, 3
       ),
       of_owner as (select owner, sum(running) as running from running group by owner),
       of_provider as (select provider, sum(running) as running from running group by provider)
       select waiting.id, j.id as job_id, j.user_id
       from document_jobs j
       cross join lateral (
         select id from documents
         where job_id = j.id and status = 'pending' and (retry_at is null or retry_at <= $1)
         order by interruptions, position limit 1
       ) as waiting
       left join of_owner on of_owner.owner = coalesce(j.user_id, '')
       left join running on running.job_id = j.id
       left join of_provider on of_provider.provider = j.provider
       where j.finished_at is null and j.paused_reason is null
         and coalesce(of_owner.running, 0) < $2 and coalesce(of_provider.running, 0) < $3
       order by coalesce(of_owner.running, 0), j.job_type = 'single' desc, coalesce(running.running, 0), j.created_at,
         j.id
       limit 1`,
      [now, perOwner, perProvider],
    );
  }

  async claim(transaction: Queryable, documentId: string, lease: Lease): Promise<ClaimedDocument | undefined> {
    const claimed = await transaction.row(
      ClaimedRow,
      `update documents set status = 'processing', attempts = attempts + 1, failure = null, retry_at = null,
         stage = case when object_key is null then 'fetching' else 'extracting' end,
         lease_id = $2, lease_holder = $3, lease_until = $4, revision = nextval('document_revisions')
       where id = $1 and status = 'pending'
       returning id, job_id, user_id, title, file_name, source_url, attempts, interruptions, object_key, bytes, sha256,
         language, (select text from document_texts where document_id = documents.id) as text`,
      [documentId, lease.id, lease.holder, lease.until],
    );
    return claimed && { ...claimed, leaseId: lease.id };
  }

  /** Says that work goes on; returns the leases that still hold. */
  async extend(leaseIds: readonly string[], until: Date): Promise<ReadonlySet<string>> {
    const rows = await this.#database.rows(
      LeaseRow,
      `update documents set lease_until = $2 where lease_id = any($1::text[]) and status = 'processing'
       returning lease_id`,
      [leaseIds, until],
    );
    return new Set(rows.map(({ lease_id }) => lease_id));
  }

  async stillHeld(leaseIds: readonly string[]): Promise<ReadonlySet<string>> {
    const text = "select lease_id from documents where lease_id = any($1::text[]) and status = 'processing'";
    return new Set((await this.#database.rows(LeaseRow, text, [leaseIds])).map(({ lease_id }) => lease_id));
  }

  /** Documents that nobody works on any more: the lease has ended, or was the holder's that is known to be dead. */
  lost(now: Date, deadHolder: string | null) {
    return this.#database.rows(
      LostRow,
      `select id, job_id, lease_id, interruptions from documents
       where status = 'processing' and lease_id is not null and (lease_until < $1 or lease_holder = $2)`,
      [now, deadHolder],
    );
  }
}

import type { DocumentFailure, DocumentStage } from "@llm-tuner/contract/documents.ts";
import { TagSource } from "@llm-tuner/contract/tags.ts";
import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";
import type { ExtractedDocument } from "../extraction/extraction.ts";
import type { TaggingResult } from "../ports.ts";
import type { ClaimedDocument } from "./claimed-document.ts";

const contentLockClass = 724_010_602;

const BytesRow = z.object({ documents: z.coerce.number(), bytes: z.coerce.number() });
const HeldRow = z.object({ nano_usd: z.coerce.number() });

const TwinRow = z
  .object({
    id: z.string(),
    status: z.string(),
    tagger: z.string().nullable(),
    prompt_version: z.string().nullable(),
    language: z.string().nullable(),
  })
  .transform(({ prompt_version, ...row }) => ({ ...row, promptVersion: prompt_version }));

const TagRow = z
  .object({ name: z.string(), is_new: z.boolean(), source: TagSource })
  .transform(({ name, is_new, source }) => ({ name, isNew: is_new, source }));

type Held = Pick<ClaimedDocument, "id" | "leaseId">;

/** Ends the lease, in whatever way the attempt went. */
const letGo = "stage = null, lease_id = null, lease_holder = null, lease_until = null, held_nano_usd = 0";
const changed = "revision = nextval('document_revisions')";
const own = "id = $1 and lease_id = $2 and status = 'processing'";

/**
 * What becomes of a document while it is worked on. Every change holds the job's lock, and changes nothing when the lease
 * is no longer that of whoever asks: it returns false then.
 */
export const documentWorkStore = {
  /** Never takes back that it is being tagged: other workers with the same content wait for just that. */
  async setStage(transaction: Queryable, { id, leaseId }: Held, stage: DocumentStage): Promise<boolean> {
    const text = `update documents set stage = $3, ${changed} where ${own} and stage is distinct from 'tagging'`;
    return (await transaction.execute(text, [id, leaseId, stage])) > 0;
  },

  async noteStored(
    transaction: Queryable,
    { id, leaseId }: Held,
    { objectKey, bytes, sha256 }: { objectKey: string; bytes: number; sha256: string },
  ): Promise<boolean> {
    const text = `update documents set object_key = $3, bytes = $4, sha256 = $5, stage = 'extracting', ${changed} where ${own}`;
    return (await transaction.execute(text, [id, leaseId, objectKey, bytes, sha256])) > 0;
  },

  /** Kept before the tagging, so that a later attempt need not read the file again. */
  async noteRead(
    transaction: Queryable,
    { id, leaseId }: Held,
    { read, title }: { read: ExtractedDocument; title: { from: string; to: string } },
  ): Promise<boolean> {
    const changedRows = await transaction.execute(
      `update documents set page_count = $3, word_count = $4, language = $5, language_confidence = $6, ocr_used = $7,
         file_metadata = $8, form_fields = $9, title = case when title = $10 then $11 else title end, ${changed}
       where ${own}`,
      [
        id,
        leaseId,
        read.pageCount,
        read.wordCount,
        read.language?.code ?? null,
        read.language?.confidence ?? null,
        read.ocrUsed,
        JSON.stringify(read.metadata),
        JSON.stringify(read.formFields),
        title.from,
        title.to,
      ],
    );
    if (changedRows === 0) return false;
    await transaction.execute(
      `insert into document_texts (document_id, text) values ($1, $2)
       on conflict (document_id) do update set text = excluded.text`,
      // PostgreSQL takes no NUL in a text; the extractor's own text has none, and a model must not choke on one either.
      [id, read.text.replaceAll("\0", " ")],
    );
    return true;
  },

  /** Makes this the only transaction that decides who tags this content, until it ends. */
  async lockContent(transaction: Queryable, key: string): Promise<void> {
    await transaction.execute("select pg_advisory_xact_lock($1, hashtext($2))", [contentLockClass, key]);
  },

  /** Another document with the same content that was tagged in the same way, or is being tagged; finished ones first. */
  twin(
    transaction: Queryable,
    { id, jobId, userId, sha256, digest, now }: TwinQuestion,
  ): Promise<z.infer<typeof TwinRow> | undefined> {
    return transaction.row(
      TwinRow,
      `select id, status, tagger, prompt_version, language from documents
       where sha256 = $1 and tagging_digest = $2 and id <> $3
         and user_id is not distinct from $4 and ($4::text is not null or job_id = $5)
         and (status = 'completed' or (status = 'processing' and stage = 'tagging' and lease_until > $6))
       order by status = 'completed' desc, completed_at desc nulls last limit 1`,
      [sha256, digest, id, userId, jobId, now],
    );
  },

  /** Tags that a document was given and that nobody has taken away from it. */
  givenTags(transaction: Queryable, documentId: string): Promise<z.infer<typeof TagRow>[]> {
    return transaction.rows(
      TagRow,
      `select name, is_new, source from document_tags
       where document_id = $1 and source <> 'person' and state in ('suggested', 'accepted') order by position`,
      [documentId],
    );
  },

  async beginTagging(
    transaction: Queryable,
    { id, leaseId }: Held,
    { digest, heldNanoUsd }: { digest: string; heldNanoUsd: number },
  ): Promise<boolean> {
    const text = `update documents set stage = 'tagging', tagging_digest = $3, held_nano_usd = $4, ${changed} where ${own}`;
    return (await transaction.execute(text, [id, leaseId, digest, heldNanoUsd])) > 0;
  },

  /** Spent by a job, with what running calls may cost at most. */
  async spentOf(transaction: Queryable, jobId: string): Promise<number> {
    const text = `select coalesce(sum(coalesce(cost_nano_usd, 0) + held_nano_usd), 0) as nano_usd
      from documents where job_id = $1`;
    return (await transaction.row(HeldRow, text, [jobId]))?.nano_usd ?? 0;
  },

  async complete(
    transaction: Queryable,
    { id, leaseId }: Held,
    { result, tagger, digest, duplicateOf, processingMs, now }: Completion,
  ): Promise<boolean> {
    const done = await transaction.execute(
      `update documents set status = 'completed', ${letGo}, failure = null, retry_at = null, tagger = $3,
         tagging_digest = $4, prompt_version = $5, tagging_request_id = $6, input_tokens = $7, output_tokens = $8,
         cost_nano_usd = case when $9::bigint is null then cost_nano_usd else coalesce(cost_nano_usd, 0) + $9 end,
         tagging_ms = $10, processing_ms = $11, duplicate_of = $12, completed_at = $13, ${changed} where ${own}`,
      [
        id,
        leaseId,
        tagger,
        digest,
        result.promptVersion,
        result.requestId,
        result.inputTokens,
        result.outputTokens,
        result.costNanoUsd,
        Math.round(result.elapsedMs),
        Math.round(processingMs),
        duplicateOf,
        now,
      ],
    );
    return done > 0;
  },

  async fail(
    transaction: Queryable,
    { id, leaseId }: Held,
    { failure, costNanoUsd, now }: { failure: DocumentFailure; costNanoUsd: number; now: Date },
  ): Promise<boolean> {
    const done = await transaction.execute(
      `update documents set status = 'failed', ${letGo}, failure = $3, completed_at = $4,
         cost_nano_usd = case when $5::bigint = 0 then cost_nano_usd else coalesce(cost_nano_usd, 0) + $5 end, ${changed}
       where ${own}`,
      [id, leaseId, JSON.stringify(failure), now, costNanoUsd],
    );
    return done > 0;
  },

  /** Back to those that wait. An attempt that is not counted was no fault of the document. */
  async putBack(
    transaction: Queryable,
    { id, leaseId }: Held,
    { counts, interrupted = false, retryAt, costNanoUsd }: PutBack,
  ): Promise<boolean> {
    const done = await transaction.execute(
      `update documents set status = 'pending', ${letGo}, retry_at = $3,
         attempts = greatest(0, attempts - case when $4 then 0 else 1 end),
         interruptions = interruptions + case when $5 then 1 else 0 end,
         cost_nano_usd = case when $6::bigint = 0 then cost_nano_usd else coalesce(cost_nano_usd, 0) + $6 end, ${changed}
       where ${own}`,
      [id, leaseId, retryAt, counts, interrupted, costNanoUsd],
    );
    return done > 0;
  },

  /** What was paid for a document whose lease is somebody else's by now, or nobody's; once for what is written down already. */
  async addCost(
    transaction: Queryable,
    { id, costNanoUsd, requestId }: { id: string; costNanoUsd: number; requestId: string | null },
  ): Promise<boolean> {
    const text = `update documents set cost_nano_usd = coalesce(cost_nano_usd, 0) + $2, ${changed}
      where id = $1 and ($3::text is null or tagging_request_id is distinct from $3)`;
    return (await transaction.execute(text, [id, costNanoUsd, requestId])) > 0;
  },

  /** What a person keeps here, or everybody without an account together. */
  async usedBy(transaction: Queryable, userId: string | null): Promise<{ documents: number; bytes: number }> {
    const owned = userId === null ? "user_id is null" : "user_id = $1";
    const text = `select count(*) as documents, coalesce(sum(bytes), 0) as bytes from documents where ${owned}`;
    return (await transaction.row(BytesRow, text, userId === null ? [] : [userId])) ?? { documents: 0, bytes: 0 };
  },
};

interface TwinQuestion {
  id: string;
  jobId: string;
  userId: string | null;
  sha256: string;
  digest: string;
  now: Date;
}

export interface Completion {
  result: Omit<TaggingResult, "tags" | "source">;
  tagger: string;
  digest: string;
  duplicateOf: string | null;
  processingMs: number;
  now: Date;
}

interface PutBack {
  /** Whether the attempt counts. */
  counts: boolean;
  interrupted?: boolean;
  retryAt: Date | null;
  costNanoUsd: number;
}

export type DocumentWorkStore = typeof documentWorkStore;

import type { TaggerQuality } from "@llm-tuner/contract/tagging.ts";
import { z } from "zod";
import type { Database } from "../../../platform/database/database.ts";
import { heldOutSql } from "../held-out.ts";

/** What people made of the suggestions of each tagger, and the documents that taggers are measured with. */
export interface DocumentQuality {
  /** By tagger and version of its prompt, last used first. */
  taggerQuality(userId: string): Promise<TaggerQuality[]>;
  /** Documents with accepted tags that no training data are made of; of several with the same content one. */
  heldOutDocuments(userId: string): Promise<number>;
  heldOutIds(userId: string, most: number): Promise<string[]>;
  /** Undefined when it was deleted, or has no accepted tags any more. */
  acceptedDocument(userId: string, documentId: string): Promise<AcceptedDocument | undefined>;
}

/** A document with the tags that its owner accepted. */
export interface AcceptedDocument {
  title: string;
  fileName: string;
  text: string;
  language: string | null;
  tags: string[];
}

const count = z.coerce.number();
const QualityRow = z
  .object({
    tagger: z.string(),
    prompt_version: z.string().nullable(),
    documents: count,
    accepted: count,
    edited: count,
    rejected: count,
    cost_nano_usd: count.nullable(),
    priced: count,
    median_ms: z.number().nullable(),
    first_used_at: z.date(),
    last_used_at: z.date(),
  })
  .transform(({ cost_nano_usd, priced, first_used_at, last_used_at, ...row }): TaggerQuality => {
    const suggested = row.accepted + row.edited + row.rejected;
    const costUsd = cost_nano_usd === null ? null : cost_nano_usd / nanoUsdPerUsd;
    return {
      ...row,
      suggested,
      accepted_share: suggested === 0 ? null : row.accepted / suggested,
      cost_usd: costUsd,
      cost_usd_per_document: costUsd === null ? null : costUsd / priced,
      first_used_at: first_used_at.toISOString(),
      last_used_at: last_used_at.toISOString(),
    };
  });

const nanoUsdPerUsd = 1e9;
const mostTaggers = 200;

// Copies of an earlier result were neither asked for nor paid for, but people decide about them all the same.
const qualitySql = `
  with decided as (
    select t.document_id,
           count(*) filter (where t.state = 'accepted') as accepted,
           count(*) filter (where t.state = 'edited') as edited,
           count(*) filter (where t.state = 'rejected') as rejected
    from document_tags t join documents d on d.id = t.document_id
    where d.user_id = $1 and t.source <> 'person' and t.decided_at is not null
    group by t.document_id)
  select d.tagger, d.prompt_version, count(*) as documents,
         coalesce(sum(decided.accepted), 0) as accepted,
         coalesce(sum(decided.edited), 0) as edited,
         coalesce(sum(decided.rejected), 0) as rejected,
         sum(d.cost_nano_usd) filter (where d.duplicate_of is null) as cost_nano_usd,
         count(d.cost_nano_usd) filter (where d.duplicate_of is null) as priced,
         percentile_cont(0.5) within group (order by d.tagging_ms) filter (where d.duplicate_of is null) as median_ms,
         min(d.completed_at) as first_used_at, max(d.completed_at) as last_used_at
  from documents d left join decided on decided.document_id = d.id
  where d.user_id = $1 and d.status = 'completed' and d.tagger is not null and d.completed_at is not null
  group by d.tagger, d.prompt_version
  order by last_used_at desc, d.tagger limit $2`;

const heldOutFrom = `
  from documents d
  where d.user_id = $1 and d.status = 'completed' and d.sha256 is not null and ${heldOutSql("d.sha256")}
    and exists (select 1 from document_tags t where t.document_id = d.id and t.state = 'accepted')`;

const Count = z.object({ count });
const Id = z.object({ id: z.string() });
const AcceptedRow = z
  .object({
    title: z.string(),
    file_name: z.string(),
    text: z.string(),
    language: z.string().nullable(),
    tags: z.array(z.string()).nullable(),
  })
  .transform(({ file_name, tags, ...row }): AcceptedDocument => ({ ...row, fileName: file_name, tags: tags ?? [] }));

export const createDocumentQuality = (database: Database): DocumentQuality => ({
  taggerQuality: (userId) => database.rows(QualityRow, qualitySql, [userId, mostTaggers]),

  async heldOutDocuments(userId) {
    const row = await database.row(Count, `select count(distinct d.sha256) as count ${heldOutFrom}`, [userId]);
    return row?.count ?? 0;
  },

  async heldOutIds(userId, most) {
    const text = `
      select id from (select distinct on (d.sha256) d.id, d.created_at ${heldOutFrom} order by d.sha256, d.created_at desc) newest
      order by created_at desc, id desc limit $2`;
    return (await database.rows(Id, text, [userId, most])).map(({ id }) => id);
  },

  async acceptedDocument(userId, documentId) {
    const text = `
      select d.title, d.file_name, d.language, texts.text,
             (select array_agg(t.name order by t.position) from document_tags t
              where t.document_id = d.id and t.state = 'accepted') as tags
      from documents d join document_texts texts on texts.document_id = d.id
      where d.id = $1 and d.user_id = $2`;
    const found = await database.row(AcceptedRow, text, [documentId, userId]);
    return found === undefined || found.tags.length === 0 ? undefined : found;
  },
});

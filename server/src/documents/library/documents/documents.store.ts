import type { documentSorts } from "@llm-tuner/contract/documents.ts";
import { z } from "zod";
import type { Queryable } from "../../../platform/database/database.ts";
import { lockTagsOf } from "../tags/lock-tags.store.ts";
import { DetailRow, SummaryRow } from "./document-rows.ts";

const Id = z.object({ id: z.string() });
const Count = z.object({ count: z.coerce.number().int() });
const TextRow = z.object({ text: z.string(), characters: z.coerce.number().int() });
const DeletedRow = z.object({ object_key: z.string().nullable(), job_id: z.string() });

const tags = `coalesce((
  select jsonb_agg(jsonb_build_object('tag', name, 'state', state, 'source', source, 'is_new', is_new) order by tag.position)
  from document_tags tag where tag.document_id = document.id
), '[]') as tags`;
const summaryColumns = `document.id, job_id, document.user_id, position, title, file_name, source_url, status, stage, failure,
  attempts, object_key, bytes, page_count, word_count, language, ocr_used, tagger,
  job.options->'languages' as asked_languages, cost_nano_usd, duplicate_of, processing_ms,
  document.created_at, completed_at, job.expires_at, ${tags}`;
const detailColumns = `${summaryColumns}, language_confidence, file_metadata, form_fields, sha256`;
const source = "documents document join document_jobs job on job.id = document.job_id";

export type DocumentSort = (typeof documentSorts)[number];

/** Each ends with what no two rows share, so that pages neither repeat nor leave out one. A batch keeps its order. */
const orders: Record<DocumentSort, string> = {
  newest: "created_at desc, job_id desc, position",
  oldest: "created_at, job_id, position",
  title: "lower(title), id",
  "-title": "lower(title) desc, id desc",
  pages: "page_count nulls last, id",
  "-pages": "page_count desc nulls last, id desc",
  cost: "cost_nano_usd nulls last, id",
  "-cost": "cost_nano_usd desc nulls last, id desc",
};

export interface DocumentFilter {
  userId: string;
  status: string | null;
  tagId: string | null;
  language: string | null;
  jobId: string | null;
}

const ofTag = "tag_id = $1 and state in ('accepted', 'suggested')";

/** Only what is asked for is compared: the planner then takes the index that fits. */
function conditionsOf(filter: DocumentFilter): { where: string; values: unknown[] } {
  const values: unknown[] = [filter.userId];
  const given: [string, unknown][] = [
    ["status = ?", filter.status],
    ["language = ?", filter.language],
    ["job_id = ?", filter.jobId],
    [`id in (select document_id from document_tags where ${ofTag.replace("$1", "?")})`, filter.tagId],
  ];
  const conditions = given
    .filter(([, value]) => value !== null)
    .map(([condition, value]) => condition.replace("?", `$${values.push(value)}`));
  return { where: ["user_id = $1", ...conditions].join(" and "), values };
}

export const documentsStore = {
  /** In no particular order; ids that are not there are left out. */
  summaries: (queryable: Queryable, ids: readonly string[]) =>
    queryable.rows(SummaryRow, `select ${summaryColumns} from ${source} where document.id = any($1::text[])`, [ids]),

  find: (queryable: Queryable, id: string) =>
    queryable.row(DetailRow, `select ${detailColumns} from ${source} where document.id = $1`, [id]),

  details: (queryable: Queryable, ids: readonly string[]) =>
    queryable.rows(DetailRow, `select ${detailColumns} from ${source} where document.id = any($1::text[])`, [ids]),

  /** Those of the ids that are a person's documents. */
  async owned(queryable: Queryable, userId: string, ids: readonly string[]): Promise<Set<string>> {
    const text = "select id from documents where user_id = $1 and id = any($2::text[])";
    return new Set((await queryable.rows(Id, text, [userId, ids])).map(({ id }) => id));
  },

  /** Ids of a page alone: rows are read only of what is shown. */
  async page(
    queryable: Queryable,
    filter: DocumentFilter,
    { sort, limit, offset }: { sort: DocumentSort; limit: number; offset: number },
  ): Promise<string[]> {
    const { where, values } = conditionsOf(filter);
    const rows = await queryable.rows(
      Id,
      `select id from documents where ${where} order by ${orders[sort]} limit $${values.length + 1} offset $${values.length + 2}`,
      [...values, limit, offset],
    );
    return rows.map(({ id }) => id);
  },

  async count(queryable: Queryable, filter: DocumentFilter): Promise<number> {
    const { tagId, status, language, jobId } = filter;
    // A person's tag is on their documents alone, so that these need not be looked at.
    const isTagAlone = tagId !== null && status === null && language === null && jobId === null;
    const { where, values } = isTagAlone ? { where: ofTag, values: [tagId] } : conditionsOf(filter);
    const text = `select count(*) as count from ${isTagAlone ? "document_tags" : "documents"} where ${where}`;
    return (await queryable.row(Count, text, values))?.count ?? 0;
  },

  /** Ids behind a place in the order of ids, for walks over all documents. */
  async idsAfter(queryable: Queryable, filter: DocumentFilter, after: string, limit: number): Promise<string[]> {
    const { where, values } = conditionsOf(filter);
    const rows = await queryable.rows(
      Id,
      `select id from documents where ${where} and id > $${values.length + 1} order by id limit $${values.length + 2}`,
      [...values, after, limit],
    );
    return rows.map(({ id }) => id);
  },

  /** All of a text. */
  async wholeText(queryable: Queryable, id: string): Promise<string> {
    const text = "select text, length(text) as characters from document_texts where document_id = $1";
    return (await queryable.row(TextRow, text, [id]))?.text ?? "";
  },

  /** A piece of a text, with the length of all of it; offsets and lengths count characters (code points), from 0. */
  text: (queryable: Queryable, id: string, { offset, limit }: { offset: number; limit: number }) =>
    queryable.row(
      TextRow,
      `select substr(text, $2::int + 1, $3::int) as text, length(text) as characters
       from document_texts where document_id = $1`,
      [id, offset, limit],
    ),

  /**
   * Locks the document's job until the transaction ends, as everybody does who changes a document: two changes take turns,
   * and revisions grow in the order in which they can be seen, so that whoever watches misses none.
   */
  async lock(transaction: Queryable, id: string): Promise<void> {
    const text = "select id from document_jobs where id = (select job_id from documents where id = $1) for update";
    await transaction.execute(text, [id]);
  },

  async setTitle(transaction: Queryable, id: string, title: string): Promise<void> {
    await transaction.execute("update documents set title = $2 where id = $1", [id, title]);
  },

  /** Tells those who watch the document's job that it is another now. */
  async announce(transaction: Queryable, id: string): Promise<void> {
    await transaction.execute(
      `with changed as (
         update documents set revision = nextval('document_revisions') where id = $1 returning job_id
       )
       select pg_notify('document_job', job_id) from changed`,
      [id],
    );
  },

  /** Deletes a row with all that belongs to it, and tells those who watch its job. */
  async delete(transaction: Queryable, { id, userId }: { id: string; userId: string | null }) {
    await lockTagsOf(transaction, { userId, documentId: id, names: [] });
    const deleted = await transaction.row(
      DeletedRow,
      "delete from documents where id = $1 returning object_key, job_id",
      [id],
    );
    if (deleted !== undefined) await transaction.execute("select pg_notify('document_job', $1)", [deleted.job_id]);
    return deleted;
  },

  /** Whether a document has the object. */
  isKept: async (queryable: Queryable, objectKey: string): Promise<boolean> =>
    (await queryable.row(Id, "select id from documents where object_key = $1 limit 1", [objectKey])) !== undefined,
};

export type DocumentsStore = typeof documentsStore;

import type { DocumentSummary } from "@llm-tuner/contract/documents.ts";
import type { Queryable } from "../../../platform/database/database.ts";
import { foldTag } from "../tags/fold-tag.ts";
import { tagsStore } from "../tags/tags.store.ts";
import { toSummary } from "./document-rows.ts";
import { type DocumentFilter, documentsStore } from "./documents.store.ts";

export interface ListQuery {
  status?: DocumentFilter["status"] | undefined;
  tag?: string | undefined;
  language?: string | undefined;
  job_id?: string | undefined;
}

/** Documents as lists show them, in the order of the ids; those that are gone are left out. */
export const documentViews = async (database: Queryable, ids: readonly string[]): Promise<DocumentSummary[]> => {
  if (ids.length === 0) return [];
  const rows = new Map((await documentsStore.summaries(database, ids)).map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = rows.get(id);
    return row === undefined ? [] : [toSummary(row)];
  });
};

/** The filter of a list, with the tag by its id; null when nothing can match. */
export async function documentFilter(
  database: Queryable,
  userId: string,
  { status, tag, language, job_id }: ListQuery,
): Promise<DocumentFilter | null> {
  const found = tag === undefined ? [] : await tagsStore.byFolded(database, userId, [foldTag(tag)]);
  if (tag !== undefined && found.length === 0) return null;
  return {
    userId,
    status: status ?? null,
    tagId: found[0]?.id ?? null,
    language: language ?? null,
    jobId: job_id ?? null,
  };
}

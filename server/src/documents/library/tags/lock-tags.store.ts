import { z } from "zod";
import type { Queryable } from "../../../platform/database/database.ts";
import { foldTag } from "./fold-tag.ts";

interface ChangedTags {
  userId: string | null;
  documentId: string;
  /** Tags that the document may get. */
  names: readonly string[];
}

/**
 * Keeps the tags of a document, and those that it may get, as they are until the transaction ends. To be asked for before
 * any of the document's own rows is changed or deleted, and in the order in which everybody takes tags: a merge takes its
 * tags first and changes the documents' rows then, and each would wait for the other.
 */
export async function lockTagsOf(transaction: Queryable, { userId, documentId, names }: ChangedTags): Promise<void> {
  if (userId === null) return;
  await transaction.rows(
    z.object({}),
    `select from tags
     where user_id = $1
       and (folded = any($3::text[]) or id in (select tag_id from document_tags where document_id = $2))
     order by folded collate "C" for key share`,
    [userId, documentId, names.map((name) => foldTag(name))],
  );
}

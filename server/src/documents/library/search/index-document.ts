import type { Queryable } from "../../../platform/database/database.ts";
import { searchStore } from "./search.store.ts";
import { searchVectorsOf } from "./search-vector.ts";

/** Makes a document findable as it stands in the transaction. One without an owner is nobody's to search for. */
export async function indexDocument(transaction: Queryable, documentId: string): Promise<void> {
  const source = await searchStore.source(transaction, documentId);
  if (source === undefined || source.user_id === null) return;
  const { user_id: userId, created_at: createdAt, ...document } = source;
  const vectors = await searchVectorsOf({ userId, ...document });
  await searchStore.index(transaction, { ...vectors, documentId, userId, createdAt });
}

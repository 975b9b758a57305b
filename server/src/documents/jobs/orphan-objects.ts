import type { Database } from "../../platform/database/database.ts";
import type { ObjectStore } from "../../platform/object-store/object-store.ts";
import { knownObjectKeys } from "./document-objects.store.ts";
import { documentPrefix } from "./store-document.ts";

const batchSize = 500;
/** A form of many files, or a fetched document, may wait this long for its row to name it. */
const orphanAgeMs = 6 * 3_600_000;

export interface DocumentObjectsDependencies {
  database: Database;
  objectStore: ObjectStore;
}

/** Deletes those of the objects that no document refers to, as far as the database can say so at this moment. */
export async function deleteUnreferenced(
  keys: readonly string[],
  { database, objectStore }: DocumentObjectsDependencies,
): Promise<number> {
  const known = await knownObjectKeys(database, keys);
  const orphans = keys.filter((key) => !known.has(key));
  for (const key of orphans) await objectStore.delete(key);
  return orphans.length;
}

/** Collects what a crash left: objects whose rows were never written, or are gone. */
export async function sweepOrphans(now: Date, dependencies: DocumentObjectsDependencies): Promise<number> {
  const before = new Date(now.getTime() - orphanAgeMs);
  let removed = 0;
  let batch: string[] = [];
  for await (const { key, modifiedAt } of dependencies.objectStore.list(documentPrefix)) {
    if (modifiedAt >= before) continue;
    batch.push(key);
    if (batch.length < batchSize) continue;
    removed += await deleteUnreferenced(batch, dependencies);
    batch = [];
  }
  return removed + (await deleteUnreferenced(batch, dependencies));
}

import type { ObjectStore } from "../platform/object-store/object-store.ts";
import type { FilesStore } from "./files.store.ts";

const batchSize = 500;
/** An upload of many files writes its rows at the end: its first object may wait this long for its row. */
const orphanAgeMs = 3_600_000;

export interface OrphanObjectsDependencies {
  objectStore: ObjectStore;
  store: Pick<FilesStore, "knownKeys">;
}

/** Deletes those of the objects that no file refers to, as far as the database can say so at this moment. */
export async function deleteUnreferenced(
  keys: readonly string[],
  { objectStore, store }: OrphanObjectsDependencies,
): Promise<number> {
  const known = await store.knownKeys(keys);
  const orphans = keys.filter((key) => !known.has(key));
  for (const key of orphans) await objectStore.delete(key);
  return orphans.length;
}

/** Collects what a crash left: writes cut off half way, and objects whose rows were never written. */
export async function sweepOrphans(now: Date, dependencies: OrphanObjectsDependencies): Promise<number> {
  const before = new Date(now.getTime() - orphanAgeMs);
  let removed = await dependencies.objectStore.collectLeftovers(before);
  let batch: string[] = [];
  for await (const { key, modifiedAt } of dependencies.objectStore.list("users/")) {
    if (!isUploadKey(key) || modifiedAt >= before) continue;
    batch.push(key);
    if (batch.length < batchSize) continue;
    removed += await deleteUnreferenced(batch, dependencies);
    batch = [];
  }
  return removed + (await deleteUnreferenced(batch, dependencies));
}

const isUploadKey = (key: string): boolean => /^users\/[^/]+\/uploads\/[^/]+$/.test(key);

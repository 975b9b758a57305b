import type { Database } from "../../platform/database/database.ts";
import { safeFilename } from "../../platform/object-store/object-key.ts";
import type { ObjectStore } from "../../platform/object-store/object-store.ts";
import { type ArchiveFile, jsonLines, type PersonalData } from "../../platform/personal-data/personal-data.ts";
import { storedFilesOf } from "./document-objects.store.ts";
import type { DocumentJobsStore } from "./document-jobs.store.ts";
import { toDocumentJob } from "./job-view.ts";
import type { JobsUsecases } from "./jobs.usecases.ts";

export interface PersonalDocumentsDependencies {
  database: Database;
  objectStore: ObjectStore;
  jobs: DocumentJobsStore;
  /** The documents themselves, with their texts and tags. */
  library: { personalFiles: (userId: string) => readonly ArchiveFile[] };
  usecases: Pick<JobsUsecases, "remove">;
}

/** A person's jobs with everything in them. */
export function createPersonalDocuments(dependencies: PersonalDocumentsDependencies): PersonalData {
  const { database, objectStore, jobs, library, usecases } = dependencies;

  async function* jobViews(userId: string): AsyncGenerator {
    for (const jobId of await jobs.idsOf(userId)) {
      const job = await jobs.find(jobId);
      if (job !== undefined) yield toDocumentJob(job, await jobs.counts(jobId));
    }
  }

  return {
    async *files(userId) {
      yield jsonLines("jobs.jsonl", () => jobViews(userId));
      yield* library.personalFiles(userId);
      for await (const { id, fileName, objectKey } of storedFilesOf(database, userId)) {
        yield {
          name: `contents/${id}-${safeFilename(fileName)}`,
          open: async () => (await objectStore.get(objectKey)).stream,
        };
      }
    },
    async erase(userId) {
      for (const jobId of await jobs.idsOf(userId)) await usecases.remove(jobId);
    },
  };
}

import type { Clock } from "../../platform/time/clock.ts";
import type { DocumentJobsStore } from "./document-jobs.store.ts";
import type { JobsUsecases } from "./jobs.usecases.ts";

const atOnce = 100;

/** Removes jobs without an owner whose time is over, with everything of them. */
export function createExpiry({
  jobs,
  usecases,
  clock,
}: {
  jobs: DocumentJobsStore;
  usecases: Pick<JobsUsecases, "remove">;
  clock: Clock;
}): () => Promise<void> {
  return async () => {
    for (;;) {
      const expired = await jobs.expired(clock.now(), atOnce);
      for (const jobId of expired) await usecases.remove(jobId);
      if (expired.length < atOnce) return;
    }
  };
}

import { setTimeout as delay } from "node:timers/promises";
import { canStopJob, isFinalJobStatus } from "@llm-tuner/contract/training.ts";
import type { Clock } from "../platform/time/clock.ts";
import { allRows } from "../platform/personal-data/personal-data.ts";
import { pageOf, parseCursor } from "../platform/paging/cursor.ts";
import type { Executor } from "./executor.ts";
import type { TrainingJobRecord } from "./job-record.ts";
import type { JobWriter } from "./job-writer.ts";
import { jobStillRuns } from "./training.errors.ts";
import type { TrainingStore } from "./training.store.ts";
import { stopRequested } from "./transitions.ts";

interface EraseJobsDependencies {
  store: TrainingStore;
  writer: JobWriter;
  executor: Executor;
  onChange: () => void;
  clock: Clock;
  /** How long a process may take to be gone before the erasure is left for another attempt. */
  patienceMs?: number;
}

const lookAgainMs = 200;

/** Every job of a person, newest first. */
export const jobsOf = (store: TrainingStore, userId: string): AsyncGenerator<TrainingJobRecord> =>
  allRows(async ({ limit, cursor }) => {
    const found = await store.list({ userId, status: undefined, after: parseCursor(cursor), limit: limit + 1 });
    return pageOf(found, { limit, position: ({ createdAt, jobName }) => ({ createdAt, id: jobName }) });
  });

/**
 * Ends all jobs of a person and removes their rows and run folders. Nothing of what a job has learnt is to be kept, so
 * its process is not asked to save. Folder first: should this be cut off in between, the row still says what to remove.
 */
export function createJobEraser(dependencies: EraseJobsDependencies): (userId: string) => Promise<void> {
  const { store, writer, executor, onChange, clock, patienceMs = 30_000 } = dependencies;

  async function end(jobName: string): Promise<void> {
    await writer.change(jobName, (job) => (canStopJob(job.status) ? stopRequested(job, clock.now()) : undefined));
    onChange();
    const endMs = performance.now() + patienceMs;
    for (;;) {
      const job = await store.find(jobName);
      if (job === undefined || (isFinalJobStatus(job.status) && job.externalId === null)) return;
      if (job.externalId !== null) await executor.stop(job.externalId, "kill");
      if (performance.now() > endMs) throw jobStillRuns();
      await delay(lookAgainMs);
    }
  }

  return async (userId) => {
    for await (const { jobName } of jobsOf(store, userId)) {
      await end(jobName);
      await executor.remove(jobName);
      await store.transaction((transaction) => store.deleteEnded(transaction, jobName));
    }
  };
}

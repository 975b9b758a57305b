import { isFinalJobStatus, type JobEvent } from "@llm-tuner/contract/training.ts";
import type { RowFeed } from "../platform/database/row-feed.ts";
import type { JobLogStore } from "./job-log.store.ts";
import type { TrainingJobRecord } from "./job-record.ts";
import type { TrainingStore } from "./training.store.ts";

/** Read at once and held in memory for each watcher; a slow one is sent the next only when it has taken these. */
const batchSize = 500;
/** Notices may get lost with their connection: after this time a watcher looks by itself. */
const lookEveryMs = 10_000;

export interface JobWatch {
  store: TrainingStore;
  feed: RowFeed;
  jobName: string;
  /** Aborted when the watcher goes away. */
  signal: AbortSignal;
}

/** The events of a job after `afterSeq`: those that happened, then each as it happens, to the end of the job. */
export async function* watchEvents(
  watch: JobWatch & { jobLog: JobLogStore; afterSeq: number },
): AsyncGenerator<JobEvent> {
  const { store, jobLog, feed, jobName, afterSeq } = watch;
  const signal = AbortSignal.any([watch.signal, feed.closing]);
  const subscription = await feed.subscribe(jobName);
  try {
    let seq = afterSeq;
    while (!signal.aborted) {
      // Read before the events: when the job has ended by now, all of its events are there.
      const job = await store.find(jobName);
      const events = await jobLog.eventsAfter(jobName, seq, batchSize);
      yield* events;
      seq = events.at(-1)?.seq ?? seq;
      if (events.length === batchSize) continue;
      if (!job || isFinalJobStatus(job.status)) return;
      await subscription.next({ signal, timeoutMs: lookEveryMs });
    }
  } finally {
    subscription.end();
  }
}

/** The job when it has ended, or as it is when `signal` is aborted; undefined when it was deleted meanwhile. */
export async function waitForEnd(watch: JobWatch): Promise<TrainingJobRecord | undefined> {
  const { store, feed, jobName } = watch;
  const signal = AbortSignal.any([watch.signal, feed.closing]);
  const subscription = await feed.subscribe(jobName);
  try {
    for (;;) {
      const job = await store.find(jobName);
      if (!job || isFinalJobStatus(job.status) || signal.aborted) return job;
      await subscription.next({ signal, timeoutMs: lookEveryMs });
    }
  } finally {
    subscription.end();
  }
}

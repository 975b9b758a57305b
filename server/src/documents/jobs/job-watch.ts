import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../platform/database/database.ts";
import type { RowFeed } from "../../platform/database/row-feed.ts";
import type { ServerSentEvent } from "../../platform/http/event-stream.ts";
import type { DocumentLibrary } from "../library/library.ts";
import type { DocumentJobsStore } from "./document-jobs.store.ts";
import { documentResultsStore } from "./document-results.store.ts";
import { toDocumentJob } from "./job-view.ts";

/** Read at once and held in memory for each watcher. */
const batchSize = 100;
/** Notices may get lost with their connection: after this time a watcher looks by itself. */
const lookEveryMs = 10_000;
/** A busy job has news all the time; a person reads no faster than this. */
const leastPauseMs = 250;

export interface JobWatchDependencies {
  database: Database;
  jobs: DocumentJobsStore;
  library: DocumentLibrary;
  feed: RowFeed;
}

interface Watch {
  jobId: string;
  /** Aborted when the watcher goes away. */
  signal: AbortSignal;
}

/** How a job and its documents stand, then each change, to the end of the job. Ids of events are revisions. */
export async function* watchJob(
  dependencies: JobWatchDependencies,
  { jobId, after, ...watch }: Watch & { after: number },
): AsyncGenerator<ServerSentEvent> {
  const { jobs, feed } = dependencies;
  const signal = AbortSignal.any([watch.signal, feed.closing]);
  const subscription = await feed.subscribe(jobId);
  let revision = after;
  let told = "";
  try {
    while (!signal.aborted) {
      // Read before the documents: when the job has ended by now, all of its changes are there.
      const job = await jobs.find(jobId);
      if (job === undefined) return;
      const view = toDocumentJob(job, await jobs.counts(jobId));
      const { seconds_left: _guess, ...facts } = view;
      if (JSON.stringify(facts) !== told) yield { event: "job", data: view };
      told = JSON.stringify(facts);
      const documents = yield* changesAfter(dependencies, { jobId, revision });
      revision = documents.revision;
      if (documents.hasMore) continue;
      if (job.finishedAt !== null) {
        yield { event: "end", data: view };
        return;
      }
      await subscription.next({ signal, timeoutMs: lookEveryMs });
      await delay(leastPauseMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    subscription.end();
  }
}

async function* changesAfter(
  { database, library }: JobWatchDependencies,
  { jobId, revision }: { jobId: string; revision: number },
): AsyncGenerator<ServerSentEvent, { revision: number; hasMore: boolean }> {
  const changed = await documentResultsStore.changedDocuments(database, { jobId, after: revision, limit: batchSize });
  const revisions = new Map(changed.map(({ id, revision: own }) => [id, own]));
  for (const view of await library.documentViews(changed.map(({ id }) => id))) {
    yield { id: revisions.get(view.id) ?? revision, event: "document", data: view };
  }
  return { revision: changed.at(-1)?.revision ?? revision, hasMore: changed.length === batchSize };
}

/** Whether a job has ended before `signal` is aborted. */
export async function waitForEnd(
  { jobs, feed }: Pick<JobWatchDependencies, "jobs" | "feed">,
  watch: Watch,
): Promise<boolean> {
  const signal = AbortSignal.any([watch.signal, feed.closing]);
  const subscription = await feed.subscribe(watch.jobId);
  try {
    for (;;) {
      const job = await jobs.find(watch.jobId);
      if (job === undefined || job.finishedAt !== null) return true;
      if (signal.aborted) return false;
      await subscription.next({ signal, timeoutMs: lookEveryMs });
    }
  } finally {
    subscription.end();
  }
}

import { canJobBecome } from "@llm-tuner/contract/training.ts";
import type { Queryable } from "../platform/database/database.ts";
import type { Queue } from "../platform/queue/queue.ts";
import type { JobLogStore } from "./job-log.store.ts";
import type { JobChange, TrainingJobRecord } from "./job-record.ts";
import { jobChangeForbidden } from "./training.errors.ts";
import type { TrainingStore } from "./training.store.ts";

/**
 * The one way in which a job changes: its row, its events, its curve and the news to other domains in one transaction
 * under the lock of the row.
 */
export class JobWriter {
  readonly #store: TrainingStore;
  readonly #jobLog: JobLogStore;
  readonly #queue: Queue;

  constructor({ store, jobLog, queue }: { store: TrainingStore; jobLog: JobLogStore; queue: Queue }) {
    this.#store = store;
    this.#jobLog = jobLog;
    this.#queue = queue;
  }

  /**
   * Runs `decide` on the row as it is now. Resolves to the new state, or to undefined when `decide` found nothing to
   * change or the job no longer exists.
   */
  change(
    jobName: string,
    decide: (job: TrainingJobRecord) => JobChange | undefined,
  ): Promise<TrainingJobRecord | undefined> {
    return this.#store.transaction(async (transaction) => {
      const before = await this.#store.lock(transaction, jobName);
      const change = before && decide(before);
      return before && change && this.write(transaction, before, change);
    });
  }

  /** Writes a change of a row that `transaction` has locked. */
  async write(transaction: Queryable, before: TrainingJobRecord, change: JobChange): Promise<TrainingJobRecord> {
    const becomes = change.job.status;
    if (becomes !== before.status && !canJobBecome(before.status, becomes)) {
      throw jobChangeForbidden(before.status, becomes);
    }
    const job = { ...change.job, lastEventSeq: before.lastEventSeq + change.events.length };
    await this.#store.update(transaction, job);
    await this.#tell(transaction, before, change);
    if (becomes !== before.status) await this.#announce(transaction, job);
    return job;
  }

  /** Adds a job that nobody knows yet, with its first events. */
  async add(transaction: Queryable, { job, events }: JobChange): Promise<void> {
    await this.#store.insert(transaction, { ...job, lastEventSeq: events.length });
    await this.#jobLog.insertEvents(transaction, { jobName: job.jobName, firstSeq: 1, events });
    await this.#announce(transaction, job);
  }

  async #tell(transaction: Queryable, { jobName, lastEventSeq }: TrainingJobRecord, change: JobChange): Promise<void> {
    if (change.dropMetricsAfterStep !== undefined) {
      await this.#jobLog.deleteMetricsAfter(transaction, jobName, change.dropMetricsAfterStep);
    }
    if (change.metrics && change.metrics.length > 0)
      await this.#jobLog.upsertMetrics(transaction, jobName, change.metrics);
    if (change.events.length === 0) return;
    await this.#jobLog.insertEvents(transaction, { jobName, firstSeq: lastEventSeq + 1, events: change.events });
  }

  async #announce(transaction: Queryable, { jobName, status }: TrainingJobRecord): Promise<void> {
    if (status === "Completed") await this.#queue.send(transaction, "training.finished", { job_name: jobName });
    if (status === "Pending" || status === "Stopping")
      await this.#queue.send(transaction, "training.dispatch", {}, { singletonKey: "dispatch" });
  }
}

import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Queue } from "../../platform/queue/queue.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { DocumentJobsStore } from "./document-jobs.store.ts";
import type { JobChangesStore } from "./job-changes.store.ts";
import type { JobRecord } from "./job-record.ts";

interface DocumentWriterDependencies {
  database: Pick<Database, "transaction">;
  jobs: DocumentJobsStore;
  changes: JobChangesStore;
  queue: Queue;
  clock: Clock;
}

/** The one way in which documents and their jobs change: under the lock of the job, told to whoever watches it. */
export class DocumentWriter {
  readonly #dependencies: DocumentWriterDependencies;

  constructor(dependencies: DocumentWriterDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Runs `change` in a transaction. When it says that it changed something, the watchers hear of it, and the job ends with
   * its last open document. Resolves to false when nothing was changed or the job is gone.
   */
  change(jobId: string, change: (transaction: Queryable, job: JobRecord) => Promise<boolean>): Promise<boolean> {
    const { database, jobs } = this.#dependencies;
    return database.transaction(async (transaction) => {
      const job = await jobs.lock(transaction, jobId);
      if (job === undefined || !(await change(transaction, job))) return false;
      await jobs.tell(transaction, jobId);
      await this.#endIfDone(transaction, jobId);
      return true;
    });
  }

  /** Gives a document to a worker, unless the job has been paused or ended since it was chosen. */
  async claim<Claimed>(
    transaction: Queryable,
    jobId: string,
    claim: () => Promise<Claimed | undefined>,
  ): Promise<Claimed | undefined> {
    const { jobs } = this.#dependencies;
    const job = await jobs.lock(transaction, jobId);
    if (job === undefined || job.paused !== null || job.finishedAt !== null) return undefined;
    const claimed = await claim();
    if (claimed !== undefined) await jobs.tell(transaction, jobId);
    return claimed;
  }

  /** Work may wait: some process hears of it soon. */
  async announceWork(transaction: Queryable): Promise<void> {
    await this.#dependencies.queue.send(transaction, "documents.dispatch", {}, { singletonKey: "dispatch" });
  }

  /** Has the end of a job told to its owner. */
  async announceEnd(transaction: Queryable, jobId: string): Promise<void> {
    await this.#dependencies.queue.send(transaction, "documents.finished", { job_id: jobId }, { singletonKey: jobId });
  }

  async #endIfDone(transaction: Queryable, jobId: string): Promise<void> {
    const { changes, clock } = this.#dependencies;
    if (await changes.endIfDone(transaction, jobId, clock.now())) await this.announceEnd(transaction, jobId);
  }
}

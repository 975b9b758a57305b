import type {
  DocumentJob,
  DocumentJobWithResults,
  listDocumentJobs,
  ProcessedDocument,
  StartedDocumentJob,
} from "@llm-tuner/contract/document-jobs.ts";
import { type DocumentStatus, maxShownCharacters } from "@llm-tuner/contract/documents.ts";
import type { z } from "zod";
import type { AuditTrail } from "../../accounts/accounts.module.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import type { RowFeed } from "../../platform/database/row-feed.ts";
import type { ServerSentEvent } from "../../platform/http/event-stream.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { storedCallerOf } from "../../platform/http/stored-caller.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Queue } from "../../platform/queue/queue.ts";
import type { ObjectStore } from "../../platform/object-store/object-store.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { maySee, requireOpen } from "../access.policy.ts";
import type { DocumentsConfig } from "../documents.config.ts";
import {
  documentFailed,
  documentJobNotFound,
  documentNotFound,
  jobHasEnded,
  lastEventIdInvalid,
  nothingToRetry,
} from "../documents.errors.ts";
import type { DocumentLibrary } from "../library/library.ts";
import type { Tagger } from "../ports.ts";
import type { DocumentJobsStore } from "./document-jobs.store.ts";
import type { DocumentResultsStore } from "./document-results.store.ts";
import type { DocumentWriter } from "./document-writer.ts";
import type { JobChangesStore } from "./job-changes.store.ts";
import type { JobRecord } from "./job-record.ts";
import { toDocumentJob, toStartedJob } from "./job-view.ts";
import { waitForEnd, watchJob } from "./job-watch.ts";
import { deleteUnreferenced } from "./orphan-objects.ts";

export interface JobsUsecasesDependencies {
  database: Database;
  jobs: DocumentJobsStore;
  results: Pick<DocumentResultsStore, "textOf" | "jobIdOf">;
  changes: JobChangesStore;
  writer: DocumentWriter;
  library: DocumentLibrary;
  tagger: Pick<Tagger, "choose">;
  feed: RowFeed;
  queue: Queue;
  objectStore: ObjectStore;
  audit: AuditTrail;
  clock: Clock;
  log: Log;
  config: DocumentsConfig;
  /** Called when there may be work for this process. */
  onWork: () => void;
}

type Page = { limit: number; offset: number; status?: DocumentStatus | undefined };

const pausedByPerson = "Somebody paused it. Resume it when it shall go on.";
const firstPage: Page = { limit: 50, offset: 0 };
/** Files of deleted documents, in the request or in a background job. */
const deletedAtOnce = 200;

/** Everything that can be done with jobs that are written down. Somebody else's job is not there. */
export class JobsUsecases {
  readonly #dependencies: JobsUsecasesDependencies;

  constructor(dependencies: JobsUsecasesDependencies) {
    this.#dependencies = dependencies;
  }

  async status(caller: Caller | null, jobId: string, page: Page = firstPage): Promise<DocumentJobWithResults> {
    const { jobs, library } = this.#dependencies;
    const job = await this.#visible(caller, jobId);
    const ids = await jobs.documentIds(jobId, page);
    const view = toDocumentJob(job, await jobs.counts(jobId));
    return { ...view, results: await library.documentViews(ids), limit: page.limit, offset: page.offset };
  }

  async list(
    caller: Caller | null,
    query: z.infer<typeof listDocumentJobs.query>,
  ): Promise<{ jobs: DocumentJob[]; total: number; limit: number; offset: number }> {
    const { jobs, config } = this.#dependencies;
    requireOpen(caller, config);
    const { limit, offset } = query;
    if (caller === null) return { jobs: [], total: 0, limit, offset };
    const page = await jobs.list({ ...query, userId: caller.userId });
    const counts = await jobs.countsOf(page.jobs.map(({ id }) => id));
    const views = page.jobs.flatMap((job) => {
      const counted = counts.get(job.id);
      return counted === undefined ? [] : [toDocumentJob(job, counted)];
    });
    return { jobs: views, total: page.total, limit, offset };
  }

  /** Events after the one that `lastEventId` names, to the end of the job. Throws before the first when it cannot be. */
  async watch(
    caller: Caller | null,
    jobId: string,
    { lastEventId, signal }: { lastEventId: string | undefined; signal: AbortSignal },
  ): Promise<AsyncGenerator<ServerSentEvent>> {
    await this.#visible(caller, jobId);
    const after = Number(lastEventId ?? 0);
    if (!Number.isSafeInteger(after) || after < 0) throw lastEventIdInvalid();
    return watchJob(this.#dependencies, { jobId, after, signal });
  }

  /** The result of a single document when it is there in time; undefined when it takes longer. Throws when it failed. */
  async resultInTime(job: JobRecord, signal: AbortSignal): Promise<ProcessedDocument | undefined> {
    const { config, database, jobs, results, library } = this.#dependencies;
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(config.waitSeconds * 1000)]);
    const ended = await waitForEnd(this.#dependencies, { jobId: job.id, signal: inTime });
    if (!ended) return undefined;
    const [documentId] = await jobs.documentIds(job.id, { limit: 1, offset: 0 });
    const [view] = documentId === undefined ? [] : await library.documentViews([documentId]);
    if (view === undefined) throw documentJobNotFound();
    if (view.error !== null) throw documentFailed(view.error, { documentId: view.id, jobId: job.id });
    if (view.status !== "completed") return undefined;
    const text = await results.textOf(database, view.id, maxShownCharacters);
    return {
      document_id: view.id,
      job_id: job.id,
      tags: view.tags.map(({ tag }) => tag),
      extracted_text: text ?? "",
      metadata: {
        processing_time: (view.processing_ms ?? 0) / 1000,
        language_detected: view.language,
        page_count: view.page_count,
        tagger: view.tagger,
        tagging_note: view.tagging_note,
        ocr_used: view.ocr_used,
        cost_usd: view.cost_usd,
        expires_at: view.expires_at,
      },
    };
  }

  /** What is answered while the work goes on. */
  async started(job: JobRecord): Promise<StartedDocumentJob> {
    const { jobs } = this.#dependencies;
    return toStartedJob((await jobs.find(job.id)) ?? job, await jobs.counts(job.id));
  }

  cancel(caller: Caller | null, jobId: string): Promise<DocumentJob> {
    const { changes, clock, writer } = this.#dependencies;
    return this.#change(caller, jobId, async (transaction, job) => {
      if (job.cancelledAt !== null) return false;
      if (job.finishedAt !== null) throw jobHasEnded();
      await changes.cancel(transaction, jobId, clock.now());
      await writer.announceEnd(transaction, jobId);
      return true;
    });
  }

  pause(caller: Caller | null, jobId: string): Promise<DocumentJob> {
    return this.#change(caller, jobId, async (transaction, job) => {
      if (job.finishedAt !== null) throw jobHasEnded();
      if (job.paused?.reason === "person") return false;
      await this.#dependencies.changes.pause(transaction, jobId, { reason: "person", message: pausedByPerson });
      return true;
    });
  }

  /**
   * Goes on under the bounds of whoever resumes it: the credential that it was begun with may not work any more. Throws the
   * 400 of a tagger that they may not use. `budgetUsd` takes the place of the job's budget where it is given; null for none.
   */
  async resume(caller: Caller | null, jobId: string, budgetUsd: number | null | undefined): Promise<DocumentJob> {
    const { changes, writer } = this.#dependencies;
    if ((await this.#visible(caller, jobId)).finishedAt !== null) throw jobHasEnded();
    const next = await this.#nextCaller(caller, jobId);
    return this.#change(caller, jobId, async (transaction, job) => {
      if (job.finishedAt !== null) throw jobHasEnded();
      if (budgetUsd !== undefined) {
        const nanoUsd = budgetUsd === null ? null : Math.max(1, Math.round(budgetUsd * 1e9));
        await changes.setBudget(transaction, jobId, nanoUsd);
      }
      if (next !== null) await changes.setCaller(transaction, jobId, storedCallerOf(next));
      await changes.resume(transaction, jobId);
      await writer.announceWork(transaction);
      return true;
    });
  }

  retryFailed(caller: Caller | null, jobId: string): Promise<DocumentJob> {
    return this.#retry(caller, jobId, null);
  }

  async retryDocument(caller: Caller | null, documentId: string): Promise<DocumentJob> {
    const { database, results } = this.#dependencies;
    const jobId = await results.jobIdOf(database, documentId);
    const isVisible = jobId !== undefined && (await this.#find(caller, jobId)) !== undefined;
    if (!isVisible) throw documentNotFound();
    return this.#retry(caller, jobId, documentId);
  }

  async delete(caller: Caller | null, jobId: string): Promise<void> {
    await this.#visible(caller, jobId);
    await this.remove(jobId, async (transaction) => {
      await this.#dependencies.audit.record(transaction, {
        action: "document_job.deleted",
        target: { kind: "document_job", id: jobId },
      });
    });
  }

  /**
   * Rows first: should the process end in between, objects without rows are left, which the sweep collects. Of a large job
   * most objects are deleted in the background: each may be a call to another system, and nobody waits for thousands.
   */
  async remove(jobId: string, last: (transaction: Queryable) => Promise<void> = async () => {}): Promise<void> {
    const { database, jobs, queue } = this.#dependencies;
    const keys = await database.transaction(async (transaction) => {
      await jobs.lock(transaction, jobId);
      const removed = await jobs.delete(transaction, jobId);
      for (let start = deletedAtOnce; start < removed.length; start += deletedAtOnce) {
        const object_keys = removed.slice(start, start + deletedAtOnce);
        await queue.send(transaction, "documents.delete-objects", { object_keys });
      }
      await last(transaction);
      return removed.slice(0, deletedAtOnce);
    });
    await deleteUnreferenced(keys, this.#dependencies);
  }

  /** Under the bounds of whoever asks for it, as `resume` does. */
  async #retry(caller: Caller | null, jobId: string, documentId: string | null): Promise<DocumentJob> {
    const { changes, writer } = this.#dependencies;
    const next = await this.#nextCaller(caller, jobId);
    return this.#change(caller, jobId, async (transaction) => {
      if ((await changes.retry(transaction, jobId, documentId)) === 0) throw nothingToRetry();
      if (next !== null) await changes.setCaller(transaction, jobId, storedCallerOf(next));
      await writer.announceWork(transaction);
      return true;
    });
  }

  /** Who does the work of a job from now on; null where it is nobody's. Throws the 400 of a tagger that they may not use. */
  async #nextCaller(caller: Caller | null, jobId: string): Promise<Caller | null> {
    const { userId, options } = await this.#visible(caller, jobId);
    if (userId === null || caller === null) return null;
    await this.#dependencies.tagger.choose(caller, options.tagger);
    return caller;
  }

  async #change(
    caller: Caller | null,
    jobId: string,
    change: (transaction: Queryable, job: JobRecord) => Promise<boolean>,
  ): Promise<DocumentJob> {
    const { jobs, writer, onWork } = this.#dependencies;
    await this.#visible(caller, jobId);
    await writer.change(jobId, change);
    onWork();
    return toDocumentJob(await this.#visible(caller, jobId), await jobs.counts(jobId));
  }

  async #find(caller: Caller | null, jobId: string): Promise<JobRecord | undefined> {
    const { jobs, clock, config } = this.#dependencies;
    requireOpen(caller, config);
    const job = await jobs.find(jobId);
    return job !== undefined && maySee(job, caller, clock.now()) ? job : undefined;
  }

  async #visible(caller: Caller | null, jobId: string): Promise<JobRecord> {
    const job = await this.#find(caller, jobId);
    if (job === undefined) throw documentJobNotFound();
    return job;
  }
}

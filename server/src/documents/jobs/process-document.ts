import type { DocumentStage } from "@llm-tuner/contract/documents.ts";
import type { Queryable } from "../../platform/database/database.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { DocumentMetrics } from "../document-metrics.ts";
import type { DocumentsConfig } from "../documents.config.ts";
import { providerPauseMs, retryPauseMs } from "./back-off.ts";
import type { ClaimedDocument } from "./claimed-document.ts";
import { internalFailure } from "./document-failures.ts";
import type { DocumentJobsStore } from "./document-jobs.store.ts";
import { documentWorkStore } from "./document-work.store.ts";
import type { DocumentWriter } from "./document-writer.ts";
import { fetchDocument, type FetchDocumentDependencies } from "./fetch-document.ts";
import type { JobChangesStore } from "./job-changes.store.ts";
import type { JobRecord } from "./job-record.ts";
import { betterTitle } from "./document-title.ts";
import { readDocument, type ReadDocumentDependencies } from "./read-document.ts";
import { done, lost, type Setback, type Step } from "./setback.ts";
import type { StoredContent } from "./store-document.ts";
import type { DocumentTagging, ReadContent } from "./tag-document.ts";

export interface ProcessDocumentDependencies extends FetchDocumentDependencies, ReadDocumentDependencies {
  jobs: DocumentJobsStore;
  changes: JobChangesStore;
  writer: DocumentWriter;
  tagging: DocumentTagging;
  metrics: Pick<DocumentMetrics, "ended" | "paused">;
  clock: Clock;
  log: Log;
  config: DocumentsConfig;
}

/** One attempt at a document: its file, its text, its tags. Whatever happens to it is written down. */
export class DocumentProcessing {
  readonly #dependencies: ProcessDocumentDependencies;

  constructor(dependencies: ProcessDocumentDependencies) {
    this.#dependencies = dependencies;
  }

  /** Rejects only when nothing can be written down; the lease ends by itself then. */
  async run(document: ClaimedDocument, signal: AbortSignal): Promise<void> {
    const startedMs = performance.now();
    const { jobs, metrics, log } = this.#dependencies;
    const job = await jobs.find(document.jobId);
    if (job === undefined) return;
    try {
      const step = await this.#attempt(document, { job, startedMs, signal });
      if (step.ok) metrics.ended("completed");
      else await this.#settle(document, step.setback);
    } catch (error) {
      if (signal.aborted) return this.#letGo(document);
      log.error({ error, documentId: document.id }, "an attempt at a document failed");
      await this.#settle(document, { kind: "failed", failure: internalFailure, mayPass: true, costNanoUsd: 0 });
    }
  }

  async #attempt(
    document: ClaimedDocument,
    { job, startedMs, signal }: { job: JobRecord; startedMs: number; signal: AbortSignal },
  ): Promise<Step<void>> {
    const stored = await this.#stored(document, signal);
    if (!stored.ok) return stored;
    const content = await this.#read(document, { job, stored: stored.value, signal });
    if (!content.ok) return content;
    const titled = { ...document, title: content.value.title };
    return this.#dependencies.tagging.run({ document: titled, job, content: content.value, startedMs }, signal);
  }

  async #stored(document: ClaimedDocument, signal: AbortSignal): Promise<Step<StoredContent>> {
    const { sourceUrl, stored, jobId } = document;
    if (stored !== null) return done(stored);
    const fetched = await fetchDocument(this.#dependencies, { ...document, sourceUrl: sourceUrl ?? "" }, signal);
    if (!fetched.ok) return fetched;
    const isNoted = await this.#dependencies.writer.change(jobId, (transaction) =>
      documentWorkStore.noteStored(transaction, document, fetched.value),
    );
    if (isNoted) return fetched;
    // Nobody knows of the object now, unless somebody else fetched the same meanwhile; the sweep can tell.
    return lost();
  }

  async #read(
    document: ClaimedDocument,
    { job, stored, signal }: { job: JobRecord; stored: StoredContent; signal: AbortSignal },
  ): Promise<Step<ReadContent & { title: string }>> {
    const { sha256, objectKey } = stored;
    if (document.read !== null) return done({ ...document.read, sha256, title: document.title });
    const reading = await readDocument(this.#dependencies, {
      document,
      objectKey,
      options: job.options,
      signal,
      onStage: (stage) => this.#noteStage(document, stage),
    });
    if (!reading.ok) return reading;
    const read = reading.value;
    const title = betterTitle(document, read.metadata.title);
    const isNoted = await this.#dependencies.writer.change(document.jobId, (transaction) =>
      documentWorkStore.noteRead(transaction, document, { read, title: { from: document.title, to: title } }),
    );
    return isNoted ? done({ sha256, text: read.text, language: read.language?.code ?? null, title }) : lost();
  }

  /** Only for whoever watches: the work does not wait for it. */
  #noteStage(document: ClaimedDocument, stage: DocumentStage): void {
    const { writer, log } = this.#dependencies;
    if (stage === "extracting") return;
    writer
      .change(document.jobId, (transaction) => documentWorkStore.setStage(transaction, document, stage))
      .catch((error: unknown) => log.warn({ error, documentId: document.id }, "a document's stage was not noted"));
  }

  async #settle(document: ClaimedDocument, setback: Setback): Promise<void> {
    if (setback.kind === "lost") return;
    if (setback.kind !== "failed") return this.#pause(document, setback);
    const { writer, tagging, metrics, clock, config } = this.#dependencies;
    const { failure, mayPass, costNanoUsd } = setback;
    const tries = document.attempts - document.interruptions;
    const isFinal = !mayPass || tries >= config.maxAttempts;
    const isOurs = await writer.change(document.jobId, (transaction) => {
      const now = clock.now();
      if (isFinal) return documentWorkStore.fail(transaction, document, { failure, costNanoUsd, now });
      const retryAt = new Date(now.getTime() + retryPauseMs(tries, config));
      return documentWorkStore.putBack(transaction, document, { counts: true, retryAt, costNanoUsd });
    });
    if (!isOurs) await tagging.noteLost(document, costNanoUsd);
    else if (isFinal) metrics.ended(failure.code);
  }

  /** The job waits. A person who has paused it, or ended it, meanwhile is not overruled. */
  async #pause(document: ClaimedDocument, setback: Extract<Setback, { kind: "paused" | "busy" }>): Promise<void> {
    const { writer, changes, tagging, metrics } = this.#dependencies;
    const back = { counts: false, retryAt: null, costNanoUsd: setback.costNanoUsd };
    const isOurs = await writer.change(document.jobId, async (transaction, job) => {
      if (!(await documentWorkStore.putBack(transaction, document, back))) return false;
      if (job.paused !== null && job.paused.reason !== "provider") return true;
      if (setback.kind === "paused") await changes.pause(transaction, job.id, setback);
      else await this.#pauseForProvider(transaction, job, setback);
      return true;
    });
    if (isOurs) metrics.paused(setback.kind === "busy" ? "provider" : setback.reason);
    else await tagging.noteLost(document, setback.costNanoUsd);
  }

  /** Documents that were in work together find the provider busy together: that is one pause, as long as the longest. */
  async #pauseForProvider(
    transaction: Queryable,
    job: JobRecord,
    { message, retryAfterSeconds }: Extract<Setback, { kind: "busy" }>,
  ): Promise<void> {
    const { changes, clock } = this.#dependencies;
    const before = Math.max(0, job.providerPauses - (job.paused === null ? 0 : 1));
    const resumeAtMs = clock.now().getTime() + providerPauseMs(before, retryAfterSeconds);
    await changes.pauseForProvider(transaction, job.id, {
      message,
      resumeAt: new Date(Math.max(resumeAtMs, job.resumeAt?.getTime() ?? 0)),
      pauses: before + 1,
    });
  }

  /** This process ends, or the document is somebody else's: then nothing is changed. */
  async #letGo(document: ClaimedDocument): Promise<void> {
    await this.#dependencies.writer.change(document.jobId, (transaction) =>
      documentWorkStore.putBack(transaction, document, { counts: false, retryAt: null, costNanoUsd: 0 }),
    );
  }
}

import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../platform/database/database.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { DocumentMetrics } from "../document-metrics.ts";
import type { DocumentsConfig } from "../documents.config.ts";
import type { ClaimedDocument } from "./claimed-document.ts";
import type { ClaimsStore } from "./claims.store.ts";
import { interruptedFailure } from "./document-failures.ts";
import { documentJobChannel } from "./document-jobs.store.ts";
import { documentWorkStore } from "./document-work.store.ts";
import type { DocumentWriter } from "./document-writer.ts";
import type { JobChangesStore } from "./job-changes.store.ts";
import type { DocumentProcessing } from "./process-document.ts";

export interface DispatcherDependencies {
  database: Pick<Database, "transaction" | "listen">;
  claims: ClaimsStore;
  changes: JobChangesStore;
  writer: DocumentWriter;
  processing: Pick<DocumentProcessing, "run">;
  metrics: Pick<DocumentMetrics, "ended">;
  workFolder: string;
  clock: Clock;
  log: Log;
  config: Pick<DocumentsConfig, "atOnce" | "atOncePerOwner" | "atOncePerProvider">;
}

const lookEveryMs = 2000;
const leaseMs = 60_000;
const heartbeatMs = 15_000;
/** Documents with which the process ended more often are taken for the cause. */
const maxInterruptions = 5;

interface Running {
  document: ClaimedDocument;
  abort: AbortController;
  ended: Promise<void>;
}

/**
 * Gives documents to the free hands of this process, as long as there are any. It works from the rows alone, again and
 * again; news only make it look at once.
 */
export class Dispatcher {
  readonly #dependencies: DispatcherDependencies;
  readonly #stopping = new AbortController();
  /** By lease. */
  readonly #running = new Map<string, Running>();
  #woken = Promise.withResolvers<void>();
  #holder = "";
  #loop: Promise<void> | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #unlisten: (() => Promise<void>) | undefined;

  constructor(dependencies: DispatcherDependencies) {
    this.#dependencies = dependencies;
  }

  /** Takes up what an earlier process of this data directory left, then goes on looking until `stop`. */
  async start(): Promise<void> {
    const { workFolder, database } = this.#dependencies;
    this.#holder = await this.#takeFolder(workFolder);
    await this.#putBackLost(this.#holder);
    this.#unlisten = await database.listen(documentJobChannel, (jobId) => this.#hear(jobId));
    this.#heartbeat = setInterval(() => void this.#keepLeases(), heartbeatMs);
    this.#loop = this.#run();
  }

  /** What runs is let go at once, and waits for the next process. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#loop;
    clearInterval(this.#heartbeat);
    for (const { abort } of this.#running.values()) abort.abort(new Error("the server stops"));
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    await this.#unlisten?.();
  }

  /** Something has changed: looks at once instead of at the next turn. */
  wake(): void {
    this.#woken.resolve();
  }

  /** The folder is this process's alone, as its data directory is; the name in it outlives processes. */
  async #takeFolder(workFolder: string): Promise<string> {
    const nameFile = join(workFolder, "holder");
    const known = await readFile(nameFile, "utf8").catch(() => "");
    await rm(workFolder, { recursive: true, force: true });
    await mkdir(workFolder, { recursive: true, mode: 0o700 });
    const holder = known === "" ? randomUUID() : known;
    await writeFile(nameFile, holder);
    return holder;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#woken = Promise.withResolvers();
      try {
        await this.#look();
      } catch (error) {
        this.#dependencies.log.error({ error }, "the waiting documents could not be looked at");
      }
      const timer = new AbortController();
      const turn = delay(lookEveryMs, undefined, { signal: timer.signal }).catch(() => undefined);
      await Promise.race([this.#woken.promise, turn]);
      timer.abort();
    }
  }

  async #look(): Promise<void> {
    const { changes, clock, config, writer } = this.#dependencies;
    await this.#putBackLost(null);
    for (const jobId of await changes.resumeDue(clock.now())) await writer.change(jobId, async () => true);
    for (const jobId of await changes.leftOpen()) await writer.change(jobId, async () => true);
    while (!this.#stopping.signal.aborted && this.#running.size < config.atOnce) {
      const document = await this.#claim();
      if (document === undefined) return;
      this.#begin(document);
    }
  }

  #claim(): Promise<ClaimedDocument | undefined> {
    const { database, claims, writer, clock, config } = this.#dependencies;
    const { atOncePerOwner: perOwner, atOncePerProvider: perProvider } = config;
    return database.transaction(async (transaction) => {
      await claims.lockClaims(transaction);
      const next = await claims.next(transaction, { perOwner, perProvider }, clock.now());
      if (next === undefined) return undefined;
      const until = new Date(clock.now().getTime() + leaseMs);
      return writer.claim(transaction, next.jobId, () =>
        claims.claim(transaction, next.id, { id: randomUUID(), holder: this.#holder, until }),
      );
    });
  }

  #begin(document: ClaimedDocument): void {
    const abort = new AbortController();
    const ended = this.#dependencies.processing
      .run(document, abort.signal)
      .catch((error: unknown) =>
        this.#dependencies.log.error({ error, documentId: document.id }, "a document was left to the end of its lease"),
      )
      .finally(() => {
        this.#running.delete(document.leaseId);
        this.wake();
      });
    this.#running.set(document.leaseId, { document, abort, ended });
  }

  /** Documents with which a process has ended are begun anew, up to a bound. */
  async #putBackLost(deadHolder: string | null): Promise<void> {
    const { claims, writer, metrics, clock } = this.#dependencies;
    for (const { interruptions, ...held } of await claims.lost(clock.now(), deadHolder)) {
      if (this.#running.has(held.leaseId)) continue;
      const isCause = interruptions >= maxInterruptions;
      const isOurs = await writer.change(held.jobId, (transaction) =>
        isCause
          ? documentWorkStore.fail(transaction, held, {
              failure: interruptedFailure,
              costNanoUsd: 0,
              now: clock.now(),
            })
          : documentWorkStore.putBack(transaction, held, {
              counts: true,
              interrupted: true,
              retryAt: null,
              costNanoUsd: 0,
            }),
      );
      if (isCause && isOurs) metrics.ended(interruptedFailure.code);
    }
  }

  /** A job in whose documents this process works has changed: perhaps it was cancelled. */
  #hear(jobId: string): void {
    const leases = [...this.#running.values()].filter(({ document }) => document.jobId === jobId);
    if (leases.length > 0) void this.#dropLost(({ claims }, ids) => claims.stillHeld(ids));
  }

  #keepLeases(): Promise<void> {
    const until = new Date(this.#dependencies.clock.now().getTime() + leaseMs);
    return this.#dropLost(({ claims }, ids) => claims.extend(ids, until));
  }

  /** Ends work on documents that are no longer this process's. */
  async #dropLost(
    held: (dependencies: DispatcherDependencies, leaseIds: string[]) => Promise<ReadonlySet<string>>,
  ): Promise<void> {
    const running = [...this.#running];
    if (running.length === 0) return;
    try {
      const stillHeld = await held(
        this.#dependencies,
        running.map(([leaseId]) => leaseId),
      );
      for (const [leaseId, { abort }] of running) {
        if (!stillHeld.has(leaseId)) abort.abort(new Error("the document is no longer this worker's"));
      }
    } catch (error) {
      this.#dependencies.log.warn({ error }, "it could not be told which documents are still this worker's");
    }
  }
}

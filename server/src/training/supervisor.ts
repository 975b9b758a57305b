import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../platform/log/log.ts";
import { identityOf, isRunning, type ProcessIdentity } from "../platform/processes/process-identity.ts";
import type { Clock } from "../platform/time/clock.ts";
import type { Executor } from "./executor.ts";
import { Follower } from "./follower.ts";
import type { TrainingJobRecord } from "./job-record.ts";
import type { JobWriter } from "./job-writer.ts";
import type { TrainingBaseModels } from "./ports.ts";
import type { TrainingConfig } from "./training.config.ts";
import { preparationFailure } from "./training.errors.ts";
import { fairOrder, freeSlot } from "./training.policy.ts";
import type { TrainingStore } from "./training.store.ts";
import { claimed, failed, lostProcess, restarted, submitted, type LossCause } from "./transitions.ts";
import type { WaitingJobsStore } from "./waiting-jobs.store.ts";

export interface SupervisorDependencies {
  store: TrainingStore;
  waitingJobs: WaitingJobsStore;
  writer: JobWriter;
  executor: Executor;
  baseModels: TrainingBaseModels;
  clock: Clock;
  log: Log;
  config: TrainingConfig;
}

const lookEveryMs = 2000;

/**
 * Looks after all jobs of the executor: gives free devices to waiting ones, starts their processes, has each followed,
 * and takes up what an earlier server left. It works from the rows alone, again and again, so that there is no
 * difference between a job that it began and one that it found.
 */
export class Supervisor {
  readonly #dependencies: SupervisorDependencies;
  readonly #self: ProcessIdentity | undefined = identityOf(process.pid);
  readonly #stopping = new AbortController();
  /** Jobs whose process this server follows. */
  readonly #followers = new Map<string, Follower>();
  /** Work that goes on beside the looks; none of it fails. */
  readonly #tasks = new Map<string, Promise<void>>();
  #woken = Promise.withResolvers<void>();
  #loop: Promise<void> | undefined;

  constructor(dependencies: SupervisorDependencies) {
    this.#dependencies = dependencies;
  }

  /** Takes up what an earlier server left, then goes on looking until `stop`. */
  async start(): Promise<void> {
    const pauseMs = await this.#lookAfterAll();
    this.#loop = this.#run(pauseMs);
  }

  /** Ends the looking. The trainers go on: the next server finds them. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#loop;
    await Promise.all(this.#tasks.values());
  }

  /** Something has changed: looks at once instead of at the next turn. */
  wake(): void {
    this.#woken.resolve();
  }

  async #run(firstPauseMs: number): Promise<void> {
    let pauseMs = firstPauseMs;
    while (!this.#stopping.signal.aborted) {
      await this.#pause(pauseMs);
      this.#woken = Promise.withResolvers();
      try {
        pauseMs = await this.#lookAfterAll();
      } catch (error) {
        this.#dependencies.log.error({ error }, "the tuning jobs could not be looked after");
        pauseMs = lookEveryMs;
      }
    }
  }

  async #pause(pauseMs: number): Promise<void> {
    const timer = new AbortController();
    await Promise.race([
      this.#woken.promise,
      delay(pauseMs, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
    timer.abort();
  }

  /** Returns how long nothing will be due. */
  async #lookAfterAll(): Promise<number> {
    const { store, clock } = this.#dependencies;
    if (this.#stopping.signal.aborted) return 0;
    let pauseMs = lookEveryMs;
    for (const job of await store.active()) {
      const waitMs = job.restartAt === null ? 0 : job.restartAt.getTime() - clock.now().getTime();
      if (waitMs > 0 && job.status === "InProgress") pauseMs = Math.min(pauseMs, waitMs);
      else await this.#lookAfter(job);
    }
    while (await this.#claimNext());
    return pauseMs;
  }

  async #lookAfter(job: TrainingJobRecord): Promise<void> {
    const { jobName, externalId, starter } = job;
    const follower = this.#followers.get(jobName);
    if (follower) follower.refresh(job);
    else if (this.#tasks.has(jobName)) return;
    else if (externalId !== null) this.#inBackground(jobName, () => this.#follow(job, externalId));
    else if (starter !== null) await this.#recoverStart(job, starter);
    else if (job.status === "Stopping") await this.#lose(job, "crashed");
    else await this.#restart(job);
  }

  async #claimNext(): Promise<boolean> {
    const { store, waitingJobs, writer, clock, config } = this.#dependencies;
    const starter = this.#self;
    if (!starter) return false;
    const job = await store.transaction(async (transaction) => {
      await waitingJobs.lockClaims(transaction);
      const slot = freeSlot(config.devices.length, await waitingJobs.occupiedSlots(transaction));
      if (slot === undefined) return undefined;
      const { waiting, loads } = await waitingJobs.queue(transaction);
      for (const { jobName } of fairOrder(waiting, loads)) {
        const next = await store.lockWaiting(transaction, jobName);
        if (next) return writer.write(transaction, next, claimed(next, { starter, slot, now: clock.now() }));
      }
      return undefined;
    });
    if (job) this.#startProcess(job);
    return job !== undefined;
  }

  async #restart(job: TrainingJobRecord): Promise<void> {
    const starter = this.#self;
    if (!starter) return;
    const after = await this.#dependencies.writer.change(job.jobName, (current) =>
      current.attempt === job.attempt && current.status === "InProgress" && current.restartAt !== null
        ? restarted(current, starter)
        : undefined,
    );
    if (after) this.#startProcess(after);
  }

  /** The server that was starting the job's process was killed: before, or after it had done so. */
  async #recoverStart(job: TrainingJobRecord, starter: ProcessIdentity): Promise<void> {
    if (starter.pid !== process.pid && isRunning(starter)) return;
    const externalId = await this.#dependencies.executor.find(job.jobName);
    if (externalId === undefined) {
      await this.#lose(job, "not_started");
      return;
    }
    const after = await this.#noteSubmitted(job, externalId);
    if (after) this.#inBackground(job.jobName, () => this.#follow(after, externalId));
  }

  #startProcess(job: TrainingJobRecord): void {
    this.#inBackground(job.jobName, async () => {
      const externalId = await this.#submit(job).catch((error: unknown) => this.#lose(job, "not_started", error));
      if (externalId === undefined) return;
      const after = await this.#noteSubmitted(job, externalId);
      if (after) await this.#follow(after, externalId);
    });
  }

  async #submit({ jobName, datasetId, hyperparameters, slot, ...job }: TrainingJobRecord): Promise<string> {
    const { baseModels, executor } = this.#dependencies;
    const { name, source } = baseModels.demand(job.baseModel);
    await executor.prepare({ jobName, datasetId, baseModel: { name, source }, hyperparameters, slot: slot ?? 0 });
    return executor.submit(jobName);
  }

  /** Undefined when the attempt has been given up meanwhile: its process must not go on then. */
  async #noteSubmitted(job: TrainingJobRecord, externalId: string): Promise<TrainingJobRecord | undefined> {
    const { store, writer, executor } = this.#dependencies;
    const after = await writer.change(job.jobName, (current) =>
      current.attempt === job.attempt && current.starter !== null ? submitted(current, externalId) : undefined,
    );
    if (after) return after;
    // Another server may have found the same process.
    const current = await store.find(job.jobName);
    if (current?.externalId !== externalId) await executor.stop(externalId, "kill");
    return undefined;
  }

  async #follow(job: TrainingJobRecord, externalId: string): Promise<void> {
    const follower = new Follower(job, externalId, this.#dependencies);
    this.#followers.set(job.jobName, follower);
    try {
      await follower.run(this.#stopping.signal);
    } finally {
      this.#followers.delete(job.jobName);
    }
  }

  /** One at a time for each job. What fails here is found by the next look, for the row says where it stood. */
  #inBackground(jobName: string, work: () => Promise<void>): void {
    const task = work()
      .catch((error: unknown) =>
        this.#dependencies.log.error({ error, jobName }, "a tuning job was left for the next look"),
      )
      .finally(() => {
        this.#tasks.delete(jobName);
        this.wake();
      });
    this.#tasks.set(jobName, task);
  }

  async #lose(job: TrainingJobRecord, cause: LossCause, error?: unknown): Promise<undefined> {
    const { writer, executor, clock, config, log } = this.#dependencies;
    if (error !== undefined) log.error({ error, jobName: job.jobName }, "a tuning job could not be started");
    const failure = error === undefined ? undefined : preparationFailure(error);
    const logTail = await executor.logTail(job.jobName);
    const { maxAttempts, restartSeconds } = config;
    await writer.change(job.jobName, (current) => {
      const isUnchanged =
        current.attempt === job.attempt &&
        current.externalId === null &&
        (current.starter === null) === (job.starter === null);
      if (!isUnchanged) return undefined;
      const now = clock.now();
      if (failure) return failed({ ...current, slot: null }, failure, now);
      return lostProcess(current, { cause, logTail, maxAttempts, restartSeconds, now });
    });
    this.wake();
    return undefined;
  }
}

import {
  canStopJob,
  type JobEvent,
  type JobStatus,
  type StartTrainingRequest,
  type TrainingJob,
  type TrainingJobSummary,
} from "@llm-tuner/contract/training.ts";
import type { PageQuery } from "@llm-tuner/contract/paging.ts";
import type { AuditTrail } from "../accounts/accounts.module.ts";
import { pageOf, parseCursor } from "../platform/paging/cursor.ts";
import type { RowFeed } from "../platform/database/row-feed.ts";
import type { JobLogStore } from "./job-log.store.ts";
import type { TrainingJobRecord } from "./job-record.ts";
import { toSummary, toTrainingJob } from "./job-view.ts";
import { waitForEnd, watchEvents } from "./job-watch.ts";
import { refuseTooManyWaiting, startTraining, type StartTrainingDependencies } from "./start-training.ts";
import { cannotResume, cannotStop, jobNotFound, lastEventIdInvalid } from "./training.errors.ts";
import { fairOrder, resumeObstacle } from "./training.policy.ts";
import { resumed, stopRequested } from "./transitions.ts";

export interface TrainingUsecasesDependencies extends StartTrainingDependencies {
  jobLog: JobLogStore;
  audit: AuditTrail;
  feed: RowFeed;
  /** Called when there may be something to do for the supervisor of this process, if it has one. */
  onChange: () => void;
}

/** Of each curve in one answer; what a screen can show. */
const pointsPerMetric = 2000;

/** Everything that a person can do with tuning jobs. Somebody else's job is not there. */
export class TrainingUsecases {
  readonly #dependencies: TrainingUsecasesDependencies;

  constructor(dependencies: TrainingUsecasesDependencies) {
    this.#dependencies = dependencies;
  }

  async start(userId: string, request: StartTrainingRequest): Promise<TrainingJobRecord> {
    const job = await startTraining(this.#dependencies, userId, request);
    this.#dependencies.onChange();
    return job;
  }

  /** The job when it has ended, or as it is when `signal` is aborted. */
  async waitForEnd(job: TrainingJobRecord, signal: AbortSignal): Promise<TrainingJobRecord> {
    const { store, feed } = this.#dependencies;
    return (await waitForEnd({ store, feed, jobName: job.jobName, signal })) ?? job;
  }

  async get(userId: string, jobName: string): Promise<TrainingJob> {
    const { jobLog, clock } = this.#dependencies;
    const job = await this.#owned(userId, jobName);
    const metrics = await jobLog.metricsOf(jobName, pointsPerMetric);
    const queuePosition = job.status === "Pending" ? await this.#queuePosition(jobName) : null;
    return toTrainingJob(job, { metrics, queuePosition, now: clock.now() });
  }

  /** Events after the one that `lastEventId` names, to the end of the job. Throws before the first when it cannot be. */
  async watch(
    userId: string,
    jobName: string,
    { lastEventId, signal }: { lastEventId: string | undefined; signal: AbortSignal },
  ): Promise<AsyncGenerator<JobEvent>> {
    const { store, jobLog, feed } = this.#dependencies;
    await this.#owned(userId, jobName);
    const afterSeq = Number(lastEventId ?? 0);
    if (!Number.isInteger(afterSeq) || afterSeq < 0 || afterSeq > 2 ** 31 - 1) throw lastEventIdInvalid();
    return watchEvents({ store, jobLog, feed, jobName, afterSeq, signal });
  }

  async list(
    userId: string,
    { status, limit, cursor }: PageQuery & { status?: JobStatus | undefined },
  ): Promise<{ training_jobs: TrainingJobSummary[]; next_cursor: string | null }> {
    const after = parseCursor(cursor);
    const found = await this.#dependencies.store.list({ userId, status, after, limit: limit + 1 });
    const { rows, nextCursor } = pageOf(found, {
      limit,
      position: ({ createdAt, jobName }) => ({ createdAt, id: jobName }),
    });
    return { training_jobs: rows.map(toSummary), next_cursor: nextCursor };
  }

  /** Stopping a job twice is no error; stopping one that has ended is. */
  async stop(userId: string, jobName: string): Promise<{ status: "Stopping" | "Stopped"; stoppedAt: Date }> {
    const { writer, audit, clock } = this.#dependencies;
    const before = await this.#owned(userId, jobName);
    const after = await writer.change(jobName, (current) =>
      canStopJob(current.status) ? stopRequested(current, clock.now()) : undefined,
    );
    const job = after ?? (await this.#owned(userId, jobName));
    if (job.status !== "Stopping" && job.status !== "Stopped") throw cannotStop(before.status);
    if (after) await audit.note({ action: "job.stopped", target: { kind: "job", id: jobName } });
    this.#dependencies.onChange();
    return { status: job.status, stoppedAt: job.endedAt ?? clock.now() };
  }

  async resume(userId: string, jobName: string): Promise<TrainingJobSummary> {
    const { store, waitingJobs, writer, clock } = this.#dependencies;
    await this.#owned(userId, jobName);
    const job = await store.transaction(async (transaction) => {
      await waitingJobs.lockStartsOf(transaction, userId);
      const current = await store.lock(transaction, jobName);
      if (!current) throw jobNotFound();
      const obstacle = resumeObstacle(current);
      if (obstacle) throw cannotResume(obstacle);
      await refuseTooManyWaiting(this.#dependencies, userId, transaction);
      return writer.write(transaction, current, resumed(current, clock.now()));
    });
    this.#dependencies.onChange();
    return toSummary(job);
  }

  async #owned(userId: string, jobName: string): Promise<TrainingJobRecord> {
    const job = await this.#dependencies.store.find(jobName);
    if (!job || job.userId !== userId) throw jobNotFound();
    return job;
  }

  /** 1 is next; null when it no longer waits, or is so far behind that nobody can tell. */
  async #queuePosition(jobName: string): Promise<number | null> {
    const { waiting, loads } = await this.#dependencies.waitingJobs.queue();
    const order = fairOrder(waiting, loads);
    const index = order.findIndex((job) => job.jobName === jobName);
    return index < 0 ? null : index + 1;
  }
}

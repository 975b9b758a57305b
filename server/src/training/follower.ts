import { setTimeout as delay } from "node:timers/promises";
import { isFinalJobStatus } from "@llm-tuner/contract/training.ts";
import type { Log } from "../platform/log/log.ts";
import type { Clock } from "../platform/time/clock.ts";
import type { Executor, RunNews } from "./executor.ts";
import type { TrainingJobRecord } from "./job-record.ts";
import type { JobWriter } from "./job-writer.ts";
import { readNews } from "./trainer-events.ts";
import type { TrainingConfig } from "./training.config.ts";
import type { TrainingStore } from "./training.store.ts";
import { lostProcess, tookIn, type LossCause } from "./transitions.ts";

export interface FollowerDependencies {
  store: TrainingStore;
  writer: JobWriter;
  executor: Executor;
  clock: Clock;
  log: Log;
  config: Pick<TrainingConfig, "maxAttempts" | "restartSeconds" | "hangSeconds" | "stopGraceSeconds">;
}

const pollMs = 250;
const pauseAfterErrorMs = 1000;
/** The trainer has told its end and only its process is still there: more than enough to leave. */
const lingerMs = 10_000;

/**
 * Follows one process of one job to its end: takes in what it tells, passes a stop on, ends it when it hangs. All that
 * it knows stands in the job's row or can be found out again, so a new server goes on where a killed one was.
 */
export class Follower {
  readonly #dependencies: FollowerDependencies;
  readonly #externalId: string;
  #job: TrainingJobRecord;
  #cause: LossCause = "crashed";
  /** Last sign of work, and when it was first seen. */
  #pulse = "";
  #pulseAt: Date;
  #lookedAt: Date;
  /** When the process was asked to end. */
  #askedAt: Date | undefined;

  constructor(job: TrainingJobRecord, externalId: string, dependencies: FollowerDependencies) {
    this.#dependencies = dependencies;
    this.#externalId = externalId;
    this.#job = job;
    this.#pulseAt = dependencies.clock.now();
    this.#lookedAt = this.#pulseAt;
  }

  /** Hands over the row as somebody else has read it; an older one than the follower's own is passed over. */
  refresh(job: TrainingJobRecord): void {
    if (this.#isMine(job) && job.lastEventSeq > this.#job.lastEventSeq) this.#job = job;
  }

  /** Resolves when the process is gone and the job's row says what follows, or when `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let pauseMs = pollMs;
      try {
        const next = await this.#look();
        if (next === "done") return;
        if (next === "at once") continue;
      } catch (error) {
        this.#dependencies.log.error({ error, jobName: this.#job.jobName }, "a tuning job could not be followed");
        pauseMs = pauseAfterErrorMs;
      }
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #isMine(job: TrainingJobRecord): boolean {
    return job.attempt === this.#job.attempt && job.externalId === this.#externalId;
  }

  async #look(): Promise<"done" | "at once" | "later"> {
    const { executor } = this.#dependencies;
    const { jobName, eventOffset } = this.#job;
    const news = await executor.poll({ jobName, externalId: this.#externalId, fromOffset: eventOffset });
    if (news.nextOffset !== eventOffset) {
      if (!(await this.#takeIn(news))) return this.#reload();
      // The end is believed only when nothing new comes with it.
      if (news.hasMore || news.ended) return "at once";
    } else if (news.ended) {
      return (await this.#processGone()) ? "done" : this.#reload();
    }
    await this.#endIfDue(news.pulse);
    return "later";
  }

  /** Returns false when the row is not as it was when the news was asked for. */
  async #takeIn({ events, nextOffset }: RunNews): Promise<boolean> {
    const { writer, clock } = this.#dependencies;
    const after = await writer.change(this.#job.jobName, (current) =>
      this.#isUnchanged(current)
        ? tookIn(current, { news: readNews(current, events), nextOffset, now: clock.now() })
        : undefined,
    );
    this.#job = after ?? this.#job;
    return after !== undefined;
  }

  /** Returns false when the row is not as it was when the process was looked for. */
  async #processGone(): Promise<boolean> {
    const { writer, executor, clock, log, config } = this.#dependencies;
    const { jobName, attempt } = this.#job;
    const { maxAttempts, restartSeconds } = config;
    const logTail = await executor.logTail(jobName);
    const after = await writer.change(jobName, (current) =>
      this.#isUnchanged(current)
        ? lostProcess(current, { cause: this.#cause, logTail, maxAttempts, restartSeconds, now: clock.now() })
        : undefined,
    );
    if (after) log.info({ jobName, attempt, status: after.status, restartAt: after.restartAt }, "a trainer is gone");
    return after !== undefined;
  }

  #isUnchanged(current: TrainingJobRecord): boolean {
    return this.#isMine(current) && current.eventOffset === this.#job.eventOffset;
  }

  /**
   * Somebody else was faster, or the answer to our own commit was lost: the row tells how far it has come. When it says
   * that the process is none of the job's any more, or there is no row, the process must not go on.
   */
  async #reload(): Promise<"done" | "at once"> {
    const { store, executor, log } = this.#dependencies;
    const { jobName, attempt } = this.#job;
    const job = await store.find(jobName);
    if (job && this.#isMine(job)) {
      this.#job = job;
      return "at once";
    }
    log.warn({ jobName, attempt, exists: job !== undefined }, "a trainer's job is no longer its own");
    await executor.stop(this.#externalId, "kill");
    return "done";
  }

  /** Asks the process to end when there is a reason, and ends it when it does not follow in time. */
  async #endIfDue(pulse: string): Promise<void> {
    const { executor, clock, config, log } = this.#dependencies;
    const now = clock.now();
    const reason = this.#reasonToEnd(pulse, now);
    if (reason === undefined) return;
    if (this.#askedAt === undefined) {
      this.#askedAt = now;
      if (reason === "hung") this.#cause = "hung";
      log.info({ jobName: this.#job.jobName, reason }, "a trainer is asked to end");
      await executor.stop(this.#externalId, "save");
    } else if (now.getTime() - this.#askedAt.getTime() >= config.stopGraceSeconds * 1000) {
      await executor.stop(this.#externalId, "kill");
    }
  }

  #reasonToEnd(pulse: string, now: Date): "stopping" | "lingering" | "hung" | undefined {
    const hangMs = this.#dependencies.config.hangSeconds * 1000;
    // When nobody has looked for long, this machine slept, and the trainer did too.
    const slept = now.getTime() - this.#lookedAt.getTime() > hangMs / 2;
    this.#lookedAt = now;
    if (pulse !== this.#pulse || slept) {
      this.#pulse = pulse;
      this.#pulseAt = now;
    }
    const { status, endedAt } = this.#job;
    if (status === "Stopping") return "stopping";
    if (isFinalJobStatus(status))
      return now.getTime() - (endedAt ?? now).getTime() > lingerMs ? "lingering" : undefined;
    return this.#cause === "hung" || now.getTime() - this.#pulseAt.getTime() > hangMs ? "hung" : undefined;
  }
}

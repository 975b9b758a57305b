import { isFinalJobStatus, type JobFailure, type JobStatus } from "@llm-tuner/contract/training.ts";
import type { ProcessIdentity } from "../platform/processes/process-identity.ts";
import type { JobChange, NewJobEvent, TrainingJobRecord } from "./job-record.ts";
import type { TrainerNews, TrainerOutcome } from "./trainer-events.ts";

/*
 * Every way a job goes from one state to the next, as pure functions of its row. The writer runs them on the locked row,
 * so that what they see is what they change.
 */

const statusEvent = (status: JobStatus, message: string, now: Date): NewJobEvent => ({
  type: "status",
  time: now.toISOString(),
  status,
  message,
});

const inOrder = (words: { message: string; remedy: string }): string => `${words.message} ${words.remedy}`.trim();

/** A new job, which waits for its turn. */
export const added = (job: TrainingJobRecord, now: Date): JobChange => ({
  job,
  events: [statusEvent("Pending", "The job waits for its turn.", now)],
});

/** Takes a waiting job for a device; `starter` is the server process that will start the trainer. */
export const claimed = (
  job: TrainingJobRecord,
  { starter, slot, now }: { starter: ProcessIdentity; slot: number; now: Date },
): JobChange => ({
  job: {
    ...job,
    status: "InProgress",
    attempt: job.attempt + 1,
    starter,
    slot,
    claimedAt: now,
    startedAt: job.startedAt ?? now,
  },
  events: [statusEvent("InProgress", "The job has its turn and is being started.", now)],
});

/** Begins a further attempt of a running job whose process was lost. */
export const restarted = (job: TrainingJobRecord, starter: ProcessIdentity): JobChange => ({
  job: { ...job, attempt: job.attempt + 1, starter, restartAt: null },
  events: [],
});

/** Notes what the executor knows the started process by. */
export const submitted = (job: TrainingJobRecord, externalId: string): JobChange => ({
  job: { ...job, starter: null, externalId },
  events: [],
});

const stoppedMessage = (hasCheckpoint: boolean): string =>
  hasCheckpoint ? "The job is stopped. It can go on from its checkpoint." : "The job is stopped.";

const ofOutcome = (
  job: TrainingJobRecord,
  { outcome, now }: { outcome: TrainerOutcome; now: Date },
): Pick<JobChange, "job" | "events"> => {
  switch (outcome.kind) {
    case "completed":
      return {
        job: { ...job, status: "Completed", endedAt: now, etaSeconds: null },
        events: [statusEvent("Completed", "The model is tuned.", now)],
      };
    case "failed":
      return failed(job, outcome.failure, now);
    case "stopped":
      // Somebody else ended the trainer: its end is a loss of the process, and what follows from that is decided then.
      if (job.status !== "Stopping") return { job, events: [] };
      return {
        job: { ...job, status: "Stopped", endedAt: now, etaSeconds: null },
        events: [statusEvent("Stopped", stoppedMessage(outcome.hasCheckpoint), now)],
      };
  }
};

/** Takes in what the trainer has told up to `nextOffset`. */
export function tookIn(
  job: TrainingJobRecord,
  { news, nextOffset, now }: { news: TrainerNews; nextOffset: number; now: Date },
): JobChange {
  const advanced = { ...job, ...news.progress, eventOffset: nextOffset };
  const outcome = news.outcome ? ofOutcome(advanced, { outcome: news.outcome, now }) : { job: advanced, events: [] };
  return {
    job: outcome.job,
    events: [...news.events, ...outcome.events],
    metrics: news.metrics,
    ...(news.dropMetricsAfterStep === undefined ? {} : { dropMetricsAfterStep: news.dropMetricsAfterStep }),
  };
}

const withoutProcess = { starter: null, externalId: null, restartAt: null } as const;

/** Ends a job that cannot go on; its process, if there is one, is still to be seen off. */
export const failed = (job: TrainingJobRecord, failure: JobFailure, now: Date): JobChange => ({
  job: { ...job, status: "Failed", failure, endedAt: now, etaSeconds: null, starter: null, restartAt: null },
  events: [statusEvent("Failed", inOrder(failure), now)],
});

export type LossCause = "crashed" | "hung" | "not_started";

const lossWords = {
  crashed: { code: "trainer_crashed", message: "The trainer ended unexpectedly." },
  hung: { code: "trainer_hung", message: "The trainer showed no sign of work any more and was ended." },
  not_started: { code: "trainer_crashed", message: "The trainer could not be started." },
} as const;

export interface LossCircumstances {
  cause: LossCause;
  logTail: string[];
  maxAttempts: number;
  restartSeconds: number;
  now: Date;
}

/** Each crash makes the pause four times as long as the one before. */
const pauseSeconds = (crashes: number, restartSeconds: number): number => restartSeconds * 4 ** (crashes - 1);

/**
 * The process is gone and has not said how the job ended: the job is stopped if that was asked for, and otherwise
 * started again until it has crashed too often.
 */
export function lostProcess(before: TrainingJobRecord, circumstances: LossCircumstances): JobChange {
  const { cause, logTail, maxAttempts, restartSeconds, now } = circumstances;
  const job = { ...before, ...withoutProcess };
  // It had told its end. Whoever let the job go on before the process was gone has it waiting by now.
  if (isFinalJobStatus(job.status) || job.status === "Pending") return { job: { ...job, slot: null }, events: [] };
  if (job.status === "Stopping") {
    return {
      job: { ...job, status: "Stopped", endedAt: now, etaSeconds: null, slot: null },
      events: [statusEvent("Stopped", stoppedMessage(false), now)],
    };
  }
  const crashes = job.crashes + 1;
  const { code, message } = lossWords[cause];
  if (crashes >= maxAttempts) {
    const failure = {
      code,
      message: `${message} It was started ${crashes} ${crashes === 1 ? "time" : "times"}.`,
      remedy: "Read the last lines of its log; when the cause is mended, resume the job.",
      log_tail: logTail,
    };
    return failed({ ...job, crashes, slot: null }, failure, now);
  }
  const pause = pauseSeconds(crashes, restartSeconds);
  return {
    job: { ...job, crashes, etaSeconds: null, restartAt: new Date(now.getTime() + pause * 1000) },
    events: [
      {
        type: "log",
        time: now.toISOString(),
        level: "warning",
        code,
        message: `${message} It is started again in ${pause} s and goes on from its last checkpoint.`,
      },
    ],
  };
}

/** A person asks the job to stop; one that waits is stopped at once. */
export const stopRequested = (job: TrainingJobRecord, now: Date): JobChange =>
  job.status === "Pending"
    ? {
        job: { ...job, status: "Stopped", endedAt: now },
        events: [statusEvent("Stopped", "The job is stopped before its turn came.", now)],
      }
    : {
        job: { ...job, status: "Stopping" },
        events: [statusEvent("Stopping", "The trainer saves a checkpoint and ends.", now)],
      };

/** A person lets the job go on: it waits for a device again, behind those that wait already. */
export const resumed = (job: TrainingJobRecord, now: Date): JobChange => ({
  job: { ...job, status: "Pending", crashes: 0, failure: null, endedAt: null, queuedAt: now },
  events: [statusEvent("Pending", "The job waits to go on.", now)],
});

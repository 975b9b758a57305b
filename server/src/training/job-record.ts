import type { Hyperparameters } from "@llm-tuner/contract/hyperparameters.ts";
import type { JobEvent, JobFailure, JobStatus } from "@llm-tuner/contract/training.ts";
import type { ProcessIdentity } from "../platform/processes/process-identity.ts";

/** How a file is named in the answer to a start; the shape is the contract's. */
export interface JobFileRecord {
  fileName: string;
  tuningInfo: { tuningScript: string; fileName: string; fileType: string };
}

/** A job as the platform knows it: one row of `training_jobs`. */
export interface TrainingJobRecord {
  jobName: string;
  userId: string;
  requestId: string | null;
  status: JobStatus;
  baseModel: string;
  datasetId: string;
  modelId: string | null;
  suffix: string | null;
  hyperparameters: Hyperparameters;
  files: JobFileRecord[];
  warnings: string[];
  /** Fencing token: counts the processes started for this job. */
  attempt: number;
  /** Processes that ended without a word since a person last started or resumed the job. */
  crashes: number;
  slot: number | null;
  /** The server process that is starting the current attempt. */
  starter: ProcessIdentity | null;
  /** What the executor knows the attempt's process by, until that process is gone. */
  externalId: string | null;
  /** When the job is started again after a crash. */
  restartAt: Date | null;
  /** How far the trainer's events have been taken in, in bytes. */
  eventOffset: number;
  lastEventSeq: number;
  step: number;
  totalSteps: number | null;
  etaSeconds: number | null;
  heldOutLossBefore: number | null;
  heldOutLossAfter: number | null;
  failure: JobFailure | null;
  queuedAt: Date;
  claimedAt: Date | null;
  startedAt: Date | null;
  endedAt: Date | null;
  createdAt: Date;
}

/** An event that has not got its number yet. */
export type NewJobEvent = JobEvent extends infer Event ? (Event extends JobEvent ? Omit<Event, "seq"> : never) : never;

export interface JobMetric {
  metric: "train_loss" | "held_out_loss" | "held_out_accuracy" | "learning_rate" | "tokens_per_second";
  step: number;
  value: number;
  time: string;
}

/** What happens to a job in one transaction. */
export interface JobChange {
  /** The whole new state; `lastEventSeq` is counted by the writer. */
  job: TrainingJobRecord;
  events: readonly NewJobEvent[];
  /** Points to be written, at most one for a step of a metric. */
  metrics?: readonly JobMetric[];
  /** The stored curve is cut after this step before the points are written. */
  dropMetricsAfterStep?: number;
}

import type {
  StartTrainingResponse,
  TrainingJob,
  TrainingJobSummary,
  TrainingMetric,
} from "@llm-tuner/contract/training.ts";
import type { z } from "zod";
import type { TrainingJobRecord } from "./job-record.ts";

const isoOrNull = (time: Date | null): string | null => time?.toISOString() ?? null;

const progressOf = ({ status, step, totalSteps }: TrainingJobRecord): number => {
  if (status === "Completed") return 1;
  return totalSteps ? Math.min(1, step / totalSteps) : 0;
};

const durationSeconds = ({ startedAt, endedAt }: TrainingJobRecord, now: Date): number | null =>
  startedAt && ((endedAt ?? now).getTime() - startedAt.getTime()) / 1000;

export interface JobViewParts {
  metrics: TrainingMetric[];
  queuePosition: number | null;
  now: Date;
}

/** A job as the API shows it. */
export const toTrainingJob = (job: TrainingJobRecord, { metrics, queuePosition, now }: JobViewParts): TrainingJob => ({
  job_name: job.jobName,
  status: job.status,
  base_model: job.baseModel,
  dataset_id: job.datasetId,
  creation_time: job.createdAt.toISOString(),
  start_time: isoOrNull(job.startedAt),
  end_time: isoOrNull(job.endedAt),
  duration_seconds: durationSeconds(job, now),
  instance_type: "local",
  failure_reason: job.failure?.message ?? null,
  failure: job.failure,
  // The model lies on this machine, so there is no address in S3.
  model_artifacts_s3_uri: null,
  model_id: job.modelId,
  hyperparameters: job.hyperparameters,
  warnings: job.warnings,
  training_metrics: metrics,
  held_out_loss_before: job.heldOutLossBefore,
  held_out_loss_after: job.heldOutLossAfter,
  estimated_cost: 0,
  step: job.step,
  total_steps: job.totalSteps,
  progress: progressOf(job),
  eta_seconds: job.etaSeconds,
  queue_position: queuePosition,
  attempts: job.attempt,
});

export const toSummary = (job: TrainingJobRecord): TrainingJobSummary => ({
  job_name: job.jobName,
  status: job.status,
  base_model: job.baseModel,
  creation_time: job.createdAt.toISOString(),
  training_start_time: isoOrNull(job.startedAt),
  training_end_time: isoOrNull(job.endedAt),
  progress: progressOf(job),
  model_id: job.modelId,
});

const startMessages = {
  Pending: "The job waits for its turn.",
  InProgress: "The job is running.",
  Stopping: "The job is being stopped.",
  Stopped: "The job is stopped.",
  Completed: "The model is tuned.",
  Failed: "The job has failed.",
} as const;

export const toStartResponse = (job: TrainingJobRecord): z.input<typeof StartTrainingResponse> => ({
  message: startMessages[job.status],
  job_name: job.jobName,
  status: job.status,
  hyperparameters: job.hyperparameters,
  files: job.files,
  warnings: job.warnings,
});

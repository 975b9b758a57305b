import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { Hyperparameters, HyperparameterOverrides } from "./hyperparameters.ts";
import { DatasetMapping } from "./datasets.ts";
import { NextCursor, PageQuery, Timestamp } from "./paging.ts";
import { FailureCode } from "./run-folder.ts";

/** SageMaker's words. `Completed`, `Failed` and `Stopped` are final. */
export const JobStatus = z.enum(["Pending", "InProgress", "Stopping", "Stopped", "Completed", "Failed"]);
export type JobStatus = z.infer<typeof JobStatus>;

const nextStatuses: Record<JobStatus, readonly JobStatus[]> = {
  Pending: ["InProgress", "Stopped", "Failed"],
  InProgress: ["Stopping", "Stopped", "Completed", "Failed"],
  // A job may finish while it is being asked to stop.
  Stopping: ["Stopped", "Completed", "Failed"],
  Stopped: ["Pending"],
  Completed: [],
  Failed: ["Pending"],
};

/** Whether a job may go from one status to another; Stopped and Failed go back to Pending by a resume. */
export const canJobBecome = (from: JobStatus, to: JobStatus): boolean => nextStatuses[from].includes(to);

/** Whether no process works on the job any more. */
export const isFinalJobStatus = (status: JobStatus): boolean =>
  status === "Completed" || status === "Failed" || status === "Stopped";

/** Whether a person may ask the job to stop. */
export const canStopJob = (status: JobStatus): boolean => status === "Pending" || status === "InProgress";

export const JobName = z
  .string()
  .regex(
    /^llm-tune-[a-z0-9][a-z0-9.-]{5,180}$/,
    "must be a job name such as llm-tune-ab12-starter-20261121-100000-local",
  );

export const StartTrainingRequest = z.strictObject({
  hyperparameters: HyperparameterOverrides.default({}),
  files: z
    .array(z.string().min(1).max(300))
    .max(50)
    .default([])
    .meta({ description: "Names or ids of uploaded files. Leave out when `dataset_id` is given." }),
  dataset_id: z.string().max(60).optional(),
  mapping: DatasetMapping.optional(),
  base_model: z.string().min(1).max(200).default("starter"),
  suffix: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, "may hold letters, digits, - and _, at most 64")
    .optional(),
  request_id: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: "Chosen by the client: a repeated start with the same one answers with the same job." }),
});
export type StartTrainingRequest = z.infer<typeof StartTrainingRequest>;

export const JobFile = z.strictObject({
  fileName: z.string(),
  tuningInfo: z.strictObject({ tuningScript: z.string(), fileName: z.string(), fileType: z.string() }),
});

export const StartTrainingResponse = z
  .strictObject({
    message: z.string(),
    job_name: JobName,
    status: JobStatus,
    hyperparameters: Hyperparameters,
    files: z.array(JobFile),
    warnings: z.array(z.string()),
  })
  .meta({ id: "StartTrainingResponse" });

export const MetricName = z.enum([
  "train_loss",
  "held_out_loss",
  "held_out_accuracy",
  "learning_rate",
  "tokens_per_second",
]);

export const TrainingMetric = z
  .strictObject({ metric_name: MetricName, value: z.number(), timestamp: Timestamp, step: z.int().optional() })
  .meta({ id: "TrainingMetric" });
export type TrainingMetric = z.infer<typeof TrainingMetric>;

export const JobFailure = z
  .strictObject({
    code: z.union([FailureCode, z.enum(["trainer_crashed", "trainer_hung", "data_set_invalid", "stopped_by_user"])]),
    message: z.string(),
    remedy: z.string(),
    log_tail: z.array(z.string()),
  })
  .meta({ id: "JobFailure" });
export type JobFailure = z.infer<typeof JobFailure>;

export const TrainingJob = z
  .strictObject({
    job_name: JobName,
    status: JobStatus,
    base_model: z.string(),
    dataset_id: z.string(),
    creation_time: Timestamp,
    start_time: Timestamp.nullable(),
    end_time: Timestamp.nullable(),
    duration_seconds: z.number().nullable(),
    instance_type: z.string(),
    failure_reason: z.string().nullable(),
    failure: JobFailure.nullable(),
    model_artifacts_s3_uri: z.string().nullable(),
    model_id: z.string().nullable(),
    hyperparameters: Hyperparameters,
    warnings: z.array(z.string()),
    training_metrics: z.array(TrainingMetric),
    held_out_loss_before: z.number().nullable(),
    held_out_loss_after: z.number().nullable(),
    estimated_cost: z.number().nullable().meta({ description: "USD; 0 on this machine." }),
    step: z.int(),
    total_steps: z.int().nullable(),
    progress: z.number().min(0).max(1),
    eta_seconds: z.number().nullable(),
    queue_position: z.int().nullable().meta({ description: "1 is next; null when not waiting." }),
    attempts: z.int().meta({ description: "Processes started for this job; more than 1 after a crash or a resume." }),
  })
  .meta({ id: "TrainingJob" });
export type TrainingJob = z.infer<typeof TrainingJob>;

export const TrainingJobSummary = z
  .strictObject({
    job_name: JobName,
    status: JobStatus,
    base_model: z.string(),
    creation_time: Timestamp,
    training_start_time: Timestamp.nullable(),
    training_end_time: Timestamp.nullable(),
    progress: z.number().min(0).max(1),
    model_id: z.string().nullable(),
  })
  .meta({ id: "TrainingJobSummary" });
export type TrainingJobSummary = z.infer<typeof TrainingJobSummary>;

const jobEvent = { seq: z.int().min(1), time: Timestamp };

/**
 * One server-sent event of a job: `id:` is `seq`, `event:` is `type`, `data:` is this object. After `resumed` a client
 * drops every step and evaluation later than `from_step`, for they are run and sent again.
 */
export const JobEvent = z
  .discriminatedUnion("type", [
    z.strictObject({ ...jobEvent, type: z.literal("status"), status: JobStatus, message: z.string() }),
    z.strictObject({
      ...jobEvent,
      type: z.literal("planned"),
      total_steps: z.int(),
      parameters: z.int(),
      trainable_parameters: z.int(),
    }),
    z.strictObject({ ...jobEvent, type: z.literal("resumed"), from_step: z.int() }),
    z.strictObject({
      ...jobEvent,
      type: z.literal("step"),
      step: z.int(),
      total_steps: z.int(),
      epoch: z.number(),
      loss: z.number(),
      learning_rate: z.number(),
      tokens_per_second: z.number(),
      eta_seconds: z.number(),
    }),
    z.strictObject({
      ...jobEvent,
      type: z.literal("evaluation"),
      step: z.int(),
      phase: z.enum(["before", "during", "after"]),
      loss: z.number(),
      token_accuracy: z.number(),
    }),
    z.strictObject({ ...jobEvent, type: z.literal("checkpoint"), step: z.int() }),
    z.strictObject({
      ...jobEvent,
      type: z.literal("log"),
      level: z.enum(["info", "warning", "error"]),
      code: z.string().nullable(),
      message: z.string(),
    }),
  ])
  .meta({ id: "JobEvent" });
export type JobEvent = z.infer<typeof JobEvent>;

const common = { tag: "Tuning", dialect: "platform", access: "caller" } as const;
const byName = z.strictObject({ job_name: JobName });

export const startTraining = defineEndpoint({
  ...common,
  id: "startTraining",
  summary: "Tune a model on this machine (`Prefer: wait` holds the answer until the job ends)",
  method: "POST",
  path: "/api/start-training",
  scope: "training:write",
  rateClass: "spend",
  body: StartTrainingRequest,
  responses: { 202: { description: "The job is queued", schema: StartTrainingResponse } },
});

export const getTrainingJob = defineEndpoint({
  ...common,
  id: "getTrainingJob",
  summary: "One job with its metrics",
  method: "GET",
  path: "/api/training-job/{job_name}",
  scope: "training:read",
  rateClass: "read",
  params: byName,
  responses: { 200: { description: "The job", schema: TrainingJob } },
});

export const watchTrainingJob = defineEndpoint({
  ...common,
  id: "watchTrainingJob",
  summary: "Server-sent events of a job from the start, or from `Last-Event-ID`",
  method: "GET",
  path: "/api/training-job/{job_name}/events",
  scope: "training:read",
  rateClass: "read",
  params: byName,
  responses: { 200: { description: "A stream of JobEvent", contentType: "text/event-stream", schema: JobEvent } },
});

export const listTrainingJobs = defineEndpoint({
  ...common,
  id: "listTrainingJobs",
  summary: "Your jobs, newest first",
  method: "GET",
  path: "/api/training-jobs",
  scope: "training:read",
  rateClass: "read",
  query: PageQuery.extend({ status: JobStatus.optional() }),
  responses: {
    200: {
      description: "A page of jobs",
      schema: z
        .strictObject({ training_jobs: z.array(TrainingJobSummary), next_cursor: NextCursor })
        .meta({ id: "TrainingJobList" }),
    },
  },
});

export const stopTrainingJob = defineEndpoint({
  ...common,
  id: "stopTrainingJob",
  summary: "Stop a job; a checkpoint is kept",
  method: "POST",
  path: "/api/stop-training-job/{job_name}",
  scope: "training:write",
  rateClass: "write",
  params: byName,
  responses: {
    200: {
      description: "The job is stopping (or was still waiting and is stopped)",
      schema: z
        .strictObject({ job_name: JobName, status: z.enum(["Stopping", "Stopped"]), stopped_at: Timestamp })
        .meta({ id: "StopTrainingResponse" }),
    },
  },
});

export const resumeTrainingJob = defineEndpoint({
  ...common,
  id: "resumeTrainingJob",
  summary: "Go on from the last checkpoint of a stopped or failed job",
  method: "POST",
  path: "/api/resume-training-job/{job_name}",
  scope: "training:write",
  rateClass: "spend",
  params: byName,
  responses: { 202: { description: "The job is queued again", schema: TrainingJobSummary } },
});

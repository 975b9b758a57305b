import type { TuningMethod } from "@llm-tuner/contract/hyperparameters.ts";
import type { Deployment } from "@llm-tuner/contract/models.ts";
import type { JobStatus } from "@llm-tuner/contract/training.ts";
import type { Queryable } from "../platform/database/database.ts";

/** What the models need to know of a job. */
export interface FinishedJob {
  jobName: string;
  userId: string;
  status: JobStatus;
  baseModel: string;
  datasetId: string;
  suffix: string | null;
  hyperparameters: { method: TuningMethod };
  heldOutLossBefore: number | null;
  heldOutLossAfter: number | null;
  modelId: string | null;
}

export interface FinishedJobs {
  findJob(jobName: string): Promise<FinishedJob | undefined>;
  /** Writes the model's id to its job. */
  linkModel(transaction: Queryable, jobName: string, modelId: string): Promise<void>;
}

/** Answered by the endpoints, which stand below the models. */
export interface ModelDeployments {
  deploymentsOf(modelIds: readonly string[]): Promise<ReadonlyMap<string, Deployment>>;
  /** Takes a model down: resolves when nothing uses its files any more. */
  takeDown(modelId: string): Promise<void>;
}

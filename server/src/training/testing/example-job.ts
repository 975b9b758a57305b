import type { Hyperparameters } from "@llm-tuner/contract/hyperparameters.ts";
import type { TrainingJobRecord } from "../job-record.ts";

export const exampleHyperparameters: Hyperparameters = {
  learning_rate: 0.001,
  batch_size: 2,
  epochs: 1,
  optimizer: "adamw",
  weight_decay: 0.01,
  max_sequence_length: 64,
  method: "full",
  lora_rank: 8,
  lora_alpha: 16,
  lora_dropout: 0,
  warmup_ratio: 0,
  scheduler: "constant",
  gradient_clip: 1,
  seed: 1,
};

const created = new Date("2026-11-21T10:00:00.000Z");

/** A job that has just been queued, but for what `differences` say. */
export const exampleJob = (differences: Partial<TrainingJobRecord> = {}): TrainingJobRecord => ({
  jobName: "llm-tune-abcdef-starter-20261121-100000-local",
  userId: "user_abcdef0123456789",
  requestId: null,
  status: "Pending",
  baseModel: "starter",
  datasetId: "ds_abcdef0123456789",
  modelId: null,
  suffix: null,
  hyperparameters: exampleHyperparameters,
  files: [],
  warnings: [],
  attempt: 0,
  crashes: 0,
  slot: null,
  starter: null,
  externalId: null,
  restartAt: null,
  eventOffset: 0,
  lastEventSeq: 1,
  step: 0,
  totalSteps: null,
  etaSeconds: null,
  heldOutLossBefore: null,
  heldOutLossAfter: null,
  failure: null,
  queuedAt: created,
  claimedAt: null,
  startedAt: null,
  endedAt: null,
  createdAt: created,
  ...differences,
});

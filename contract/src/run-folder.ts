import { z } from "zod";
import { Hyperparameters } from "./hyperparameters.ts";

/**
 * The run folder: the only thing that the platform and the trainer share. The same folder is used on this
 * machine, in an object store (SageMaker) and on a volume (Kubernetes).
 *
 *   job.json              written by the platform before the start; never changed by the trainer
 *   data/train.jsonl      one TrainingExample a line
 *   data/held-out.jsonl   the same; never trained on
 *   events.jsonl          appended by the trainer, one TrainerEvent a line; the last line may be torn by a crash
 *   heartbeat.json        Heartbeat, replaced by write-then-rename while the trainer makes progress
 *   log.txt               the trainer's standard output and error, for people
 *   checkpoints/step-N/   complete folders only (written under a hidden name, then renamed)
 *   model/                the tuned model with tokenizer, template and manifest.json (ModelManifest)
 *   parity.json           ParityRecord: what the trainer's own model answers to the golden prompts
 */
export const runFolderSchemaVersion = 1;

/** Paths inside a run folder. */
export const runFolderPaths = {
  job: "job.json",
  train: "data/train.jsonl",
  heldOut: "data/held-out.jsonl",
  events: "events.jsonl",
  heartbeat: "heartbeat.json",
  log: "log.txt",
  checkpoints: "checkpoints",
  model: "model",
  manifest: "model/manifest.json",
  parity: "parity.json",
} as const;

/** Exit codes of `python -m llm_tuner_trainer run`. Any other code, or a signal, means that it crashed. */
export const trainerExitCodes = { completed: 0, failed: 1, stopped: 3 } as const;

export const ChatMessage = z
  .strictObject({
    role: z.enum(["system", "user", "assistant"]),
    content: z.string(),
    weight: z
      .union([z.literal(0), z.literal(1)])
      .optional()
      .meta({ description: "On assistant messages: 0 keeps the message out of the loss. 1 when absent." }),
  })
  .meta({ id: "ChatMessage" });
export type ChatMessage = z.infer<typeof ChatMessage>;

/** One line of a data file: a chat, or a plain text. The loss covers the assistant's words, or the whole text. */
export const TrainingExample = z
  .union([z.strictObject({ messages: z.array(ChatMessage).min(1) }), z.strictObject({ text: z.string().min(1) })])
  .meta({ id: "TrainingExample" });
export type TrainingExample = z.infer<typeof TrainingExample>;

/** Where the base model comes from: a folder in Hugging Face layout, or a repository of the hub. */
export const ModelSource = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("folder"), path: z.string().min(1) }),
    z.strictObject({ kind: z.literal("hub"), repository: z.string().min(1), revision: z.string().min(1) }),
  ])
  .meta({ id: "ModelSource" });
export type ModelSource = z.infer<typeof ModelSource>;

export const RunJob = z
  .strictObject({
    schema_version: z.literal(runFolderSchemaVersion),
    job_name: z.string().min(1),
    task: z.enum(["train", "tokenize"]).meta({
      description: "`tokenize` counts the tokens of the data with the base model's tokenizer and template, then ends.",
    }),
    base_model: z.strictObject({ name: z.string().min(1), source: ModelSource }),
    hyperparameters: Hyperparameters,
    evaluations: z.int().min(0).max(1000).meta({ description: "Held-out evaluations between the first and the last." }),
    checkpoint_every_seconds: z.number().positive(),
    checkpoints_kept: z.int().min(1).max(100),
    golden_prompts: z.int().min(0).max(32).meta({ description: "Prompts of the parity record, from held-out data." }),
    device: z.enum(["auto", "cpu", "cuda", "mps"]),
    threads: z.int().min(0).max(1024).meta({ description: "CPU threads; 0 leaves the choice to the trainer." }),
  })
  .meta({ id: "RunJob" });
export type RunJob = z.infer<typeof RunJob>;

/** `[{up_to: 64, examples: 12}, …]`: examples with at most `up_to` tokens and more than the bucket before. */
export const TokenHistogram = z
  .array(z.strictObject({ up_to: z.int(), examples: z.int() }))
  .max(40)
  .meta({ id: "TokenHistogram" });

const PartCounts = z
  .strictObject({
    examples: z.int(),
    tokens: z.int(),
    supervised_tokens: z.int(),
    truncated_examples: z.int(),
    longest_example_tokens: z.int(),
    histogram: TokenHistogram,
  })
  .meta({ id: "PartCounts" });

/** Why a run failed. Each has a remedy in plain words in the event that carries it. */
export const FailureCode = z
  .enum([
    "job_invalid",
    "data_invalid",
    "base_model_unavailable",
    "base_model_unsupported",
    "licence_required",
    "out_of_memory",
    "disk_full",
    "loss_diverged",
    "checkpoint_invalid",
    "internal",
  ])
  .meta({ id: "FailureCode" });
export type FailureCode = z.infer<typeof FailureCode>;

const stamped = {
  seq: z.int().min(1).meta({ description: "1, 2, 3 … over the whole life of the folder, resumes included." }),
  time: z.iso.datetime(),
  attempt: z.int().min(1).meta({ description: "Counts the processes that worked on this folder." }),
};

export const StartedEvent = z.strictObject({
  ...stamped,
  type: z.literal("started"),
  task: z.enum(["train", "tokenize"]),
  device: z.string(),
  precision: z.string(),
  versions: z.record(z.string(), z.string()),
});

export const TokenizedEvent = z.strictObject({
  ...stamped,
  type: z.literal("tokenized"),
  context_window: z.int(),
  max_sequence_length: z.int().meta({ description: "After clipping to what the model allows." }),
  train: PartCounts,
  held_out: PartCounts,
});

export const PlannedEvent = z.strictObject({
  ...stamped,
  type: z.literal("planned"),
  total_steps: z.int(),
  parameters: z.int(),
  trainable_parameters: z.int(),
});

export const ResumedEvent = z.strictObject({
  ...stamped,
  type: z.literal("resumed"),
  from_step: z.int().min(0).meta({ description: "Every step after this one is run again: drop what is known of it." }),
});

export const StepEvent = z.strictObject({
  ...stamped,
  type: z.literal("step"),
  step: z.int().min(1),
  total_steps: z.int().min(1),
  epoch: z.number(),
  loss: z.number(),
  learning_rate: z.number(),
  grad_norm: z.number(),
  supervised_tokens: z.int(),
  tokens_per_second: z.number(),
  eta_seconds: z.number(),
});

export const EvaluationEvent = z.strictObject({
  ...stamped,
  type: z.literal("evaluation"),
  step: z.int().min(0),
  phase: z.enum(["before", "during", "after"]),
  loss: z.number(),
  token_accuracy: z.number(),
  examples: z.int(),
});

export const CheckpointEvent = z.strictObject({
  ...stamped,
  type: z.literal("checkpoint"),
  step: z.int().min(0),
  path: z.string(),
  bytes: z.int(),
});

export const LogEvent = z.strictObject({
  ...stamped,
  type: z.literal("log"),
  level: z.enum(["info", "warning", "error"]),
  code: z.string().nullable(),
  message: z.string(),
});

export const SavedEvent = z.strictObject({
  ...stamped,
  type: z.literal("saved"),
  path: z.string(),
  bytes: z.int(),
});

export const CompletedEvent = z.strictObject({
  ...stamped,
  type: z.literal("completed"),
  steps: z.int(),
  train_seconds: z.number(),
  trained_tokens: z.int(),
  held_out_loss_before: z.number().nullable(),
  held_out_loss_after: z.number().nullable(),
});

export const StoppedEvent = z.strictObject({
  ...stamped,
  type: z.literal("stopped"),
  step: z.int().min(0),
  checkpoint: z.string().nullable(),
});

export const FailedEvent = z.strictObject({
  ...stamped,
  type: z.literal("failed"),
  code: FailureCode,
  message: z.string(),
  remedy: z.string(),
  log_tail: z.array(z.string()).max(200),
});

/** One line of `events.jsonl`. `completed`, `stopped` and `failed` are final for the attempt. */
export const TrainerEvent = z
  .discriminatedUnion("type", [
    StartedEvent,
    TokenizedEvent,
    PlannedEvent,
    ResumedEvent,
    StepEvent,
    EvaluationEvent,
    CheckpointEvent,
    LogEvent,
    SavedEvent,
    CompletedEvent,
    StoppedEvent,
    FailedEvent,
  ])
  .meta({ id: "TrainerEvent" });
export type TrainerEvent = z.infer<typeof TrainerEvent>;

/** Says that the process `pid` was at work at `time`; `phase` tells a hung load from a hung step. */
export const Heartbeat = z
  .strictObject({ pid: z.int(), attempt: z.int(), time: z.iso.datetime(), phase: z.string(), step: z.int() })
  .meta({ id: "Heartbeat" });
export type Heartbeat = z.infer<typeof Heartbeat>;

/** What the trainer's own model, still in memory, answers greedily; serving must give the same token ids. */
export const ParityRecord = z
  .strictObject({
    schema_version: z.literal(runFolderSchemaVersion),
    prompts: z.array(
      z.strictObject({
        messages: z.array(ChatMessage),
        max_tokens: z.int(),
        prompt_token_ids: z.array(z.int()),
        output_token_ids: z.array(z.int()),
      }),
    ),
  })
  .meta({ id: "ParityRecord" });
export type ParityRecord = z.infer<typeof ParityRecord>;

/** `model/manifest.json`: everything that serving needs besides the weights, and where they came from. */
export const ModelManifest = z
  .strictObject({
    schema_version: z.literal(runFolderSchemaVersion),
    kind: z.enum(["full", "adapter"]),
    architecture: z.string(),
    base_model: z.strictObject({ name: z.string(), source: ModelSource }),
    base_model_sha256: z.string().meta({ description: "Of the base model's weight files, in name order." }),
    eos_token_ids: z.array(z.int()).min(1),
    context_window: z.int(),
    template_sha256: z.string(),
    train_data_sha256: z.string(),
    parameters: z.int(),
    versions: z.record(z.string(), z.string()),
  })
  .meta({ id: "ModelManifest" });
export type ModelManifest = z.infer<typeof ModelManifest>;

/**
 * `serve.json` in a serving folder: what `python -m llm_tuner_trainer serve <folder>` loads. Everything is
 * served on 127.0.0.1 to holders of `token`; the worker writes `serving.json` when it can answer.
 */
export const ServeJob = z
  .strictObject({
    schema_version: z.literal(runFolderSchemaVersion),
    model: z.string().min(1).meta({ description: "Name that the worker answers to." }),
    base_model: z.strictObject({ name: z.string().min(1), source: ModelSource }),
    artefact: z
      .string()
      .nullable()
      .meta({ description: "A run folder's model/ by absolute path; null serves the base." }),
    token: z.string().min(32),
    device: z.enum(["auto", "cpu", "cuda", "mps"]),
    threads: z.int().min(0).max(1024),
    max_batch: z.int().min(1).max(256),
    max_queue: z.int().min(1).max(10_000),
  })
  .meta({ id: "ServeJob" });
export type ServeJob = z.infer<typeof ServeJob>;

export const ServingAnnouncement = z
  .strictObject({ pid: z.int(), port: z.int().min(1).max(65_535), context_window: z.int(), time: z.iso.datetime() })
  .meta({ id: "ServingAnnouncement" });
export type ServingAnnouncement = z.infer<typeof ServingAnnouncement>;

/** Paths inside a serving folder. */
export const serveFolderPaths = { job: "serve.json", announcement: "serving.json", log: "log.txt" } as const;

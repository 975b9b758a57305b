import { z } from "zod";

/** How the weights are changed: all of them, or a low-rank adapter beside them (LoRA, Hu et al. 2021). */
export const TuningMethod = z.enum(["full", "lora"]);
export type TuningMethod = z.infer<typeof TuningMethod>;

export const Optimizer = z.enum(["adam", "adamw", "sgd"]);

/**
 * Settings of one tuning run, complete. A request may leave any of them out; the base model's defaults fill in.
 * `batch_size` counts examples per optimizer step; micro-batches inside a step are cut by token budget.
 */
export const Hyperparameters = z
  .strictObject({
    learning_rate: z.number().positive().max(1),
    batch_size: z.int().min(1).max(1024),
    epochs: z.int().min(1).max(100),
    optimizer: Optimizer,
    weight_decay: z.number().min(0).max(1),
    max_sequence_length: z.int().min(8).max(131_072),
    method: TuningMethod,
    lora_rank: z.int().min(1).max(512),
    lora_alpha: z.number().positive().max(2048),
    lora_dropout: z.number().min(0).max(0.9),
    warmup_ratio: z.number().min(0).max(0.5),
    scheduler: z.enum(["constant", "linear", "cosine"]),
    gradient_clip: z.number().min(0).max(1000).meta({ description: "Largest gradient norm; 0 switches clipping off." }),
    seed: z.int().min(0).max(2_147_483_647),
  })
  .meta({ id: "Hyperparameters" });
export type Hyperparameters = z.infer<typeof Hyperparameters>;

/** What a request may set. Unknown names are refused, so that a misspelt one is not silently ignored. */
export const HyperparameterOverrides = Hyperparameters.partial().meta({ id: "HyperparameterOverrides" });
export type HyperparameterOverrides = z.infer<typeof HyperparameterOverrides>;

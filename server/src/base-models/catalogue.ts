import type { Hyperparameters } from "@llm-tuner/contract/hyperparameters.ts";

const common = {
  method: "full",
  lora_rank: 16,
  lora_alpha: 32,
  lora_dropout: 0.05,
  gradient_clip: 1,
  seed: 42,
} as const satisfies Partial<Hyperparameters>;

/** For the bundled model: learns a few hundred to a few thousand short rows in under four minutes on two cores. */
export const starterDefaults: Hyperparameters = {
  ...common,
  learning_rate: 2e-3,
  batch_size: 16,
  epochs: 8,
  optimizer: "adamw",
  weight_decay: 0.01,
  max_sequence_length: 512,
  warmup_ratio: 0.05,
  scheduler: "cosine",
};

/** The settings of a GPT-2 run that the platform's API has always had. */
export const gpt2Defaults: Hyperparameters = {
  ...common,
  learning_rate: 1e-3,
  batch_size: 32,
  epochs: 10,
  optimizer: "adam",
  weight_decay: 0.01,
  max_sequence_length: 2048,
  warmup_ratio: 0.03,
  scheduler: "linear",
};

/** For models of unknown size: an adapter fits where all weights with their optimizer state would not. */
export const generalDefaults: Hyperparameters = {
  ...common,
  method: "lora",
  learning_rate: 2e-4,
  batch_size: 16,
  epochs: 3,
  optimizer: "adamw",
  weight_decay: 0.01,
  max_sequence_length: 1024,
  warmup_ratio: 0.03,
  scheduler: "cosine",
};

export interface HubModel {
  name: string;
  title: string;
  description: string;
  repository: string;
  parameters: number;
  context_window: number;
}

/** Models of the hub that are known by name; sizes as counted in their published weights. */
export const hubModels: readonly HubModel[] = [
  {
    name: "distilgpt2",
    title: "DistilGPT-2",
    description: "A smaller GPT-2, distilled: half the layers, twice the speed. English.",
    repository: "distilbert/distilgpt2",
    parameters: 81_912_576,
    context_window: 1024,
  },
  {
    name: "gpt2",
    title: "GPT-2 (small)",
    description: "OpenAI's GPT-2 with 124 million parameters. English.",
    repository: "openai-community/gpt2",
    parameters: 124_439_808,
    context_window: 1024,
  },
  {
    name: "gpt2-medium",
    title: "GPT-2 (medium)",
    description: "OpenAI's GPT-2 with 355 million parameters. English.",
    repository: "openai-community/gpt2-medium",
    parameters: 354_823_168,
    context_window: 1024,
  },
  {
    name: "gpt2-large",
    title: "GPT-2 (large)",
    description: "OpenAI's GPT-2 with 774 million parameters. English.",
    repository: "openai-community/gpt2-large",
    parameters: 774_030_080,
    context_window: 1024,
  },
  {
    name: "gpt2-xl",
    title: "GPT-2 (XL)",
    description: "OpenAI's GPT-2 with 1.6 billion parameters. English.",
    repository: "openai-community/gpt2-xl",
    parameters: 1_557_611_200,
    context_window: 1024,
  },
];

import type { DatasetReport } from "@llm-tuner/contract/datasets.ts";
import { Hyperparameters, type HyperparameterOverrides } from "@llm-tuner/contract/hyperparameters.ts";
import type { TrainingBaseModel } from "./ports.ts";

export interface HyperparameterChoice {
  hyperparameters: Hyperparameters;
  /** What a person may not expect, in plain words. */
  warnings: string[];
}

const loraSettings = ["lora_rank", "lora_alpha", "lora_dropout"] as const;

/** Fills what the request leaves out from the base model's defaults, and clips the sequence to what the model allows. */
export function chooseHyperparameters(
  overrides: HyperparameterOverrides,
  { context_window, default_hyperparameters }: TrainingBaseModel,
): HyperparameterChoice {
  const hyperparameters = Hyperparameters.parse({ ...default_hyperparameters, ...overrides });
  const warnings: string[] = [];
  if (context_window !== null && hyperparameters.max_sequence_length > context_window) {
    warnings.push(
      `max_sequence_length is clipped from ${hyperparameters.max_sequence_length} to ${context_window} tokens, ` +
        "the most that this base model can read at once.",
    );
    hyperparameters.max_sequence_length = context_window;
  }
  const idle = loraSettings.filter((name) => overrides[name] !== undefined);
  if (hyperparameters.method === "full" && idle.length > 0) {
    warnings.push(`${idle.join(", ")} have no effect, because method is full.`);
  }
  return { hyperparameters, warnings };
}

/** Optimizer steps of a whole run. */
export const stepsOf = ({ epochs, batch_size }: Hyperparameters, { train_examples }: DatasetReport): number =>
  epochs * Math.ceil(train_examples / batch_size);

/** What is remarkable about settings and data together. */
export function dataWarnings({ batch_size }: Hyperparameters, report: DatasetReport): string[] {
  const warnings: string[] = [];
  const truncated = report.train.truncated_examples + report.held_out.truncated_examples;
  if (truncated > 0) {
    warnings.push(
      `${truncated} of ${report.examples} examples are longer than the model can read at once and are cut; ` +
        `the longest has ${Math.max(report.train.longest_example_tokens, report.held_out.longest_example_tokens)} tokens.`,
    );
  }
  if (report.train_examples < batch_size) {
    warnings.push(
      `batch_size is ${batch_size}, but there are only ${report.train_examples} examples to learn from: each step sees all of them.`,
    );
  }
  if (report.held_out_examples === 0) warnings.push("No examples are held out, so the result cannot be measured.");
  return warnings;
}

import type { DatasetReport, TokenCounts } from "@llm-tuner/contract/datasets.ts";
import { describe, expect, it } from "vitest";
import { chooseHyperparameters, dataWarnings, stepsOf } from "./hyperparameter-choice.ts";
import { exampleHyperparameters } from "./testing/example-job.ts";

const baseModel = {
  name: "starter",
  context_window: 512,
  default_hyperparameters: exampleHyperparameters,
  source: { kind: "folder", path: "/models/starter" } as const,
};

const counts = (differences: Partial<TokenCounts> = {}): TokenCounts => ({
  examples: 9,
  tokens: 90,
  supervised_tokens: 45,
  truncated_examples: 0,
  longest_example_tokens: 20,
  histogram: [],
  ...differences,
});

const report = (differences: Partial<DatasetReport> = {}): DatasetReport => ({
  format: ".csv",
  mapping: { kind: "messages" },
  automatic_mapping: true,
  rows: 10,
  examples: 10,
  train_examples: 9,
  held_out_examples: 1,
  duplicate_rows: 0,
  empty_rows: 0,
  problems: [],
  train: counts(),
  held_out: counts({ examples: 1 }),
  ...differences,
});

describe("the choice of hyperparameters", () => {
  it("takes the base model's defaults for what the request leaves out", () => {
    const { hyperparameters, warnings } = chooseHyperparameters({ epochs: 7 }, baseModel);
    expect(hyperparameters).toEqual({ ...exampleHyperparameters, epochs: 7 });
    expect(warnings).toEqual([]);
  });

  it("clips the sequence to what the model allows, and says so", () => {
    const { hyperparameters, warnings } = chooseHyperparameters({ max_sequence_length: 2048 }, baseModel);
    expect(hyperparameters.max_sequence_length).toBe(512);
    expect(warnings).toEqual([expect.stringMatching(/max_sequence_length is clipped from 2048 to 512/)]);
  });

  it("clips nothing when the model's limit is not known yet", () => {
    const unread = { ...baseModel, context_window: null };
    expect(chooseHyperparameters({ max_sequence_length: 2048 }, unread).hyperparameters.max_sequence_length).toBe(2048);
  });

  it("says which settings have no effect", () => {
    const { warnings } = chooseHyperparameters({ lora_rank: 4, lora_dropout: 0.1 }, baseModel);
    expect(warnings).toEqual(["lora_rank, lora_dropout have no effect, because method is full."]);
    expect(chooseHyperparameters({ method: "lora", lora_rank: 4 }, baseModel).warnings).toEqual([]);
  });
});

describe("settings and data together", () => {
  it("give the number of steps, a last small batch included", () => {
    const hyperparameters = { ...exampleHyperparameters, epochs: 3, batch_size: 4 };
    expect(stepsOf(hyperparameters, report())).toBe(9);
  });

  it("warn of cut examples, of a batch larger than the data and of nothing held out", () => {
    expect(dataWarnings(exampleHyperparameters, report())).toEqual([]);
    const cut = report({ train: counts({ truncated_examples: 2, longest_example_tokens: 900 }) });
    expect(dataWarnings(exampleHyperparameters, cut)).toEqual([expect.stringMatching(/^2 of 10 .* 900 tokens\.$/)]);
    expect(dataWarnings({ ...exampleHyperparameters, batch_size: 32 }, report())).toEqual([
      expect.stringContaining("only 9 examples"),
    ]);
    expect(dataWarnings(exampleHyperparameters, report({ held_out_examples: 0 }))).toEqual([
      expect.stringContaining("cannot be measured"),
    ]);
  });
});

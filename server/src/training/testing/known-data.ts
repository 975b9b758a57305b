import type { Dataset, DatasetReport } from "@llm-tuner/contract/datasets.ts";
import { newId } from "../../platform/ids.ts";
import type { TrainingDatasets, TrainingFile, TrainingFiles } from "../ports.ts";
import { jobNotFound } from "../training.errors.ts";
import { writeExampleData } from "./supervision.ts";

const counts = {
  examples: 9,
  tokens: 90,
  supervised_tokens: 45,
  truncated_examples: 0,
  longest_example_tokens: 20,
  histogram: [],
};

const report: DatasetReport = {
  format: ".csv",
  mapping: { kind: "messages" },
  automatic_mapping: true,
  rows: 10,
  examples: 10,
  train_examples: 9,
  held_out_examples: 1,
  duplicate_rows: 0,
  empty_rows: 0,
  problems: [{ code: "empty_row", message: "The row is empty.", line: 7, excerpt: ",,," }],
  train: counts,
  held_out: { ...counts, examples: 1 },
};

/**
 * The two ports through which training reaches data, with files that are known by their names: the check of one called
 * `invalid.csv` fails, that of `slow.csv` does not end.
 */
export function createKnownData() {
  const files = new Map<string, TrainingFile & { userId: string }>();
  const datasets = new Map<string, Dataset & { userId: string }>();

  const filesPort: TrainingFiles = {
    async findByNameOrId(userId, nameOrId) {
      const own = [...files.values()].filter((file) => file.userId === userId);
      return own.find(({ id, originalName }) => id === nameOrId || originalName === nameOrId);
    },
  };

  const datasetsPort: TrainingDatasets = {
    async create(userId, { file_ids, base_model }) {
      const name = files.get(file_ids[0] ?? "")?.originalName ?? "";
      const status = name === "invalid.csv" ? "invalid" : name === "slow.csv" ? "checking" : "ready";
      const dataset = {
        id: newId("dataset"),
        userId,
        name,
        file_ids,
        base_model,
        status,
        progress: 1,
        error: status === "invalid" ? { code: "unclosed_quote", message: "Line 7 never ends." } : null,
        report: status === "checking" ? null : report,
        created_at: new Date().toISOString(),
      } as const;
      datasets.set(dataset.id, dataset);
      return dataset;
    },
    async getOwned(userId, id) {
      const dataset = datasets.get(id);
      if (dataset?.userId !== userId) throw jobNotFound();
      return dataset;
    },
    async waitUntilChecked(id) {
      const dataset = datasets.get(id);
      if (!dataset) throw jobNotFound();
      return dataset;
    },
    writeRunData: writeExampleData,
    async remove(_userId, id) {
      datasets.delete(id);
    },
  };

  return {
    files: filesPort,
    datasets: datasetsPort,
    addFile(userId: string, originalName: string): string {
      const id = newId("file");
      files.set(id, { id, originalName, type: ".csv", userId });
      return id;
    },
    /** Ids of the data sets that there are. */
    datasetIds: () => [...datasets.keys()],
  };
}

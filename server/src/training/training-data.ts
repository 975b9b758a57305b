import type { Dataset, DatasetReport } from "@llm-tuner/contract/datasets.ts";
import type { StartTrainingRequest } from "@llm-tuner/contract/training.ts";
import type { JobFileRecord } from "./job-record.ts";
import type { TrainingDatasets, TrainingFile, TrainingFiles } from "./ports.ts";
import { dataMissing, dataNamedTwice, datasetInvalid, datasetStillChecked, unknownFile } from "./training.errors.ts";

/** Data that has been checked and found fit. */
export interface ReadyData {
  datasetId: string;
  report: DatasetReport;
  files: JobFileRecord[];
  /** Removes the data set again if this start made it; for a start that comes to nothing. */
  undo(): Promise<void>;
}

export interface TrainingDataDependencies {
  files: TrainingFiles;
  datasets: TrainingDatasets;
}

/** An answer can be held for so long without a proxy giving it up. */
const longestWaitMs = 20_000;

type DataRequest = Pick<StartTrainingRequest, "files" | "dataset_id" | "mapping" | "base_model">;

const toJobFile = ({ originalName, type }: TrainingFile): JobFileRecord => ({
  fileName: originalName,
  tuningInfo: { tuningScript: "llm_tuner_trainer", fileName: originalName, fileType: type },
});

/** Finds or makes the data set that a start asks for, and waits until it is checked. */
export function provideData(
  dependencies: TrainingDataDependencies,
  userId: string,
  request: DataRequest,
): Promise<ReadyData> {
  const { dataset_id, files, mapping } = request;
  if (dataset_id === undefined) return fromFiles(dependencies, userId, request);
  if (files.length > 0) throw dataNamedTwice("files");
  if (mapping !== undefined) throw dataNamedTwice("mapping");
  return fromDataset(dependencies, userId, dataset_id);
}

async function fromDataset(
  { datasets, files }: TrainingDataDependencies,
  userId: string,
  datasetId: string,
): Promise<ReadyData> {
  const { id } = await datasets.getOwned(userId, datasetId);
  const dataset = await datasets.waitUntilChecked(id, longestWaitMs);
  if (dataset.status === "invalid") throw datasetInvalid(dataset);
  // A file may have been deleted since; the data set holds its own copy of what was in it.
  const found = await Promise.all(dataset.file_ids.map((fileId) => files.findByNameOrId(userId, fileId)));
  const known = found.filter((file) => file !== undefined);
  return { datasetId: id, report: reportOf(dataset), files: known.map(toJobFile), undo: async () => {} };
}

async function fromFiles(
  { datasets, files }: TrainingDataDependencies,
  userId: string,
  { files: names, mapping, base_model }: DataRequest,
): Promise<ReadyData> {
  if (names.length === 0) throw dataMissing();
  const found: TrainingFile[] = [];
  for (const [index, name] of names.entries()) {
    const file = await files.findByNameOrId(userId, name);
    if (!file) throw unknownFile(index, name);
    found.push(file);
  }
  const dataset = await datasets.createChecked(userId, {
    file_ids: found.map((file) => file.id),
    base_model,
    held_out_fraction: 0.1,
    ...(mapping ? { mapping } : {}),
  });
  return {
    datasetId: dataset.id,
    report: reportOf(dataset),
    files: found.map(toJobFile),
    undo: () => datasets.remove(userId, dataset.id),
  };
}

function reportOf({ id, report }: Dataset): DatasetReport {
  if (!report) throw datasetStillChecked(id);
  return report;
}

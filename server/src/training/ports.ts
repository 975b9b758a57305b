import type { BaseModel } from "@llm-tuner/contract/base-models.ts";
import type { CreateDatasetRequest, Dataset } from "@llm-tuner/contract/datasets.ts";
import type { ModelSource } from "@llm-tuner/contract/run-folder.ts";

export interface TrainingBaseModel extends Pick<BaseModel, "name" | "context_window" | "default_hyperparameters"> {
  source: ModelSource;
}

/** What training needs of the base models. */
export interface TrainingBaseModels {
  /** The model of that name; throws a 422 when there is none. */
  demand(name: string): TrainingBaseModel;
}

/** What training needs of the files. */
export interface TrainingFiles {
  findByNameOrId(userId: string, nameOrId: string): Promise<TrainingFile | undefined>;
}

export interface TrainingFile {
  id: string;
  originalName: string;
  type: string;
}

/** What training needs of the data sets. */
export interface TrainingDatasets {
  /** Ready, or still being checked after the longest wait; throws what is wrong with the data, and keeps nothing then. */
  createChecked(userId: string, request: CreateDatasetRequest): Promise<Dataset>;
  getOwned(userId: string, id: string): Promise<Dataset>;
  /** The data set as soon as its check has ended, or as it is when the time is over. */
  waitUntilChecked(id: string, timeoutMs: number): Promise<Dataset>;
  writeRunData(id: string, runFolder: string): Promise<void>;
  remove(userId: string, id: string): Promise<void>;
}

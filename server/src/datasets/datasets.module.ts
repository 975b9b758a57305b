import type { CreateDatasetRequest, Dataset } from "@llm-tuner/contract/datasets.ts";
import type { AuditTrail } from "../accounts/accounts.module.ts";
import type { BaseModelsModule } from "../base-models/base-models.module.ts";
import type { FilesModule } from "../files/files.module.ts";
import type { SettingsOf } from "../platform/config/setting.ts";
import type { Database } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import type { DomainModule } from "../platform/module.ts";
import type { Queue } from "../platform/queue/queue.ts";
import type { Clock } from "../platform/time/clock.ts";
import { createDatasetCheck } from "./check-dataset.ts";
import { createCheckNotices } from "./check-notices.ts";
import type { TokenCounter } from "./count-tokens.ts";
import { createDatasetFolders } from "./dataset-folders.ts";
import type { datasetsSettings } from "./datasets.config.ts";
import { createDatasetsWorkers } from "./datasets.jobs.ts";
import { createDatasetsRoutes } from "./datasets.routes.ts";
import { createDatasetsStore } from "./datasets.store.ts";
import { createDatasetsUsecases } from "./datasets.usecases.ts";
import { createFileInspector } from "./file-inspector.ts";

export { createFileInspector };

export interface DatasetsDependencies {
  database: Database;
  queue: Queue;
  audit: AuditTrail;
  files: Pick<FilesModule, "getOwned" | "open">;
  baseModels: Pick<BaseModelsModule, "demand">;
  trainer: TokenCounter;
  dataDir: string;
  clock: Clock;
  log: Log;
  config: SettingsOf<typeof datasetsSettings>;
}

export interface DatasetsModule extends DomainModule {
  /** Writes the data set down and has it checked in the background. */
  create(userId: string, request: CreateDatasetRequest): Promise<Dataset>;
  /** Creates and waits for the check. Of a data set with faults nothing is kept: they are thrown, with their places. */
  createChecked(userId: string, request: CreateDatasetRequest): Promise<Dataset>;
  /** The data set as soon as its check has ended, or as it is when the time is over. */
  waitUntilChecked(id: string, timeoutMs: number): Promise<Dataset>;
  /** A person's data set; throws the same 404 for somebody else's and for one that is not there. */
  getOwned(userId: string, id: string): Promise<Dataset>;
  /** Places the training and the held-out examples of a ready data set in a run folder. */
  writeRunData(id: string, runFolder: string): Promise<void>;
  remove(userId: string, id: string): Promise<void>;
}

/** Files become checked training data: converted, split, counted in tokens. */
export function createDatasetsModule(dependencies: DatasetsDependencies): DatasetsModule {
  const { database, dataDir, config, log } = dependencies;
  const store = createDatasetsStore(database);
  const folders = createDatasetFolders(dataDir);
  const notices = createCheckNotices(database);
  const usecases = createDatasetsUsecases({ ...dependencies, store, folders, notices });
  const check = createDatasetCheck({ ...dependencies, store, folders });

  return {
    routes: createDatasetsRoutes(usecases),
    workers: createDatasetsWorkers({ check, concurrency: config.checksAtOnce }),
    personalData: {
      async *files(userId) {
        yield usecases.archive(userId);
      },
      erase: usecases.deleteAll,
    },
    start: () =>
      usecases
        .collectLeftovers()
        .catch((error: unknown) => log.error({ error }, "folders of deleted data sets could not be collected")),
    stop: () => notices.stop(),
    create: usecases.create,
    createChecked: usecases.createChecked,
    waitUntilChecked: usecases.waitUntilChecked,
    getOwned: usecases.getOwned,
    writeRunData: usecases.writeRunData,
    remove: usecases.remove,
  };
}

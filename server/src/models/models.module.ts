import type { AuditTrail } from "../accounts/accounts.module.ts";
import type { Database } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import type { DomainModule } from "../platform/module.ts";
import { jsonLines } from "../platform/personal-data/personal-data.ts";
import type { Queue } from "../platform/queue/queue.ts";
import type { Clock } from "../platform/time/clock.ts";
import { ModelArtefacts } from "./model-artefacts.ts";
import { modelsWorkers } from "./models.jobs.ts";
import type { FinishedJobs, ModelDeployments } from "./ports.ts";
import { modelsRoutes } from "./models.routes.ts";
import { ModelsStore } from "./models.store.ts";
import { ModelsUsecases } from "./models.usecases.ts";

export { isTunedModelName } from "./model-name.ts";
export type { ModelDeployments } from "./ports.ts";
export type { ModelRecord } from "./models.store.ts";

export interface ModelsDependencies {
  database: Database;
  queue: Queue;
  audit: AuditTrail;
  training: FinishedJobs;
  /** The endpoints stand below the models: `main` binds these to the endpoints' module after both are made. */
  deployments: ModelDeployments;
  dataDir: string;
  clock: Clock;
  log: Log;
}

export interface ModelsModule
  extends
    DomainModule,
    Pick<
      ModelsUsecases,
      "getOwned" | "find" | "findMany" | "findByName" | "findTunedFrom" | "parityRecord" | "recordParity"
    > {
  /** Absolute path of a model's files. */
  artefactFolder(modelId: string): string;
}

/** Tuned models: made from completed jobs, listed, downloaded, deleted. */
export const createModelsModule = ({ database, dataDir, ...dependencies }: ModelsDependencies): ModelsModule => {
  const artefacts = new ModelArtefacts(dataDir);
  const usecases = new ModelsUsecases({ ...dependencies, store: new ModelsStore(database), artefacts });
  return {
    routes: modelsRoutes(usecases),
    workers: modelsWorkers(usecases),
    personalData: {
      // The weights are downloaded model by model: an archive of them all could be larger than any disk it goes to.
      async *files(userId) {
        yield jsonLines("models.jsonl", () => usecases.allOf(userId));
      },
      erase: (userId) => usecases.removeAll(userId),
    },
    start: () => usecases.removeOrphans(),
    getOwned: (userId, id) => usecases.getOwned(userId, id),
    find: (id) => usecases.find(id),
    findMany: (ids) => usecases.findMany(ids),
    findByName: (name) => usecases.findByName(name),
    findTunedFrom: (userId, baseModel) => usecases.findTunedFrom(userId, baseModel),
    parityRecord: (id) => usecases.parityRecord(id),
    recordParity: (id, parity) => usecases.recordParity(id, parity),
    artefactFolder: (id) => artefacts.folder(id),
  };
};

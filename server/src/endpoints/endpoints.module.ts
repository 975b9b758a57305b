import { join } from "node:path";
import type { ModelTable } from "@llm-tuner/gateway/ports.ts";
import type { AuditTrail } from "../accounts/accounts.module.ts";
import type { ModelDeployments, ModelsModule } from "../models/models.module.ts";
import type { Database } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import type { DomainModule } from "../platform/module.ts";
import type { Trainer } from "../platform/processes/trainer.ts";
import type { Clock } from "../platform/time/clock.ts";
import type { EndpointsConfig } from "./endpoints.config.ts";
import { endpointsWorkers } from "./endpoints.jobs.ts";
import { endpointsRoutes } from "./endpoints.routes.ts";
import { EndpointsStore } from "./endpoints.store.ts";
import { EndpointsUsecases } from "./endpoints.usecases.ts";
import { createModelTable } from "./model-table.ts";
import { ParityUsecases } from "./parity.usecases.ts";
import type { AskGateway, BaseModels } from "./ports.ts";
import { ServingManager } from "./serving-manager.ts";
import { ServingTargets } from "./serving-targets.ts";
import { TryOutUsecases } from "./try-out.usecases.ts";
import { TryOuts } from "./try-outs.ts";

export type { AskGateway } from "./ports.ts";

export interface EndpointsDependencies {
  database: Database;
  audit: AuditTrail;
  models: ModelsModule;
  baseModels: BaseModels;
  trainer: Pick<Trainer, "startDetached" | "findDetached">;
  /** The gateway is made with `modelTable`, so `main` binds this after both are there. */
  askGateway: AskGateway;
  dataDir: string;
  clock: Clock;
  log: Log;
  config: EndpointsConfig;
}

export interface EndpointsModule extends DomainModule, ModelDeployments {
  /** Answers the gateway's question which models there are and where they run. */
  modelTable: ModelTable;
}

/** Models that answer: worker processes, deployments, the parity check and trying out. */
export const createEndpointsModule = (dependencies: EndpointsDependencies): EndpointsModule => {
  const { database, audit, models, baseModels, trainer, askGateway, dataDir, clock, log, config } = dependencies;
  const store = new EndpointsStore(database);
  const tryOuts = new TryOuts();
  const serving = new ServingManager({ trainer, servingRoot: join(dataDir, "serving"), config, log }, clock);
  const targets = new ServingTargets({ store, models, baseModels, idleMinutes: config.idleMinutes });
  const parity = new ParityUsecases({ models, serving, targets, clock });
  const usecases = new EndpointsUsecases({
    store,
    audit,
    models,
    baseModels,
    serving,
    targets,
    parity,
    tryOuts,
    clock,
  });
  const tryOut = new TryOutUsecases({ models, serving, targets, tryOuts, askGateway });
  return {
    routes: endpointsRoutes(usecases, tryOut),
    workers: endpointsWorkers(parity),
    start: () => serving.start(),
    async stop() {
      parity.stop();
      await serving.stop();
    },
    modelTable: createModelTable(usecases, serving),
    deploymentsOf: (modelIds) => usecases.deploymentsOf(modelIds),
    takeDown: (modelId) => usecases.takeDown(modelId),
  };
};

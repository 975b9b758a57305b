import type { SettingsOf } from "../platform/config/setting.ts";
import type { Log } from "../platform/log/log.ts";
import type { DomainModule } from "../platform/module.ts";
import { createBaseModelCatalogue, type BaseModelCatalogue, type BaseModelRecord } from "./base-model-catalogue.ts";
import type { baseModelsSettings } from "./base-models.config.ts";
import { unknownBaseModel } from "./base-models.errors.ts";
import { createBaseModelsRoutes } from "./base-models.routes.ts";

export type { BaseModelRecord };

export interface BaseModelsDependencies {
  log: Log;
  config: SettingsOf<typeof baseModelsSettings>;
}

export interface BaseModelsModule extends DomainModule, BaseModelCatalogue {
  /** The model of that name; throws a 422 that names those that there are. */
  demand(name: string): BaseModelRecord;
}

/** The models that tuning can start from. */
export function createBaseModelsModule({ log, config }: BaseModelsDependencies): BaseModelsModule {
  const catalogue = createBaseModelCatalogue({ log, config });
  return {
    ...catalogue,
    routes: createBaseModelsRoutes(catalogue),
    workers: [],
    demand(name) {
      const found = catalogue.find(name);
      if (found) return found;
      const known = catalogue.list().map((model) => model.name);
      throw unknownBaseModel({ name, known, allowHubModels: config.allowHubModels });
    },
  };
}

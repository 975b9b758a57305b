import { createHash } from "node:crypto";
import type { ModelRecord, ModelsModule } from "../models/models.module.ts";
import type { EndpointsStore } from "./endpoints.store.ts";
import type { BaseModels, ServableBaseModel } from "./ports.ts";
import type { ServingTarget } from "./serving-process.ts";

const minuteMs = 60_000;

export interface ServingTargetsDependencies {
  store: EndpointsStore;
  models: Pick<ModelsModule, "artefactFolder">;
  baseModels: BaseModels;
  idleMinutes: number;
}

/** Says what a process has to load to serve a model. */
export class ServingTargets {
  readonly #dependencies: ServingTargetsDependencies;

  constructor(dependencies: ServingTargetsDependencies) {
    this.#dependencies = dependencies;
  }

  async tuned(model: ModelRecord): Promise<{ target: ServingTarget; isDeployed: boolean }> {
    const { store, models, idleMinutes } = this.#dependencies;
    const deployment = await store.find(model.id);
    const target = {
      key: model.id,
      model: model.name,
      baseModel: this.#baseModelOf(model),
      artefact: models.artefactFolder(model.id),
      idleTimeoutMs: (deployment?.idleTimeoutMinutes ?? idleMinutes) * minuteMs,
    };
    return { target, isDeployed: deployment !== undefined };
  }

  base({ name, source }: ServableBaseModel): ServingTarget {
    return {
      // A name may hold slashes, so a digest of it stands for it in file names.
      key: `base-${createHash("sha256").update(name).digest("hex").slice(0, 16)}`,
      model: name,
      baseModel: { name, source },
      artefact: null,
      idleTimeoutMs: this.#dependencies.idleMinutes * minuteMs,
    };
  }

  /** The model that a tuned model was made of. */
  baseOf(model: ModelRecord): ServingTarget {
    return this.base(this.#baseModelOf(model));
  }

  /** A folder may have moved since the tuning; a revision of the hub is named for good. */
  #baseModelOf({ baseModel, baseSource }: ModelRecord): ServableBaseModel {
    const current = baseSource.kind === "folder" ? this.#dependencies.baseModels.find(baseModel)?.source : undefined;
    return { name: baseModel, source: current ?? baseSource };
  }
}

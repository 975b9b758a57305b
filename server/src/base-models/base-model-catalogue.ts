import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BaseModel } from "@llm-tuner/contract/base-models.ts";
import type { ModelSource } from "@llm-tuner/contract/run-folder.ts";
import type { SettingsOf } from "../platform/config/setting.ts";
import type { Log } from "../platform/log/log.ts";
import type { baseModelsSettings } from "./base-models.config.ts";
import { generalDefaults, gpt2Defaults, hubModels, starterDefaults, type HubModel } from "./catalogue.ts";
import { readModelFolder, type ModelFolder } from "./model-folder.ts";

/** A base model as the platform knows it: `source` is where the trainer takes it from, `origin` what the API calls it. */
export interface BaseModelRecord extends Omit<BaseModel, "source"> {
  origin: BaseModel["source"];
  source: ModelSource;
}

export interface BaseModelCatalogue {
  find(name: string): BaseModelRecord | undefined;
  list(): BaseModelRecord[];
}

const starterName = "starter";
const projectRoot = resolve(import.meta.dirname, "../../..");

/** A name that is safe in a path, in a URL and in a job name. */
const folderName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/;
const hubName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/;

const fromHub = (model: HubModel): BaseModelRecord => ({
  name: model.name,
  title: model.title,
  description: model.description,
  origin: "hub",
  parameters: model.parameters,
  context_window: model.context_window,
  default_hyperparameters: gpt2Defaults,
  source: { kind: "hub", repository: model.repository, revision: "main" },
});

const fromHubName = (name: string): BaseModelRecord => ({
  name,
  title: name,
  description: "A model of the Hugging Face hub, fetched when it is first used.",
  origin: "hub",
  parameters: null,
  context_window: null,
  default_hyperparameters: generalDefaults,
  source: { kind: "hub", repository: name, revision: "main" },
});

const fromFolder = (name: string, folder: ModelFolder): BaseModelRecord => ({
  name,
  title: name,
  description: `A ${folder.modelType} model of this installation.`,
  origin: "folder",
  parameters: folder.parameters,
  context_window: folder.contextWindow,
  default_hyperparameters: folder.modelType === "gpt2" ? gpt2Defaults : generalDefaults,
  source: { kind: "folder", path: folder.path },
});

const starter = (path: string, folder: ModelFolder | undefined): BaseModelRecord => ({
  name: starterName,
  title: "Starter",
  description: "A teaching-size model that comes with the platform: tunes in minutes on any machine. English.",
  origin: "bundled",
  parameters: folder?.parameters ?? null,
  context_window: folder?.contextWindow ?? null,
  default_hyperparameters: starterDefaults,
  source: { kind: "folder", path },
});

/** The models that can be tuned: the bundled one, those in a folder of the operator, and those of the hub. */
export function createBaseModelCatalogue({
  log,
  config,
}: {
  log: Log;
  config: SettingsOf<typeof baseModelsSettings>;
}): BaseModelCatalogue {
  const starterPath = resolve(projectRoot, config.starterModelDir);
  const modelsPath = config.modelsDir === "" ? undefined : resolve(projectRoot, config.modelsDir);
  // Weight headers of large models are long; a folder is read again when it was changed.
  const known = new Map<string, { changedMs: number; folder: ModelFolder | undefined }>();

  const read = (path: string, within: string): ModelFolder | undefined => {
    try {
      const changedMs = statSync(path).mtimeMs;
      const cached = known.get(path);
      if (cached?.changedMs === changedMs) return cached.folder;
      const folder = readModelFolder(path, { within });
      known.set(path, { changedMs, folder });
      return folder;
    } catch (error) {
      log.warn({ error, path }, "a folder cannot be used as a base model");
      return undefined;
    }
  };

  const inFolder = (name: string): BaseModelRecord | undefined => {
    if (modelsPath === undefined || name === starterName || !folderName.test(name)) return undefined;
    const path = join(modelsPath, name);
    const folder = statSync(path, { throwIfNoEntry: false }) ? read(path, modelsPath) : undefined;
    return folder ? fromFolder(name, folder) : undefined;
  };

  const folderNames = (): string[] => {
    if (modelsPath === undefined) return [];
    try {
      return readdirSync(modelsPath).sort();
    } catch (error) {
      log.warn({ error, path: modelsPath }, "the folder of base models cannot be read");
      return [];
    }
  };

  const find = (name: string): BaseModelRecord | undefined => {
    if (name === starterName) return starter(starterPath, read(starterPath, starterPath));
    // A copy on this machine comes before the hub, so that it works without a network.
    const local = inFolder(name);
    if (local || !config.allowHubModels) return local;
    const listed = hubModels.find((model) => model.name === name);
    if (listed) return fromHub(listed);
    return hubName.test(name) && !name.includes("..") ? fromHubName(name) : undefined;
  };

  return {
    find,
    list() {
      const names = new Set([starterName, ...folderNames(), ...hubModels.map(({ name }) => name)]);
      return [...names].flatMap((name) => find(name) ?? []);
    },
  };
}

import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { silentLog } from "../../platform/log/log.ts";
import { createTrainerLauncher, type Trainer } from "../../platform/processes/trainer.ts";
import { configOf } from "../../platform/testing/test-app.ts";
import { type EndpointsConfig, endpointsSettings } from "../endpoints.config.ts";
import type { ServableBaseModel } from "../ports.ts";
import type { WorkerScript } from "./worker-script.ts";

export interface ScriptedTrainer {
  trainer: Trainer;
  dataDir: string;
  servingRoot: string;
  /** A base model whose workers follow `script`. */
  baseModel(name: string, script?: WorkerScript): Promise<ServableBaseModel>;
  /** Changes how the base model's next workers behave. */
  rewrite(baseModel: ServableBaseModel, script: WorkerScript): Promise<void>;
  /** Pids of all workers that were ever started for the base model, in order. */
  starts(baseModel: ServableBaseModel): Promise<number[]>;
  /** Serving folders that exist at present. */
  servingFolders(): Promise<string[]>;
  remove(): Promise<void>;
}

export const testConfig = (changes: Partial<EndpointsConfig> = {}): EndpointsConfig =>
  configOf(endpointsSettings, changes);

const folderOf = ({ source }: ServableBaseModel): string => (source.kind === "folder" ? source.path : "");

/** A data directory of its own, and a launcher whose Python is the scripted worker. */
export async function createScriptedTrainer(): Promise<ScriptedTrainer> {
  const dataDir = await mkdtemp(join(tmpdir(), "endpoints-"));
  const servingRoot = join(dataDir, "serving");
  const pythonPath = join(dataDir, "python");
  const worker = fileURLToPath(new URL("./scripted-worker.ts", import.meta.url));
  await writeFile(pythonPath, `#!/bin/sh\nexec "${process.execPath}" "${worker}" "$@"\n`, { mode: 0o755 });
  const trainer = createTrainerLauncher({ pythonPath, trainerPath: dataDir, environment: {}, log: silentLog });
  const write = (baseModel: ServableBaseModel, script: WorkerScript) =>
    writeFile(join(folderOf(baseModel), "script.json"), JSON.stringify(script));
  return {
    trainer,
    dataDir,
    servingRoot,
    async baseModel(name, script = {}) {
      const path = join(dataDir, "base-models", name);
      await mkdir(path, { recursive: true });
      const baseModel: ServableBaseModel = { name, source: { kind: "folder", path } };
      await write(baseModel, script);
      return baseModel;
    },
    rewrite: write,
    async starts(baseModel) {
      const text = await readFile(join(folderOf(baseModel), "starts.txt"), "utf8").catch(() => "");
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => Number(line.split(" ").at(-1)));
    },
    servingFolders: () => readdir(servingRoot).catch(() => []),
    remove: () => rm(dataDir, { recursive: true, force: true }),
  };
}

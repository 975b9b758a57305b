import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { baseModelsSettings } from "../../base-models/base-models.config.ts";
import { createBaseModelsModule, type BaseModelsModule } from "../../base-models/base-models.module.ts";
import type { Database } from "../../platform/database/database.ts";
import { silentLog } from "../../platform/log/log.ts";
import { createTrainerLauncher, type Trainer } from "../../platform/processes/trainer.ts";
import type { Queue } from "../../platform/queue/queue.ts";
import { configOf } from "../../platform/testing/test-app.ts";
import { systemClock, type Clock } from "../../platform/time/clock.ts";
import { JobLogStore } from "../job-log.store.ts";
import { JobWriter } from "../job-writer.ts";
import { createLocalExecutor } from "../local-executor.ts";
import { Supervisor } from "../supervisor.ts";
import { trainingSettings, type TrainingConfig } from "../training.config.ts";
import { TrainingStore } from "../training.store.ts";
import { WaitingJobsStore } from "../waiting-jobs.store.ts";
import type { TrainerScript } from "./scripted-trainer.ts";

/** The real launcher; what it starts is the stand-in instead of Python. */
export const createScriptedTrainer = (): Trainer =>
  createTrainerLauncher({
    pythonPath: fileURLToPath(new URL("scripted-trainer.ts", import.meta.url)),
    trainerPath: dirname(fileURLToPath(import.meta.url)),
    environment: { PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) },
    log: silentLog,
  });

export const modelsFolder = (dataDir: string): string => join(dataDir, "base-models");

/** An empty weight file: the length of its header, then a header that names no tensor. */
const noWeights = Buffer.concat([Buffer.from(BigUint64Array.of(2n).buffer), Buffer.from("{}")]);

/** Makes a base model on which the stand-in behaves as `script` says. */
export async function writeScript(dataDir: string, name: string, script: TrainerScript): Promise<void> {
  const folder = join(modelsFolder(dataDir), name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "config.json"), JSON.stringify({ model_type: "gpt2", n_positions: 512 }));
  await writeFile(join(folder, "tokenizer.json"), "{}");
  await writeFile(join(folder, "model.safetensors"), noWeights);
  await writeFile(join(folder, "script.json"), JSON.stringify(script));
}

/** The starter model and those made by `writeScript`. */
export const scriptedBaseModels = (dataDir: string): BaseModelsModule =>
  createBaseModelsModule({
    log: silentLog,
    config: configOf(baseModelsSettings, { modelsDir: modelsFolder(dataDir), allowHubModels: false }),
  });

export async function writeExampleData(_datasetId: string, runFolder: string): Promise<void> {
  await mkdir(join(runFolder, "data"));
  for (const name of ["train.jsonl", "held-out.jsonl"])
    await writeFile(join(runFolder, "data", name), '{"text":"a"}\n');
}

/** The writer as the module puts it together. */
export const createWriter = ({ database, queue }: { database: Database; queue: Queue }): JobWriter =>
  new JobWriter({ store: new TrainingStore(database), jobLog: new JobLogStore(database), queue });

export interface SupervisionOptions {
  database: Database;
  queue: Queue;
  dataDir: string;
  clock?: Clock;
  config?: Partial<TrainingConfig>;
  /** Instead of the stand-in. */
  trainer?: Trainer;
  /** Instead of data that can be trained on. */
  writeRunData?: (datasetId: string, runFolder: string) => Promise<void>;
}

/** Everything that looks after jobs, as the module puts it together, on the stand-in of the trainer. */
export function createSupervision({ database, queue, dataDir, ...options }: SupervisionOptions) {
  const { clock = systemClock, config, writeRunData = writeExampleData, trainer = createScriptedTrainer() } = options;
  const settings = configOf(trainingSettings, { restartSeconds: 0.01, ...config });
  const store = new TrainingStore(database);
  const waitingJobs = new WaitingJobsStore(database);
  const writer = createWriter({ database, queue });
  const runsFolder = join(dataDir, "runs");
  const executor = createLocalExecutor({ trainer, writeRunData, runsFolder, config: settings, log: silentLog });
  const supervisor = new Supervisor({
    store,
    waitingJobs,
    writer,
    executor,
    baseModels: scriptedBaseModels(dataDir),
    clock,
    log: silentLog,
    config: settings,
  });
  return { trainer, writer, executor, supervisor, runsFolder };
}

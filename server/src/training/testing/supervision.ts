import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Database } from "../../platform/database/database.ts";
import { silentLog } from "../../platform/log/log.ts";
import { createTrainerLauncher, type Trainer } from "../../platform/processes/trainer.ts";
import type { Queue } from "../../platform/queue/queue.ts";
import { defaultSettings } from "../../platform/testing/default-settings.ts";
import { systemClock, type Clock } from "../../platform/time/clock.ts";
import { JobWriter } from "../job-writer.ts";
import { createLocalExecutor } from "../local-executor.ts";
import type { TrainingBaseModels } from "../ports.ts";
import { Supervisor } from "../supervisor.ts";
import { trainingSettings, type TrainingConfig } from "../training.config.ts";
import { exampleHyperparameters } from "./example-job.ts";
import type { TrainerScript } from "./scripted-trainer.ts";

/** The real launcher; what it starts is the stand-in instead of Python. */
export const createScriptedTrainer = (): Trainer =>
  createTrainerLauncher({
    pythonPath: fileURLToPath(new URL("scripted-trainer.ts", import.meta.url)),
    trainerPath: dirname(fileURLToPath(import.meta.url)),
    environment: { PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) },
    log: silentLog,
  });

const scriptFolder = (dataDir: string, name: string): string => join(dataDir, "base-models", name);

/** Makes a base model on which the stand-in behaves as `script` says. */
export async function writeScript(dataDir: string, name: string, script: TrainerScript): Promise<void> {
  await mkdir(scriptFolder(dataDir, name), { recursive: true });
  await writeFile(join(scriptFolder(dataDir, name), "script.json"), JSON.stringify(script));
}

/** Base models made by `writeScript`. */
export const scriptedBaseModels = (dataDir: string): TrainingBaseModels => ({
  find: (name) => ({
    name,
    context_window: 512,
    default_hyperparameters: exampleHyperparameters,
    source: { kind: "folder", path: scriptFolder(dataDir, name) },
  }),
});

export async function writeExampleData(_datasetId: string, runFolder: string): Promise<void> {
  await mkdir(join(runFolder, "data"));
  for (const name of ["train.jsonl", "held-out.jsonl"])
    await writeFile(join(runFolder, "data", name), '{"text":"a"}\n');
}

export interface SupervisionOptions {
  database: Database;
  queue: Queue;
  dataDir: string;
  clock?: Clock;
  config?: Partial<TrainingConfig>;
  /** Instead of the stand-in. */
  trainer?: Trainer;
  /** Instead of the stand-in's. */
  baseModels?: TrainingBaseModels;
  /** Instead of data that can be trained on. */
  writeRunData?: (datasetId: string, runFolder: string) => Promise<void>;
}

/** Everything that looks after jobs, as the module puts it together, on the stand-in of the trainer. */
export function createSupervision({ database, queue, dataDir, ...options }: SupervisionOptions) {
  const { clock = systemClock, config, writeRunData = writeExampleData, trainer = createScriptedTrainer() } = options;
  const settings: TrainingConfig = { ...defaultSettings(trainingSettings), restartSeconds: 0.01, ...config };
  const writer = new JobWriter({ database, queue });
  const runsFolder = join(dataDir, "runs");
  const executor = createLocalExecutor({ trainer, writeRunData, runsFolder, config: settings, log: silentLog });
  const supervisor = new Supervisor({
    database,
    writer,
    executor,
    baseModels: options.baseModels ?? scriptedBaseModels(dataDir),
    clock,
    log: silentLog,
    config: settings,
  });
  return { trainer, writer, executor, supervisor, runsFolder };
}

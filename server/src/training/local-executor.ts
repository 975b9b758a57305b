import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { runFolderPaths, runFolderSchemaVersion, type RunJob } from "@llm-tuner/contract/run-folder.ts";
import type { Log } from "../platform/log/log.ts";
import { isRunning, ProcessIdentity, signalProcess } from "../platform/processes/process-identity.ts";
import type { Trainer } from "../platform/processes/trainer.ts";
import { readTail } from "./event-tail.ts";
import type { Executor, Run } from "./executor.ts";
import { prepareRunFolder, removeRunFolder, runFolderOf } from "./run-folder.ts";
import type { TrainingConfig } from "./training.config.ts";

export interface LocalExecutorDependencies {
  trainer: Trainer;
  /** Places the training data of a data set into a run folder. */
  writeRunData(datasetId: string, runFolder: string): Promise<void>;
  /** Holds one folder for each job. */
  runsFolder: string;
  config: Pick<TrainingConfig, "devices" | "threads" | "checkpointSeconds">;
  log: Log;
}

const evaluations = 5;
const checkpointsKept = 2;
const goldenPrompts = 8;
const logTailLines = 200;
const logTailBytes = 64 * 1024;

const identityOfRun = (externalId: string): ProcessIdentity => ProcessIdentity.parse(JSON.parse(externalId));

const formatId = (identity: ProcessIdentity): string => JSON.stringify(identity);

const toRunJob = (run: Run, config: LocalExecutorDependencies["config"]): RunJob => ({
  schema_version: runFolderSchemaVersion,
  job_name: run.jobName,
  task: "train",
  base_model: run.baseModel,
  hyperparameters: run.hyperparameters,
  evaluations,
  checkpoint_every_seconds: config.checkpointSeconds,
  checkpoints_kept: checkpointsKept,
  golden_prompts: goldenPrompts,
  device: config.devices[run.slot] ?? "auto",
  threads: config.threads,
});

/** The end of a file of any size, as lines; nothing when there is no file. */
async function lastLines(path: string): Promise<string[]> {
  const size = (await stat(path).catch(() => undefined))?.size;
  if (size === undefined) return [];
  const file = await open(path, "r");
  try {
    const length = Math.min(size, logTailBytes);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position: size - length });
    const lines = buffer.toString("utf8", 0, bytesRead).trimEnd().split("\n");
    return lines.filter((line) => line !== "").slice(-logTailLines);
  } finally {
    await file.close();
  }
}

/** Tunes on this machine: one detached trainer process for each run, which outlives the server. */
export function createLocalExecutor(dependencies: LocalExecutorDependencies): Executor {
  const { trainer, writeRunData, runsFolder, config, log } = dependencies;
  const pathOf = (jobName: string, file: string): string => join(runFolderOf(runsFolder, jobName), file);

  const find = (jobName: string): string | undefined => {
    const identity = trainer.findDetached("run", runFolderOf(runsFolder, jobName));
    return identity && formatId(identity);
  };

  return {
    prepare: (run) =>
      prepareRunFolder({
        runsFolder,
        job: toRunJob(run, config),
        writeData: (folder) => writeRunData(run.datasetId, folder),
      }),

    submit: async (jobName) =>
      find(jobName) ?? formatId(await trainer.startDetached("run", runFolderOf(runsFolder, jobName))),

    find: async (jobName) => find(jobName),

    async poll({ jobName, externalId, fromOffset }) {
      // Looked at before the file is read: what a process wrote before its end is then never missed.
      const ended = !isRunning(identityOfRun(externalId));
      const tail = await readTail({ path: pathOf(jobName, runFolderPaths.events), fromOffset, log });
      const heartbeat = await stat(pathOf(jobName, runFolderPaths.heartbeat)).catch(() => undefined);
      return { ended, ...tail, pulse: `${tail.nextOffset} ${heartbeat?.mtimeMs ?? 0}` };
    },

    async stop(externalId, mode) {
      signalProcess(identityOfRun(externalId), mode === "save" ? "SIGTERM" : "SIGKILL");
    },

    remove: (jobName) => removeRunFolder(runsFolder, jobName),

    logTail: (jobName) => lastLines(pathOf(jobName, runFolderPaths.log)),
  };
}

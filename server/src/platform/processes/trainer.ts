import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { runFolderPaths } from "@llm-tuner/contract/run-folder.ts";
import type { Log } from "../log/log.ts";
import { lowerPriority } from "./lower-priority.ts";
import { processTable } from "./process-table.ts";
import { trainerNotStarted } from "./process-errors.ts";
import { identityOf, type ProcessIdentity } from "./process-identity.ts";

/** What the trainer is started for: to work on a run folder, or to serve the model of a serving folder. */
export type TrainerCommand = "run" | "serve";

/** How an attached process ended: one of the two is null. */
export interface ProcessExit {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

/** Starts the Python trainer. Its output goes to `log.txt` of the folder, which is also all that it is told. */
export interface Trainer {
  /** Runs to the end as a child of the server, for short tasks; an abort asks it to end and soon makes it. */
  run(folder: string, options: { signal: AbortSignal }): Promise<ProcessExit>;
  /** Starts a process that outlives the server, whatever becomes of it; followed by its identity. */
  startDetached(command: TrainerCommand, folder: string): Promise<ProcessIdentity>;
  /** The detached process that works on a folder, when its identity was lost before it could be written down. */
  findDetached(command: TrainerCommand, folder: string): ProcessIdentity | undefined;
}

export interface TrainerLauncherOptions {
  pythonPath: string;
  /** Folder that holds the package `llm_tuner_trainer`. */
  trainerPath: string;
  /** The server's own environment, of which the few names that the trainer needs are handed on. */
  environment: Readonly<Record<string, string | undefined>>;
  log: Log;
}

const attachedGraceMs = 5000;

const isHandedOn = (name: string): boolean => ["PATH", "HOME", "LANG"].includes(name) || name.startsWith("HF_");

const trainerEnvironment = (environment: TrainerLauncherOptions["environment"]): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      isHandedOn(name) && value !== undefined ? [[name, value]] : [],
    ),
  ),
  // log.txt is followed while it grows, and must hold the last words of a crash.
  PYTHONUNBUFFERED: "1",
});

const commandArguments = (command: TrainerCommand, folder: string): string[] => [
  "-m",
  "llm_tuner_trainer",
  command,
  folder,
];

export function createTrainerLauncher({ pythonPath, trainerPath, environment, log }: TrainerLauncherOptions): Trainer {
  const start = (command: TrainerCommand, folder: string, options: SpawnOptions): ChildProcess => {
    const output = openSync(join(folder, runFolderPaths.log), "a", 0o600);
    try {
      const child = spawn(pythonPath, commandArguments(command, folder), {
        ...options,
        cwd: trainerPath,
        env: trainerEnvironment(environment),
        stdio: ["ignore", output, output],
      });
      if (child.pid !== undefined) lowerPriority(child.pid);
      return child;
    } finally {
      closeSync(output);
    }
  };

  return {
    async run(folder, { signal }) {
      signal.throwIfAborted();
      const child = start("run", folder, {});
      const ended = new AbortController();
      const kill = () => {
        child.kill("SIGTERM");
        const timer = setTimeout(() => child.kill("SIGKILL"), attachedGraceMs);
        ended.signal.addEventListener("abort", () => clearTimeout(timer));
      };
      signal.addEventListener("abort", kill, { signal: ended.signal });
      try {
        const [exitCode, exitSignal] = await once(child, "exit");
        return { exitCode, signal: exitSignal };
      } catch (error) {
        throw trainerNotStarted(error);
      } finally {
        ended.abort();
      }
    },

    async startDetached(command, folder) {
      const child = start(command, folder, { detached: true });
      // Read before anything else happens here: until then even a process that has already ended keeps its entry.
      const entry = child.pid === undefined ? undefined : processTable.lookUp(child.pid);
      try {
        await once(child, "spawn");
      } catch (error) {
        throw trainerNotStarted(error);
      }
      child.unref();
      if (child.pid === undefined || !entry) throw trainerNotStarted(undefined);
      log.info({ command, folder, pid: child.pid }, "trainer started");
      return { pid: child.pid, startTicks: entry.startTicks, bootId: processTable.bootId() };
    },

    findDetached(command, folder) {
      const [pid] = processTable.withLastArguments(commandArguments(command, folder));
      return pid === undefined ? undefined : identityOf(pid);
    },
  };
}

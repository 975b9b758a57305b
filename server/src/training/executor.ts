import type { Hyperparameters } from "@llm-tuner/contract/hyperparameters.ts";
import type { ModelSource, TrainerEvent } from "@llm-tuner/contract/run-folder.ts";

/** What is to be run. */
export interface Run {
  jobName: string;
  datasetId: string;
  baseModel: { name: string; source: ModelSource };
  hyperparameters: Hyperparameters;
  /** Index of the executor's device. */
  slot: number;
}

/** `save` asks the process to write a checkpoint and end; `kill` ends it at once. */
export type StopMode = "save" | "kill";

export interface RunPosition {
  jobName: string;
  externalId: string;
  /** Where the events that are known already end. */
  fromOffset: number;
}

export interface RunNews {
  /** The process is gone: together with `hasMore` being false, there will be no further events of this attempt. */
  ended: boolean;
  events: TrainerEvent[];
  nextOffset: number;
  /** More events are there to be read at once. */
  hasMore: boolean;
  /** Changes whenever the process shows a sign of work. */
  pulse: string;
}

/**
 * A place where tuning runs. The same run may be prepared, submitted and stopped any number of times: a caller that was
 * killed in the middle does it again. `executor.suite.ts` holds every driver to this.
 */
export interface Executor {
  /** Makes everything ready that the run needs, whole or not at all; what an earlier attempt left is kept. */
  prepare(run: Run): Promise<void>;
  /** Starts the process, or finds the one that works on the run already. Returns what it is known by. */
  submit(jobName: string): Promise<string>;
  /** The process that works on the run, when what it was known by is lost. */
  find(jobName: string): Promise<string | undefined>;
  /** Whether the process is there, and what it has told since. */
  poll(position: RunPosition): Promise<RunNews>;
  /** Passes the wish on and returns; the end shows in `poll`. Does nothing to a process that is gone. */
  stop(externalId: string, mode: StopMode): Promise<void>;
  /** Removes everything of a run whose process is gone; nothing when there is nothing. */
  remove(jobName: string): Promise<void>;
  /** The last lines that the run printed, for people. */
  logTail(jobName: string): Promise<string[]>;
}

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DatasetReport } from "@llm-tuner/contract/datasets.ts";
import { runFolderPaths, runFolderSchemaVersion, TrainerEvent, type RunJob } from "@llm-tuner/contract/run-folder.ts";
import type { BaseModelRecord } from "../base-models/base-models.module.ts";
import { tokenizerCrashed, tokenizingFailed, tokenizingTooSlow } from "./datasets.errors.ts";

/** What data sets need of the trainer: to run it on a folder, to the end. */
export interface TokenCounter {
  run(folder: string, options: { signal: AbortSignal }): Promise<{ exitCode: number | null; signal: string | null }>;
}

const logTailCharacters = 4000;

const tokenizeJob = (id: string, { name, source, default_hyperparameters }: BaseModelRecord): RunJob => ({
  schema_version: runFolderSchemaVersion,
  job_name: id,
  task: "tokenize",
  base_model: { name, source },
  hyperparameters: default_hyperparameters,
  evaluations: 0,
  checkpoint_every_seconds: 60,
  checkpoints_kept: 1,
  golden_prompts: 0,
  device: "cpu",
  threads: 0,
});

/** The events that the trainer wrote; a torn last line, as a crash leaves it, is none. */
async function readEvents(folder: string): Promise<TrainerEvent[]> {
  const text = await readFile(join(folder, runFolderPaths.events), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      const event = TrainerEvent.safeParse(JSON.parse(line));
      return event.success ? [event.data] : [];
    } catch {
      return [];
    }
  });
}

export interface TokenCounting {
  id: string;
  /** A run folder that holds the data. */
  folder: string;
  baseModel: BaseModelRecord;
  trainer: TokenCounter;
  timeoutSeconds: number;
  signal: AbortSignal;
}

/** Counts the tokens of the data as the base model's own tokenizer and template cut them. */
export async function countTokens(counting: TokenCounting): Promise<Pick<DatasetReport, "train" | "held_out">> {
  const { id, folder, baseModel, trainer, timeoutSeconds, signal } = counting;
  await writeFile(join(folder, runFolderPaths.job), JSON.stringify(tokenizeJob(id, baseModel)));
  const tooLong = AbortSignal.timeout(timeoutSeconds * 1000);
  const exit = await trainer.run(folder, { signal: AbortSignal.any([signal, tooLong]) });
  signal.throwIfAborted();
  if (tooLong.aborted) throw tokenizingTooSlow(timeoutSeconds);
  const events = await readEvents(folder);
  const failed = events.find((event) => event.type === "failed");
  if (failed) throw tokenizingFailed(failed);
  const tokenized = events.findLast((event) => event.type === "tokenized");
  if (tokenized && exit.exitCode === 0) return { train: tokenized.train, held_out: tokenized.held_out };
  const log = await readFile(join(folder, runFolderPaths.log), "utf8").catch(() => "");
  const ending = exit.signal === null ? `exit code ${exit.exitCode}` : `signal ${exit.signal}`;
  throw tokenizerCrashed(ending, log.slice(-logTailCharacters));
}

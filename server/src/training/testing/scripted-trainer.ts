#!/usr/bin/env node
/*
 * Stands in for the Python trainer: a program of its own that is started by the same command line and speaks the run
 * folder's protocol, but only counts steps, as `script.json` of its base model's folder says. Its imports are types
 * only, so that it starts quickly.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import type { FailureCode, RunJob, TrainerEvent } from "@llm-tuner/contract/run-folder.ts";

/** What the stand-in does; everything is optional. */
export interface TrainerScript {
  steps?: number;
  stepMs?: number;
  checkpointEvery?: number;
  /** Ends by SIGKILL in the middle of writing the event of this step, in its first `times` processes. */
  crash?: { step: number; times: number };
  /** Ends with a failure at this step. */
  fail?: { step: number; code: FailureCode };
  /** Does nothing more from this step on, in its first process. */
  hang?: { step: number };
  /** Goes on when it is asked to end. */
  ignoresTerm?: boolean;
  /** Stays for ever after its last word. */
  lingers?: boolean;
}

type WithoutStamp<Event> = Event extends TrainerEvent ? Omit<Event, "seq" | "time" | "attempt"> : never;

const folder = process.argv.at(-1) ?? "";
const eventsPath = join(folder, "events.jsonl");
const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));

const job: RunJob = readJson(join(folder, "job.json"));
const scriptPath = job.base_model.source.kind === "folder" ? join(job.base_model.source.path, "script.json") : "";
const script: TrainerScript = existsSync(scriptPath) ? readJson(scriptPath) : {};
const { steps = 20, stepMs = 5, checkpointEvery = 5 } = script;

/** The last complete event of earlier processes; what a crash left behind it is cut off. */
function lastEvent(): { seq: number; attempt: number } {
  if (!existsSync(eventsPath)) return { seq: 0, attempt: 0 };
  const bytes = readFileSync(eventsPath);
  const end = bytes.lastIndexOf("\n") + 1;
  truncateSync(eventsPath, end);
  const line = bytes.subarray(0, end).toString("utf8").trimEnd().split("\n").at(-1);
  return line ? JSON.parse(line) : { seq: 0, attempt: 0 };
}

const last = lastEvent();
const attempt = last.attempt + 1;
let seq = last.seq;

const lineOf = (event: WithoutStamp<TrainerEvent>): string =>
  `${JSON.stringify({ seq: ++seq, time: new Date().toISOString(), attempt, ...event })}\n`;
const emit = (event: WithoutStamp<TrainerEvent>): void => appendFileSync(eventsPath, lineOf(event));

function beat(step: number): void {
  const temporary = join(folder, ".heartbeat.tmp");
  writeFileSync(
    temporary,
    JSON.stringify({ pid: process.pid, attempt, time: new Date().toISOString(), phase: "train", step }),
  );
  renameSync(temporary, join(folder, "heartbeat.json"));
}

function saveCheckpoint(step: number): string {
  const path = `checkpoints/step-${step}`;
  mkdirSync(join(folder, path), { recursive: true });
  emit({ type: "checkpoint", step, path, bytes: 1 });
  return path;
}

function latestCheckpoint(): number {
  const checkpoints = join(folder, "checkpoints");
  if (!existsSync(checkpoints)) return 0;
  return Math.max(0, ...readdirSync(checkpoints).map((name) => Number(basename(name).replace("step-", ""))));
}

const lossAt = (step: number): number => 4 / (step + 1);

const emitStep = (step: number): void => {
  const event = {
    type: "step",
    step,
    total_steps: steps,
    epoch: step / steps,
    loss: lossAt(step),
    learning_rate: 0.001,
    grad_norm: 1,
    supervised_tokens: 10,
    tokens_per_second: 1000,
    eta_seconds: ((steps - step) * stepMs) / 1000,
  } as const;
  if (script.crash?.step === step && attempt <= script.crash.times) {
    console.error(`Traceback: attempt ${attempt} dies at step ${step}`);
    appendFileSync(eventsPath, lineOf(event).slice(0, 60));
    process.kill(process.pid, "SIGKILL");
  }
  emit(event);
};

const evaluate = (step: number, phase: "before" | "after"): void =>
  emit({ type: "evaluation", step, phase, loss: lossAt(step), token_accuracy: 0.5, examples: 2 });

let toldToEnd = false;
process.on("SIGTERM", () => {
  toldToEnd = script.ignoresTerm !== true;
});
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const forEver = () => new Promise<never>(() => setInterval(() => {}, 1000));

/** Takes each example for ten tokens. */
const countPart = (file: string) => {
  const examples = readFileSync(join(folder, file), "utf8").split("\n").filter(Boolean).length;
  return {
    examples,
    tokens: 10 * examples,
    supervised_tokens: 5 * examples,
    truncated_examples: 0,
    longest_example_tokens: 10,
    histogram: [{ up_to: 16, examples }],
  };
};

function tokenize(): number {
  const [train, held_out] = [countPart("data/train.jsonl"), countPart("data/held-out.jsonl")];
  emit({ type: "tokenized", context_window: 512, max_sequence_length: 512, train, held_out });
  return 0;
}

async function train(): Promise<number> {
  emit({ type: "started", task: job.task, device: "cpu", precision: "float32", versions: {} });
  emit({ type: "planned", total_steps: steps, parameters: 100, trainable_parameters: 100 });
  let step = latestCheckpoint();
  if (attempt > 1) emit({ type: "resumed", from_step: step });
  else evaluate(0, "before");
  while (step < steps) {
    beat(step);
    if (toldToEnd) {
      emit({ type: "stopped", step, checkpoint: saveCheckpoint(step) });
      return 3;
    }
    step += 1;
    if (script.hang?.step === step && attempt === 1) await forEver();
    if (script.fail?.step === step) {
      emit({ type: "failed", code: script.fail.code, message: "It failed.", remedy: "Mend it.", log_tail: ["a line"] });
      return 1;
    }
    emitStep(step);
    if (step % checkpointEvery === 0) saveCheckpoint(step);
    await pause(stepMs);
  }
  evaluate(steps, "after");
  mkdirSync(join(folder, "model"), { recursive: true });
  emit({ type: "saved", path: "model", bytes: 1 });
  emit({
    type: "completed",
    steps,
    train_seconds: 1,
    trained_tokens: 10 * steps,
    held_out_loss_before: lossAt(0),
    held_out_loss_after: lossAt(steps),
  });
  if (script.lingers) await forEver();
  return 0;
}

console.log(`attempt ${attempt} of ${job.job_name}`);
process.exit(job.task === "tokenize" ? tokenize() : await train());

import type { TrainerEvent } from "@llm-tuner/contract/run-folder.ts";
import { JobEvent } from "@llm-tuner/contract/training.ts";
import { describe, expect, it } from "vitest";
import { exampleJob } from "./testing/example-job.ts";
import { readNews } from "./trainer-events.ts";

const stamp = { seq: 1, time: "2026-11-21T10:00:01.000Z", attempt: 1 };
const counts = {
  examples: 1200,
  tokens: 34_000,
  supervised_tokens: 9,
  truncated_examples: 0,
  longest_example_tokens: 5,
  histogram: [],
};

const step = (number: number, loss = 1): TrainerEvent => ({
  ...stamp,
  type: "step",
  step: number,
  total_steps: 10,
  epoch: number / 10,
  loss,
  learning_rate: 0.1,
  grad_norm: 1,
  supervised_tokens: 5,
  tokens_per_second: 50,
  eta_seconds: 10 - number,
});

const evaluation = (number: number, phase: "before" | "during" | "after", loss: number): TrainerEvent => ({
  ...stamp,
  type: "evaluation",
  step: number,
  phase,
  loss,
  token_accuracy: 0.5,
  examples: 3,
});

const read = (...events: TrainerEvent[]) => readNews(exampleJob(), events);
const curve = (name: string, ...events: TrainerEvent[]) =>
  read(...events).metrics.flatMap(({ metric, step: number, value }) => (metric === name ? [[number, value]] : []));

describe("the news in trainer events", () => {
  it("turns every event that is not final into one event that the contract allows", () => {
    const { events, outcome } = read(
      { ...stamp, type: "started", task: "train", device: "cpu", precision: "float32", versions: {} },
      { ...stamp, type: "tokenized", context_window: 512, max_sequence_length: 64, train: counts, held_out: counts },
      { ...stamp, type: "planned", total_steps: 10, parameters: 7, trainable_parameters: 5 },
      { ...stamp, type: "resumed", from_step: 0 },
      step(1),
      evaluation(1, "during", 2),
      { ...stamp, type: "checkpoint", step: 1, path: "checkpoints/step-1", bytes: 5 },
      { ...stamp, type: "log", level: "warning", code: "slow", message: "Slow." },
      { ...stamp, type: "saved", path: "model", bytes: 12_345 },
    );
    expect(events.map(({ type }) => type)).toEqual([
      "log",
      "log",
      "planned",
      "resumed",
      "step",
      "evaluation",
      "checkpoint",
      "log",
      "log",
    ]);
    for (const event of events) expect(() => JobEvent.parse({ ...event, seq: 1 })).not.toThrow();
    expect(events[1]).toMatchObject({ message: expect.stringContaining("1,200 examples of 34,000 tokens") });
    expect(outcome).toBeUndefined();
  });

  it("follows the progress", () => {
    const { progress } = read(evaluation(0, "before", 4), step(1), step(2), evaluation(2, "during", 3));
    expect(progress).toEqual({ step: 2, totalSteps: 10, etaSeconds: 8, heldOutLossBefore: 4, heldOutLossAfter: null });
    expect(read(evaluation(10, "after", 2)).progress.heldOutLossAfter).toBe(2);
  });

  it("leaves the job's own progress alone", () => {
    const job = exampleJob();
    readNews(job, [step(5)]);
    expect(job).toEqual(exampleJob());
  });

  it("draws each curve with one point a step", () => {
    const events = [step(1, 3), step(2, 2), step(2, 1), evaluation(2, "during", 9), evaluation(2, "after", 8)];
    expect(curve("train_loss", ...events)).toEqual([
      [1, 3],
      [2, 1],
    ]);
    expect(curve("held_out_loss", ...events)).toEqual([[2, 8]]);
    expect(curve("learning_rate", step(3))).toEqual([[3, 0.1]]);
    expect(curve("tokens_per_second", step(3))).toEqual([[3, 50]]);
  });

  it("cuts the curve where a resume goes on, in this batch and in what was stored before", () => {
    const back: TrainerEvent = { ...stamp, type: "resumed", from_step: 1 };
    const { dropMetricsAfterStep, progress } = read(step(1, 3), step(2, 2), back);
    expect(dropMetricsAfterStep).toBe(1);
    expect(progress.step).toBe(1);
    expect(curve("train_loss", step(1, 3), step(2, 2), step(3, 1), back, step(2, 7))).toEqual([
      [1, 3],
      [2, 7],
    ]);
    const further: TrainerEvent = { ...stamp, type: "resumed", from_step: 5 };
    expect(read(back, step(6), further).dropMetricsAfterStep).toBe(1);
    expect(read(step(1)).dropMetricsAfterStep).toBeUndefined();
  });

  it("knows how the attempt ended", () => {
    const completed: TrainerEvent = {
      ...stamp,
      type: "completed",
      steps: 10,
      train_seconds: 1,
      trained_tokens: 2,
      held_out_loss_before: 4,
      held_out_loss_after: 1,
    };
    expect(read(completed)).toMatchObject({
      outcome: { kind: "completed" },
      progress: { heldOutLossBefore: 4, heldOutLossAfter: 1 },
    });
    expect(read({ ...stamp, type: "stopped", step: 4, checkpoint: null }).outcome).toEqual({
      kind: "stopped",
      hasCheckpoint: false,
      step: 4,
    });
    const words = { code: "disk_full", message: "Full.", remedy: "Free some.", log_tail: ["a"] } as const;
    expect(read({ ...stamp, type: "failed", ...words, log_tail: ["a"] }).outcome).toEqual({
      kind: "failed",
      failure: words,
    });
  });
});

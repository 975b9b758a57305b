import type { JobEvent } from "@llm-tuner/contract/training.ts";
import { describe, expect, it } from "vitest";
import { emptyHistory, extendHistory, smooth } from "./job-history.ts";

const time = "2026-01-01T00:00:00.000Z";

const step = (seq: number, at: number, loss: number): JobEvent => ({
  seq,
  time,
  type: "step",
  step: at,
  total_steps: 10,
  epoch: 1,
  loss,
  learning_rate: 0.001,
  tokens_per_second: 100,
  eta_seconds: 5,
});

describe("the history of a job", () => {
  it("is the same whether events arrive at once or one by one", () => {
    const events: JobEvent[] = [
      { seq: 1, time, type: "status", status: "InProgress", message: "" },
      { seq: 2, time, type: "evaluation", step: 0, phase: "before", loss: 4, token_accuracy: 0.1 },
      step(3, 1, 3.5),
      step(4, 2, 3),
      { seq: 5, time, type: "log", level: "warning", code: "truncated", message: "2 examples were cut" },
    ];
    const atOnce = extendHistory(emptyHistory, events);
    const oneByOne = events.reduce((history, event) => extendHistory(history, [event]), emptyHistory);
    expect(oneByOne).toEqual(atOnce);
    expect(atOnce.train).toEqual([
      { step: 1, value: 3.5 },
      { step: 2, value: 3 },
    ]);
    expect(atOnce.log.map(({ level, text }) => [level, text])).toEqual([
      ["info", "InProgress"],
      ["info", "Held-out loss 4.000 before training"],
      ["warning", "2 examples were cut"],
    ]);
  });

  it("drops what a resume runs again, so that no step is shown twice", () => {
    const history = extendHistory(emptyHistory, [
      step(1, 1, 3),
      step(2, 2, 2.5),
      { seq: 3, time, type: "evaluation", step: 2, phase: "during", loss: 2.6, token_accuracy: 0.3 },
      { seq: 4, time, type: "resumed", from_step: 1 },
      step(5, 2, 2.5),
    ]);
    expect(history.train.map((point) => point.step)).toEqual([1, 2]);
    expect(history.heldOut).toEqual([]);
  });

  it("shows one held-out loss for each step", () => {
    const at = (seq: number, phase: "during" | "after", loss: number): JobEvent => ({
      seq,
      time,
      type: "evaluation",
      step: 9,
      phase,
      loss,
      token_accuracy: 0.5,
    });
    expect(extendHistory(emptyHistory, [at(1, "during", 2), at(2, "after", 1.9)]).heldOut).toEqual([
      { step: 9, value: 1.9 },
    ]);
  });
});

describe("smoothing", () => {
  const points = [
    { step: 1, value: 4 },
    { step: 2, value: 2 },
  ];

  it("leaves the values alone at 0", () => {
    expect(smooth(points, 0)).toEqual(points);
  });

  it("averages with the past", () => {
    expect(smooth(points, 0.5)).toEqual([
      { step: 1, value: 4 },
      { step: 2, value: 3 },
    ]);
  });
});

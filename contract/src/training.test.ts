import { describe, expect, it } from "vitest";
import { JobName, JobStatus, StartTrainingRequest, canJobBecome, canStopJob, isFinalJobStatus } from "./training.ts";

describe("the states of a job", () => {
  it.each([
    ["Pending", "InProgress", true],
    ["Pending", "Completed", false],
    ["InProgress", "Pending", false],
    ["Stopping", "Completed", true],
    ["Stopping", "InProgress", false],
    ["Completed", "Pending", false],
    ["Failed", "Pending", true],
    ["Stopped", "Pending", true],
  ] as const)("%s to %s: %s", (from, to, allowed) => {
    expect(canJobBecome(from, to)).toBe(allowed);
  });

  it("can reach an end from every state", () => {
    const reachesEnd = (status: JobStatus, seen: readonly JobStatus[] = []): boolean =>
      isFinalJobStatus(status) ||
      JobStatus.options.some(
        (next) => canJobBecome(status, next) && !seen.includes(next) && reachesEnd(next, [...seen, next]),
      );
    for (const status of JobStatus.options) expect(reachesEnd(status), status).toBe(true);
  });

  it("can be stopped only while it waits or runs", () => {
    expect(JobStatus.options.filter(canStopJob)).toEqual(["Pending", "InProgress"]);
  });
});

describe("a request for a run", () => {
  it("fills in what is left out", () => {
    expect(StartTrainingRequest.parse({ files: ["a.csv"] })).toEqual({
      files: ["a.csv"],
      hyperparameters: {},
      base_model: "starter",
    });
  });

  it.each([
    ["a misspelt name", { learningrate: 1 }],
    ["a learning rate of nothing", { learning_rate: 0 }],
    ["a learning rate beyond 1", { learning_rate: 1e9 }],
    ["half an epoch", { epochs: 0.5 }],
    ["a million epochs", { epochs: 1_000_000 }],
    ["an empty batch", { batch_size: 0 }],
    ["an unknown optimizer", { optimizer: "lion" }],
    ["a number as text", { batch_size: "32" }],
    ["no number at all", { learning_rate: Number.NaN }],
  ])("refuses %s", (_, hyperparameters) => {
    expect(StartTrainingRequest.safeParse({ files: ["a.csv"], hyperparameters }).success).toBe(false);
  });

  it("knows the name of a job from a path that climbs", () => {
    expect(JobName.safeParse("llm-tune-ab12-starter-20261121-100000-local").success).toBe(true);
    expect(JobName.safeParse("llm-tune-../../etc").success).toBe(false);
  });
});

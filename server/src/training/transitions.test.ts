import { canJobBecome, type JobFailure } from "@llm-tuner/contract/training.ts";
import { describe, expect, it } from "vitest";
import type { JobChange } from "./job-record.ts";
import { exampleJob } from "./testing/example-job.ts";
import type { TrainerNews } from "./trainer-events.ts";
import {
  claimed,
  failed,
  lostProcess,
  restarted,
  resumed,
  stopRequested,
  submitted,
  tookIn,
  type LossCircumstances,
} from "./transitions.ts";

const now = new Date("2026-11-21T11:00:00.000Z");
const starter = { pid: 10, startTicks: 1, bootId: "boot" };
const running = exampleJob({ status: "InProgress", attempt: 1, slot: 0, externalId: "process 1", startedAt: now });
const circumstances: LossCircumstances = {
  cause: "crashed",
  logTail: ["the end"],
  maxAttempts: 3,
  restartSeconds: 5,
  now,
};

const statuses = ({ events }: JobChange): string[] =>
  events.flatMap((event) => (event.type === "status" ? [event.status] : []));

const news = (differences: Partial<TrainerNews> = {}): TrainerNews => ({
  progress: { step: 3, totalSteps: 9, etaSeconds: 1, heldOutLossBefore: 4, heldOutLossAfter: null },
  events: [{ type: "checkpoint", time: now.toISOString(), step: 3 }],
  metrics: [],
  ...differences,
});

describe("a turn", () => {
  it("makes a waiting job run, with a new fencing token", () => {
    const { job } = claimed(exampleJob({ attempt: 4 }), { starter, slot: 1, now });
    expect(job).toMatchObject({ status: "InProgress", attempt: 5, starter, slot: 1, startedAt: now, claimedAt: now });
    expect(submitted(job, "process 5").job).toMatchObject({ starter: null, externalId: "process 5" });
  });

  it("keeps the time of the first start of a job that goes on", () => {
    const first = new Date("2026-11-21T10:30:00.000Z");
    expect(claimed(exampleJob({ startedAt: first }), { starter, slot: 0, now }).job.startedAt).toEqual(first);
  });
});

describe("what the trainer tells", () => {
  it("moves the job on and is remembered up to its offset", () => {
    const { job, events } = tookIn(running, { news: news({ dropMetricsAfterStep: 2 }), nextOffset: 77, now });
    expect(job).toEqual({ ...running, ...news().progress, eventOffset: 77 });
    expect(events).toEqual(news().events);
  });

  it.each([
    ["completes a running job", running, "Completed"],
    ["completes a job that was being stopped but was faster", { ...running, status: "Stopping" as const }, "Completed"],
  ])("%s, and its process is still to be seen off", (_, job, status) => {
    const change = tookIn(job, { news: news({ outcome: { kind: "completed" } }), nextOffset: 9, now });
    expect(change.job).toMatchObject({ status, endedAt: now, externalId: "process 1", etaSeconds: null });
    expect(statuses(change)).toEqual([status]);
  });

  it("ends a job with the trainer's own reason", () => {
    const failure: JobFailure = {
      code: "out_of_memory",
      message: "No memory.",
      remedy: "Buy some.",
      log_tail: ["x"],
    };
    const outcome = { kind: "failed", failure } as const;
    const change = tookIn(running, { news: news({ outcome }), nextOffset: 9, now });
    expect(change.job).toMatchObject({ status: "Failed", failure });
    expect(change.events.at(-1)).toMatchObject({ status: "Failed", message: "No memory. Buy some." });
  });

  it("stops a job only when that was asked for", () => {
    const outcome = { kind: "stopped", hasCheckpoint: true, step: 3 } as const;
    const asked = tookIn({ ...running, status: "Stopping" }, { news: news({ outcome }), nextOffset: 9, now });
    expect(asked.job).toMatchObject({ status: "Stopped", endedAt: now });
    const unasked = tookIn(running, { news: news({ outcome }), nextOffset: 9, now });
    expect(unasked.job.status).toBe("InProgress");
    expect(statuses(unasked)).toEqual([]);
  });
});

describe("a lost process", () => {
  it("is replaced after growing pauses, and the job fails when it has been lost too often", () => {
    const first = lostProcess(running, circumstances);
    expect(first.job).toMatchObject({ status: "InProgress", crashes: 1, externalId: null });
    expect(first.job.restartAt).toEqual(new Date(now.getTime() + 5000));
    expect(first.events).toMatchObject([{ type: "log", level: "warning", code: "trainer_crashed" }]);

    const again = restarted(first.job, starter);
    expect(again.job).toMatchObject({ attempt: 2, starter, restartAt: null });

    const second = lostProcess(submitted(again.job, "process 2").job, circumstances);
    expect(second.job.restartAt).toEqual(new Date(now.getTime() + 20_000));

    const third = lostProcess({ ...running, crashes: 2 }, { ...circumstances, cause: "hung" });
    expect(third.job).toMatchObject({ status: "Failed", crashes: 3, slot: null, externalId: null, endedAt: now });
    expect(third.job.failure).toMatchObject({ code: "trainer_hung", log_tail: ["the end"] });
    expect(third.job.failure?.message).toContain("started 3 times");
  });

  it("stops a job that was being stopped", () => {
    const change = lostProcess({ ...running, status: "Stopping" }, circumstances);
    expect(change.job).toMatchObject({ status: "Stopped", endedAt: now, slot: null, externalId: null });
    expect(statuses(change)).toEqual(["Stopped"]);
  });

  it("only frees the device of a job that has ended", () => {
    const completed = exampleJob({ status: "Completed", externalId: "process 1", slot: 0, endedAt: now });
    expect(lostProcess(completed, circumstances)).toEqual({
      job: { ...completed, externalId: null, slot: null },
      events: [],
    });
  });
});

describe("a process that is seen off late", () => {
  it("is no crash of a job that its person has let go on meanwhile: the device is freed, and it waits as before", () => {
    const stopped = { ...running, status: "Stopped" as const, endedAt: now };
    const waiting = resumed(stopped, now).job;
    const change = lostProcess(waiting, circumstances);
    expect(change).toEqual({ job: { ...waiting, externalId: null, slot: null }, events: [] });
    const again = claimed(change.job, { starter, slot: 0, now }).job;
    expect(again).toMatchObject({ status: "InProgress", attempt: 2, crashes: 0, restartAt: null });
  });
});

describe("a person's wish", () => {
  it("stops a waiting job at once and a running one by way of Stopping", () => {
    expect(stopRequested(exampleJob(), now).job).toMatchObject({ status: "Stopped", endedAt: now });
    expect(stopRequested(running, now).job).toMatchObject({ status: "Stopping", endedAt: null });
  });

  it("lets a failed job wait again with a clean slate and its curve", () => {
    const failure: JobFailure = { code: "trainer_crashed", message: "m", remedy: "r", log_tail: [] };
    const before = failed({ ...running, crashes: 3, step: 8 }, failure, now).job;
    expect(resumed(before, now).job).toMatchObject({
      status: "Pending",
      crashes: 0,
      failure: null,
      endedAt: null,
      queuedAt: now,
      step: 8,
      attempt: 1,
    });
  });

  it("follows the ways that the contract allows", () => {
    for (const status of ["Pending", "InProgress"] as const) {
      expect(canJobBecome(status, stopRequested(exampleJob({ status }), now).job.status)).toBe(true);
    }
    for (const status of ["Stopped", "Failed"] as const) {
      expect(canJobBecome(status, resumed(exampleJob({ status }), now).job.status)).toBe(true);
    }
  });
});

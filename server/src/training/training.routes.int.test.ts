import { existsSync } from "node:fs";
import { join } from "node:path";
import { JobEvent, TrainingJob, type TrainingMetric } from "@llm-tuner/contract/training.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { archiveOf } from "../platform/testing/archive.ts";
import { oneTo, stepsShown, waitForJob, waitForStatus } from "./testing/job-watching.ts";
import type { TrainerScript } from "./testing/scripted-trainer.ts";
import { writeScript } from "./testing/supervision.ts";
import { createTrainingApp } from "./testing/training-app.ts";

let app: Awaited<ReturnType<typeof createTrainingApp>>;
let datasetId: string;

beforeAll(async () => {
  app = await createTrainingApp();
  await app.module.start?.();
  const fileId = await app.upload("sales.csv");
  datasetId = (await app.call("POST", "/api/datasets", { body: { file_ids: [fileId] } })).body.id;
});
afterEach(async () => {
  for (const { job_name } of (await app.call("GET", "/api/training-jobs")).body.training_jobs) {
    await app.call("POST", `/api/stop-training-job/${job_name}`);
  }
});
afterAll(() => app.close());

let number = 0;

const start = async (script: TrainerScript, headers = {}): Promise<string> => {
  const base_model = `routes-${(number += 1)}`;
  await writeScript(app.dataDir, base_model, script);
  const { status, body } = await app.call("POST", "/api/start-training", {
    body: { base_model, dataset_id: datasetId },
    headers,
  });
  expect(status).toBe(202);
  return body.job_name;
};

const get = (jobName: string, as = "ada") => app.call("GET", `/api/training-job/${jobName}`, { as });
const finished = async (script: TrainerScript): Promise<string> => {
  const jobName = await start(script);
  await waitForStatus(app.database, jobName, "Completed");
  return jobName;
};

const messagesOf = (text: string) =>
  text
    .split("\n\n")
    .filter((block) => block.includes("data: "))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
      return { id: field("id"), type: field("event"), event: JobEvent.parse(JSON.parse(field("data"))) };
    });

const watch = async (jobName: string, lastEventId?: string) => {
  const headers = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  return messagesOf((await app.call("GET", `/api/training-job/${jobName}/events`, { headers })).text);
};

describe("a job as the API shows it", () => {
  it("has its curves, its losses and its times", async () => {
    const jobName = await finished({ steps: 12 });
    const job = TrainingJob.parse((await get(jobName)).body);
    expect(job).toMatchObject({
      job_name: jobName,
      status: "Completed",
      instance_type: "local",
      progress: 1,
      step: 12,
      total_steps: 12,
      estimated_cost: 0,
      queue_position: null,
      attempts: 1,
      held_out_loss_before: 4,
      failure: null,
    });
    expect(job.held_out_loss_after).toBeLessThan(4);
    expect(job.duration_seconds).toBeGreaterThan(0);
    const steps = (name: TrainingMetric["metric_name"]) =>
      job.training_metrics.filter(({ metric_name }) => metric_name === name).map(({ step }) => step);
    expect(steps("train_loss")).toEqual(oneTo(12));
    expect(steps("held_out_loss")).toEqual([0, 12]);
  });

  it("says how it failed", async () => {
    const jobName = await start({ fail: { step: 2, code: "out_of_memory" } });
    await waitForStatus(app.database, jobName, "Failed");
    expect((await get(jobName)).body).toMatchObject({
      status: "Failed",
      failure_reason: "It failed.",
      failure: { code: "out_of_memory", remedy: "Mend it.", log_tail: ["a line"] },
    });
  });

  it("says how many go before it", async () => {
    const running = await start({ steps: 10_000 });
    await waitForJob(app.database, running, ({ step }) => step > 0);
    const second = await start({ steps: 1 });
    const third = await start({ steps: 1 });
    expect((await get(running)).body.queue_position).toBeNull();
    expect((await get(second)).body.queue_position).toBe(1);
    expect((await get(third)).body).toMatchObject({ status: "Pending", queue_position: 2, progress: 0 });
  });

  it("is there for its owner only", async () => {
    const jobName = await finished({ steps: 1 });
    for (const [method, path] of [
      ["GET", `/api/training-job/${jobName}`],
      ["GET", `/api/training-job/${jobName}/events`],
      ["POST", `/api/stop-training-job/${jobName}`],
      ["POST", `/api/resume-training-job/${jobName}`],
    ] as const) {
      const answer = await app.call(method, path, { as: "bob" });
      expect(answer).toMatchObject({ status: 404, body: { error: { code: "training_job_not_found" } } });
    }
    expect((await app.call("GET", "/api/training-jobs", { as: "bob" })).body.training_jobs).toEqual([]);
  });
});

describe("the events of a job", () => {
  it("come from the start, numbered, and end with the job", async () => {
    const jobName = await finished({ steps: 8 });
    const messages = await watch(jobName);
    expect(messages.map(({ id }) => Number(id))).toEqual(oneTo(messages.length));
    expect(messages.every(({ id, type, event }) => id === String(event.seq) && type === event.type)).toBe(true);
    expect(stepsShown(messages.map(({ event }) => event))).toEqual(oneTo(8));
    expect(messages.at(-1)?.event).toMatchObject({ type: "status", status: "Completed" });
  });

  it("go on after the last one that was received", async () => {
    const jobName = await finished({ steps: 8 });
    const all = await watch(jobName);
    expect(await watch(jobName, "5")).toEqual(all.slice(5));
    expect(await watch(jobName, "0")).toEqual(all);
    expect(await watch(jobName, String(all.length))).toEqual([]);
  });

  it("refuse an id that is none", async () => {
    const jobName = await finished({ steps: 1 });
    for (const lastEventId of ["abc", "-1", "1.5", "99999999999"]) {
      const headers = { "last-event-id": lastEventId };
      const answer = await app.call("GET", `/api/training-job/${jobName}/events`, { headers });
      expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalid_last_event_id" } } });
    }
  });

  it("reach several listeners while they happen, whenever these come", async () => {
    const jobName = await start({ steps: 60, stepMs: 10 });
    const early = watch(jobName);
    await waitForJob(app.database, jobName, ({ step }) => step > 10);
    const late = watch(jobName);
    const [first, second] = await Promise.all([early, late]);
    expect(stepsShown(first.map(({ event }) => event))).toEqual(oneTo(60));
    expect(second).toEqual(first);
  });

  it("tell of a crash in a way that leaves each step once", async () => {
    const jobName = await start({ steps: 20, checkpointEvery: 6, crash: { step: 9, times: 1 } });
    const events = (await watch(jobName)).map(({ event }) => event);
    expect(events.map(({ type }) => type)).toContain("resumed");
    expect(stepsShown(events)).toEqual(oneTo(20));
  });
});

describe("a start that waits", () => {
  it("answers when the job has ended", async () => {
    const jobName = await start({ steps: 5 }, { prefer: "wait" });
    expect((await get(jobName)).body.status).toBe("Completed");
  });

  it("answers in time when the job takes longer", async () => {
    const jobName = await start({ steps: 10_000 }, { prefer: "wait=0" });
    expect(["Pending", "InProgress"]).toContain((await get(jobName)).body.status);
  });
});

describe("the list of jobs", () => {
  it("is paged, newest first, and can be narrowed to a status", async () => {
    const names = [await finished({ steps: 1 }), await finished({ steps: 1 }), await finished({ steps: 1 })];
    const page = await app.call("GET", "/api/training-jobs?limit=2&status=Completed");
    expect(page.body.training_jobs.map(({ job_name }: { job_name: string }) => job_name)).toEqual([names[2], names[1]]);
    const next = await app.call("GET", `/api/training-jobs?limit=1&status=Completed&cursor=${page.body.next_cursor}`);
    expect(next.body.training_jobs[0]).toMatchObject({ job_name: names[0], status: "Completed", progress: 1 });
    expect((await app.call("GET", "/api/training-jobs?status=Stopping")).body).toEqual({
      training_jobs: [],
      next_cursor: null,
    });
    expect((await app.call("GET", "/api/training-jobs?cursor=nonsense")).status).toBe(400);
  });
});

describe("stop and resume", () => {
  it("keep a checkpoint and go on from it", async () => {
    const jobName = await start({ steps: 150, stepMs: 20, checkpointEvery: 1000 });
    await waitForJob(app.database, jobName, ({ step }) => step > 3);
    const stop = await app.call("POST", `/api/stop-training-job/${jobName}`);
    expect(stop).toMatchObject({ status: 200, body: { job_name: jobName, status: "Stopping" } });
    expect((await app.call("POST", `/api/stop-training-job/${jobName}`)).status).toBe(200);
    await waitForStatus(app.database, jobName, "Stopped");

    const resume = await app.call("POST", `/api/resume-training-job/${jobName}`);
    expect(resume).toMatchObject({ status: 202, body: { job_name: jobName, status: "Pending" } });
    await waitForStatus(app.database, jobName, "Completed");
    expect(stepsShown((await watch(jobName)).map(({ event }) => event))).toEqual(oneTo(150));
  });

  it("are refused with the reason when they make no sense", async () => {
    const jobName = await finished({ steps: 1 });
    expect(await app.call("POST", `/api/stop-training-job/${jobName}`)).toMatchObject({
      status: 409,
      body: { error: { code: "training_job_not_stoppable", message: expect.stringContaining("Completed") } },
    });
    expect(await app.call("POST", `/api/resume-training-job/${jobName}`)).toMatchObject({
      status: 409,
      body: { error: { code: "training_job_not_resumable", details: { remedy: expect.any(String) } } },
    });
  });

  it("take a waiting job out of the queue at once", async () => {
    const running = await start({ steps: 10_000 });
    await waitForJob(app.database, running, ({ step }) => step > 0);
    const waiting = await start({ steps: 1 });
    const stop = await app.call("POST", `/api/stop-training-job/${waiting}`);
    expect(stop.body).toMatchObject({ status: "Stopped", stopped_at: expect.any(String) });
    expect((await get(waiting)).body).toMatchObject({ status: "Stopped", start_time: null, attempts: 0 });
  });
});

describe("the end of an account", () => {
  it("ends what runs and what waits, and removes rows and run folders of that person only", async () => {
    const running = await start({ steps: 10_000, ignoresTerm: true });
    await waitForJob(app.database, running, ({ step }) => step > 0);
    const waiting = await start({ steps: 1 });
    const listed = (await archiveOf(app.module, app.people.ada)).get("jobs.jsonl");
    for (const jobName of [running, waiting]) expect(listed).toContain(jobName);

    await app.module.personalData?.erase(app.people.ada);
    await app.module.personalData?.erase(app.people.ada);
    for (const jobName of [running, waiting]) {
      expect((await get(jobName)).status).toBe(404);
      expect(existsSync(join(app.dataDir, "runs", jobName))).toBe(false);
    }
  });
});

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunJob } from "@llm-tuner/contract/run-folder.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { appError } from "../platform/errors.ts";
import { silentLog } from "../platform/log/log.ts";
import { identityOf, isRunning, signalProcess, type ProcessIdentity } from "../platform/processes/process-identity.ts";
import { type PgBossQueue, startPgBossQueue } from "../platform/queue/pg-boss-queue.ts";
import { createTestDatabase } from "../platform/testing/test-database.ts";
import {
  addJob,
  addUser,
  endTrainers,
  eventsOf,
  finishedNotices,
  oneTo,
  processOf,
  stepsShown,
  stepsStored,
  waitForJob,
  waitForStatus,
} from "./testing/job-watching.ts";
import type { TrainerScript } from "./testing/scripted-trainer.ts";
import { createSupervision, writeScript } from "./testing/supervision.ts";
import type { TrainingConfig } from "./training.config.ts";
import { TrainingStore } from "./training.store.ts";
import { claimed, resumed, stopRequested, submitted } from "./transitions.ts";
import { until } from "../platform/testing/until.ts";

const { database, url, drop } = await createTestDatabase();
let queue: PgBossQueue;
let dataDir: string;
let userId: string;
const started: ReturnType<typeof createSupervision>[] = [];

const goneServer: ProcessIdentity = { pid: 4_000_000, startTicks: 1, bootId: "of a server that is gone" };

const waitForProcessEnd = (externalId: string | null): Promise<boolean> =>
  until(() => !isRunning(processOf(externalId)));

beforeAll(async () => {
  queue = await startPgBossQueue({ url, log: silentLog });
  dataDir = await mkdtemp(join(tmpdir(), "supervisor-"));
  userId = await addUser(database);
});

afterEach(async () => {
  for (const { supervisor } of started.splice(0)) await supervisor.stop();
  await endTrainers(database);
  await database.execute("delete from training_jobs");
});

afterAll(async () => {
  await queue.stop();
  await drop();
  await rm(dataDir, { recursive: true });
});

const supervise = async (config?: Partial<TrainingConfig>) => {
  const supervision = createSupervision({ database, queue, dataDir, ...(config ? { config } : {}) });
  started.push(supervision);
  await supervision.supervisor.start();
  return supervision;
};

/** Queues a job on which the stand-in behaves as `script` says, and starts a supervisor. */
const run = async (script: TrainerScript, config?: Partial<TrainingConfig>) => {
  const baseModel = `scripted-${Math.random()}`;
  await writeScript(dataDir, baseModel, script);
  const supervision = await supervise(config);
  const jobName = await addJob({ database, writer: supervision.writer }, { userId, baseModel });
  supervision.supervisor.wake();
  return { ...supervision, jobName, baseModel };
};

const ask = async ({ writer, supervisor }: ReturnType<typeof createSupervision>, jobName: string) => {
  await writer.change(jobName, (job) => stopRequested(job, new Date()));
  supervisor.wake();
};

describe("a job", () => {
  it("runs in a process of its own to the end, and each of its steps is told once", async () => {
    const { jobName, runsFolder } = await run({ steps: 30 });
    const job = await waitForJob(database, jobName, ({ status, slot }) => status === "Completed" && slot === null);
    expect(job).toMatchObject({
      attempt: 1,
      step: 30,
      totalSteps: 30,
      heldOutLossBefore: 4,
      failure: null,
      etaSeconds: null,
    });
    expect(job.endedAt?.getTime()).toBeGreaterThanOrEqual(job.startedAt?.getTime() ?? Infinity);

    const events = await eventsOf(database, jobName);
    expect(stepsShown(events)).toEqual(oneTo(30));
    expect(events.flatMap((event) => (event.type === "status" ? [event.status] : []))).toEqual([
      "Pending",
      "InProgress",
      "Completed",
    ]);
    for (const metric of ["train_loss", "learning_rate", "tokens_per_second"]) {
      expect(await stepsStored(database, jobName, metric)).toEqual(oneTo(30));
    }
    expect(await stepsStored(database, jobName, "held_out_loss")).toEqual([0, 30]);
    expect(await finishedNotices(database, jobName)).toBe(1);

    const folder = join(runsFolder, jobName);
    const runJob = RunJob.parse(JSON.parse(await readFile(join(folder, "job.json"), "utf8")));
    expect(runJob).toMatchObject({ job_name: jobName, task: "train", device: "auto" });
    expect(await readdir(join(folder, "data"))).toEqual(["held-out.jsonl", "train.jsonl"]);
    expect((await readdir(runsFolder)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("waits while the device is occupied, and users take turns", async () => {
    const supervision = await supervise();
    await writeScript(dataDir, "short", { steps: 2 });
    const other = await addUser(database);
    const add = (owner: string) =>
      addJob({ database, writer: supervision.writer }, { userId: owner, baseModel: "short" });
    const names = [await add(userId), await add(userId), await add(userId), await add(other)];
    supervision.supervisor.wake();
    const jobs = await Promise.all(names.map((name) => waitForStatus(database, name, "Completed")));
    const byStart = jobs.toSorted((a, b) => (a.startedAt?.getTime() ?? 0) - (b.startedAt?.getTime() ?? 0));
    expect(byStart.map(({ jobName }) => names.indexOf(jobName))).toEqual([0, 3, 1, 2]);
    for (const [index, job] of byStart.slice(1).entries()) {
      expect(job.startedAt?.getTime()).toBeGreaterThanOrEqual(byStart[index]?.endedAt?.getTime() ?? Infinity);
    }
  });

  it("ends with the trainer's reason when the trainer gives it up", async () => {
    const { jobName } = await run({ fail: { step: 3, code: "loss_diverged" } });
    const job = await waitForStatus(database, jobName, "Failed");
    expect(job.failure).toEqual({
      code: "loss_diverged",
      message: "It failed.",
      remedy: "Mend it.",
      log_tail: ["a line"],
    });
    expect(job.attempt).toBe(1);
    expect(await finishedNotices(database, jobName)).toBe(0);
  });

  it.each([
    [
      "data_set_invalid",
      1,
      appError({ code: "dataset_not_found", status: 404, message: "There is no such data set." }),
    ],
    ["disk_full", 1, Object.assign(new Error("write"), { code: "ENOSPC" })],
    ["trainer_crashed", 3, new Error("a passing fault")],
  ])("fails with %s after %d attempts when its run folder cannot be made", async (code, attempt, error) => {
    const supervision = createSupervision({
      database,
      queue,
      dataDir,
      writeRunData: () => Promise.reject(error),
    });
    started.push(supervision);
    await supervision.supervisor.start();
    const jobName = await addJob({ database, writer: supervision.writer }, { userId });
    supervision.supervisor.wake();
    const job = await waitForStatus(database, jobName, "Failed");
    expect(job).toMatchObject({ attempt, failure: { code }, slot: null });
    expect(await readdir(supervision.runsFolder)).not.toContain(jobName);
    expect((await readdir(supervision.runsFolder)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("is not left with a process when its user is deleted", async () => {
    const owner = await addUser(database);
    await writeScript(dataDir, "long", { steps: 10_000 });
    const supervision = await supervise();
    const jobName = await addJob({ database, writer: supervision.writer }, { userId: owner, baseModel: "long" });
    supervision.supervisor.wake();
    const { externalId } = await waitForJob(database, jobName, ({ step }) => step > 3);
    await database.execute("delete from users where id = $1", [owner]);
    expect(await waitForProcessEnd(externalId)).toBe(true);
  });
});

describe("a process that is lost", () => {
  it("is replaced, and the job goes on from its checkpoint", async () => {
    const { jobName } = await run({ steps: 20, checkpointEvery: 6, crash: { step: 10, times: 1 } });
    const job = await waitForStatus(database, jobName, "Completed");
    expect(job).toMatchObject({ attempt: 2, crashes: 1, step: 20 });
    const events = await eventsOf(database, jobName);
    expect(events).toContainEqual(expect.objectContaining({ type: "resumed", from_step: 6 }));
    expect(events).toContainEqual(expect.objectContaining({ type: "log", level: "warning", code: "trainer_crashed" }));
    expect(stepsShown(events)).toEqual(oneTo(20));
    expect(await stepsStored(database, jobName)).toEqual(oneTo(20));
    expect(await finishedNotices(database, jobName)).toBe(1);
  });

  it("ends the job with its last words when that happens too often", async () => {
    const { jobName } = await run({ crash: { step: 2, times: 99 } });
    const job = await waitForStatus(database, jobName, "Failed");
    expect(job).toMatchObject({ attempt: 3, slot: null, externalId: null });
    expect(job.failure?.code).toBe("trainer_crashed");
    expect(job.failure?.log_tail.at(-1)).toBe("Traceback: attempt 3 dies at step 2");
    expect(await finishedNotices(database, jobName)).toBe(0);
  });

  it("is ended when it shows no sign of work", async () => {
    const { jobName } = await run(
      { steps: 8, hang: { step: 6 }, ignoresTerm: true },
      { hangSeconds: 1, stopGraceSeconds: 0 },
    );
    const job = await waitForStatus(database, jobName, "Completed");
    expect(job.attempt).toBe(2);
    const events = await eventsOf(database, jobName);
    expect(events).toContainEqual(expect.objectContaining({ type: "log", code: "trainer_hung" }));
    expect(stepsShown(events)).toEqual(oneTo(8));
  });

  it("is seen off when it stays after its last word", async () => {
    let ahead = 0;
    const clock = { now: () => new Date(Date.now() + ahead) };
    await writeScript(dataDir, "lingering", { steps: 2, lingers: true });
    const supervision = createSupervision({ database, queue, dataDir, clock, config: { stopGraceSeconds: 0 } });
    started.push(supervision);
    await supervision.supervisor.start();
    const jobName = await addJob({ database, writer: supervision.writer }, { userId, baseModel: "lingering" });
    const waiting = await addJob({ database, writer: supervision.writer }, { userId, baseModel: "lingering" });
    supervision.supervisor.wake();
    const { externalId } = await waitForStatus(database, jobName, "Completed");
    expect(isRunning(processOf(externalId))).toBe(true);
    expect((await waitForStatus(database, waiting, "Pending")).attempt).toBe(0);
    ahead = 11_000;
    await waitForJob(database, jobName, (job) => job.externalId === null && job.slot === null);
    expect(isRunning(processOf(externalId))).toBe(false);
    await waitForJob(database, waiting, ({ attempt }) => attempt === 1);
  });
});

describe("a stop", () => {
  it("lets the trainer save, and a resume goes on from there", async () => {
    const supervision = await run({ steps: 150, stepMs: 20, checkpointEvery: 1000 });
    const { jobName, writer, supervisor } = supervision;
    await waitForJob(database, jobName, ({ step }) => step > 3);
    await ask(supervision, jobName);
    const stopped = await waitForJob(database, jobName, ({ status, slot }) => status === "Stopped" && slot === null);
    expect(stopped.attempt).toBe(1);
    expect(stopped.step).toBeLessThan(150);

    await writer.change(jobName, (job) => resumed(job, new Date()));
    supervisor.wake();
    const job = await waitForStatus(database, jobName, "Completed");
    expect(job.attempt).toBe(2);
    const events = await eventsOf(database, jobName);
    expect(events).toContainEqual(expect.objectContaining({ type: "resumed", from_step: stopped.step }));
    expect(stepsShown(events)).toEqual(oneTo(150));
    expect(await stepsStored(database, jobName)).toEqual(oneTo(150));
  });

  it("ends a process that does not follow", async () => {
    const supervision = await run({ steps: 10_000, ignoresTerm: true }, { stopGraceSeconds: 0.1 });
    const { externalId } = await waitForJob(database, supervision.jobName, ({ step }) => step > 3);
    await ask(supervision, supervision.jobName);
    const job = await waitForStatus(database, supervision.jobName, "Stopped");
    expect(job).toMatchObject({ crashes: 0, failure: null, externalId: null });
    expect(isRunning(processOf(externalId))).toBe(false);
  });

  it("takes effect in the pause before a further attempt", async () => {
    const supervision = await run({ crash: { step: 2, times: 99 } }, { restartSeconds: 3600 });
    await waitForJob(database, supervision.jobName, ({ restartAt }) => restartAt !== null);
    await ask(supervision, supervision.jobName);
    expect(await waitForStatus(database, supervision.jobName, "Stopped")).toMatchObject({
      attempt: 1,
      restartAt: null,
    });
  });

  it("from outside is no stop: the job goes on", async () => {
    const { jobName } = await run({ steps: 150, stepMs: 20 });
    const { externalId } = await waitForJob(database, jobName, ({ step }) => step > 3);
    signalProcess(processOf(externalId), "SIGTERM");
    expect((await waitForStatus(database, jobName, "Completed")).attempt).toBe(2);
    expect(await stepsStored(database, jobName)).toEqual(oneTo(150));
  });
});

describe("a start that a killed server left unfinished", () => {
  const leave = async (script: TrainerScript) => {
    const supervision = createSupervision({ database, queue, dataDir });
    started.push(supervision);
    await writeScript(dataDir, "left", script);
    const jobName = await addJob({ database, writer: supervision.writer }, { userId, baseModel: "left" });
    const job = await supervision.writer.change(jobName, (before) =>
      claimed(before, { starter: goneServer, slot: 0, now: new Date() }),
    );
    if (!job) throw new Error("the job was not claimed");
    return { ...supervision, job, jobName };
  };

  it("is made again when there is no process", async () => {
    const { supervisor, jobName } = await leave({ steps: 5 });
    await supervisor.start();
    expect(await waitForStatus(database, jobName, "Completed")).toMatchObject({ attempt: 2, crashes: 1 });
  });

  it("is taken up when the process runs already", async () => {
    const supervision = await leave({ steps: 10_000 });
    const { supervisor, executor, job, jobName } = supervision;
    const { datasetId, hyperparameters } = job;
    const baseModel = { name: "left", source: { kind: "folder", path: join(dataDir, "base-models/left") } } as const;
    await executor.prepare({ jobName, datasetId, baseModel, hyperparameters, slot: 0 });
    const externalId = await executor.submit(jobName);
    await supervisor.start();
    expect(await waitForJob(database, jobName, ({ step }) => step > 0)).toMatchObject({ attempt: 1, externalId });
    await ask(supervision, jobName);
    const { step, attempt } = await waitForStatus(database, jobName, "Stopped");
    expect(attempt).toBe(1);
    expect(await stepsStored(database, jobName)).toEqual(oneTo(step));
  });

  it("is not taken from a server that is still at it", async () => {
    const { supervisor, writer, jobName } = await leave({ steps: 5 });
    const starter = identityOf(process.ppid) ?? null;
    await writer.change(jobName, (job) => ({ job: { ...job, starter }, events: [] }));
    await supervisor.start();
    expect(await new TrainingStore(database).find(jobName)).toMatchObject({
      status: "InProgress",
      attempt: 1,
      crashes: 0,
      starter,
    });
  });

  it("does not let a late server write for an attempt that was given up", async () => {
    const { supervisor, writer, jobName } = await leave({ steps: 5 });
    await supervisor.start();
    await waitForStatus(database, jobName, "Completed");
    const late = await writer.change(jobName, (job) =>
      job.attempt === 1 && job.starter !== null ? submitted(job, "late") : undefined,
    );
    expect(late).toBeUndefined();
  });
});

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../platform/log/log.ts";
import { isRunning, signalProcess } from "../platform/processes/process-identity.ts";
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
import { exampleHyperparameters } from "./testing/example-job.ts";
import type { TrainerScript } from "./testing/scripted-trainer.ts";
import { createWriter, writeScript } from "./testing/supervision.ts";
import { until } from "../platform/testing/until.ts";

const { database, url, drop } = await createTestDatabase();
let queue: PgBossQueue;
let dataDir: string;
let userId: string;
const servers: ChildProcess[] = [];

beforeAll(async () => {
  queue = await startPgBossQueue({ url, log: silentLog });
  dataDir = await mkdtemp(join(tmpdir(), "server-kill-"));
  userId = await addUser(database);
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map(kill));
  await endTrainers(database);
  await database.execute("delete from training_jobs");
});

afterAll(async () => {
  await queue.stop();
  await drop();
  await rm(dataDir, { recursive: true });
});

const kill = async (server: ChildProcess): Promise<void> => {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, "exit");
  server.kill("SIGKILL");
  await ended;
};

/** A server as a process of its own; resolves when it has looked after all jobs once. */
const startServer = async (trainer: "scripted" | "real" = "scripted"): Promise<ChildProcess> => {
  const program = fileURLToPath(new URL("testing/supervising-server.ts", import.meta.url));
  const server = fork(program, [url, dataDir, trainer], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  servers.push(server);
  if (server.stdout) await once(server.stdout, "data");
  return server;
};

const queueJob = async (script: TrainerScript): Promise<string> => {
  await writeScript(dataDir, "killed", script);
  return addJob({ database, writer: createWriter({ database, queue }) }, { userId, baseModel: "killed" });
};

const expectWhole = async (jobName: string, steps: number): Promise<void> => {
  expect(stepsShown(await eventsOf(database, jobName))).toEqual(oneTo(steps));
  expect(await stepsStored(database, jobName)).toEqual(oneTo(steps));
  expect(await finishedNotices(database, jobName)).toBe(1);
};

describe("after the server was killed in the middle of a job", () => {
  it("the next one finds the trainer still at work and goes on listening", async () => {
    const jobName = await queueJob({ steps: 250, stepMs: 10 });
    const first = await startServer();
    const before = await waitForJob(database, jobName, ({ step }) => step > 3);
    await kill(first);
    expect(isRunning(processOf(before.externalId))).toBe(true);
    await startServer();
    const job = await waitForStatus(database, jobName, "Completed");
    expect(job).toMatchObject({ attempt: 1, crashes: 0 });
    await expectWhole(jobName, 250);
  });

  it("the next one takes in what a trainer told that finished meanwhile", async () => {
    const jobName = await queueJob({ steps: 60, stepMs: 10 });
    const first = await startServer();
    const before = await waitForJob(database, jobName, ({ step }) => step > 3);
    await kill(first);
    await until(() => !isRunning(processOf(before.externalId)));
    await startServer();
    expect(await waitForStatus(database, jobName, "Completed")).toMatchObject({ attempt: 1, crashes: 0 });
    await expectWhole(jobName, 60);
  });

  it("and the trainer too, the next one lets the job go on from its checkpoint", async () => {
    const jobName = await queueJob({ steps: 150, stepMs: 20, checkpointEvery: 7 });
    const first = await startServer();
    const before = await waitForJob(database, jobName, ({ step }) => step > 10);
    await kill(first);
    signalProcess(processOf(before.externalId), "SIGKILL");
    await until(() => !isRunning(processOf(before.externalId)));
    await startServer();
    expect(await waitForStatus(database, jobName, "Completed")).toMatchObject({ attempt: 2, crashes: 1 });
    await expectWhole(jobName, 150);
  });

  it("a job that was being stopped is stopped by the next one", async () => {
    const jobName = await queueJob({ steps: 10_000, ignoresTerm: true });
    const first = await startServer();
    const before = await waitForJob(database, jobName, ({ step }) => step > 3);
    await kill(first);
    await database.execute("update training_jobs set status = 'Stopping' where name = $1", [jobName]);
    signalProcess(processOf(before.externalId), "SIGKILL");
    await startServer();
    expect(await waitForStatus(database, jobName, "Stopped")).toMatchObject({ attempt: 1, failure: null });
  });

  it("again and again, at any moment, no step is lost or doubled", async () => {
    const steps = 300;
    const jobName = await queueJob({ steps, stepMs: 8, checkpointEvery: 9 });
    for (let target = 20; target <= 140; target += 40) {
      const server = await startServer();
      await waitForJob(database, jobName, ({ step, status }) => step >= target || status === "Completed");
      await kill(server);
    }
    await startServer();
    expect(await waitForStatus(database, jobName, "Completed")).toMatchObject({ attempt: 1 });
    await expectWhole(jobName, steps);
  });
});

describe("two servers on one database", () => {
  it("do not start a job twice, nor tell a step twice", async () => {
    await Promise.all([startServer(), startServer()]);
    const names = [await queueJob({ steps: 20 }), await queueJob({ steps: 20 })];
    for (const jobName of names) {
      expect(await waitForStatus(database, jobName, "Completed")).toMatchObject({ attempt: 1, crashes: 0 });
      await expectWhole(jobName, 20);
    }
  });
});

describe("with the real trainer", () => {
  it("a job survives the kill of its server, and then of server and trainer", { timeout: 240_000 }, async () => {
    const writer = createWriter({ database, queue });
    const jobName = await addJob(
      { database, writer },
      { userId, hyperparameters: { ...exampleHyperparameters, batch_size: 2 } },
    );
    const first = await startServer("real");
    await waitForJob(database, jobName, ({ step }) => step > 5);
    await kill(first);

    const second = await startServer("real");
    const { externalId } = await waitForJob(database, jobName, ({ step }) => step > 40);
    await kill(second);
    signalProcess(processOf(externalId), "SIGKILL");

    await startServer("real");
    const job = await waitForStatus(database, jobName, "Completed");
    expect(job).toMatchObject({ attempt: 2, crashes: 1, totalSteps: 120 });
    expect(job.heldOutLossAfter).toBeLessThan(job.heldOutLossBefore ?? 0);
    await expectWhole(jobName, 120);
  });
});

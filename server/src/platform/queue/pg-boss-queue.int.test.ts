import { fork } from "node:child_process";
import { once } from "node:events";
import type { JobPayload } from "@llm-tuner/contract/jobs.ts";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { silentLog } from "../log/log.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { type PgBossQueue, startPgBossQueue } from "./pg-boss-queue.ts";
import { defineWorker } from "./queue.ts";

const { database, url, drop } = await createTestDatabase();
const started: PgBossQueue[] = [];
const startQueue = async () => {
  const queue = await startPgBossQueue({ url, log: silentLog, monitorSeconds: 1 });
  started.push(queue);
  return queue;
};
afterEach(async () => {
  for (const queue of started.splice(0)) {
    await queue.stopWorking(100);
    await queue.stop();
  }
  await database.execute("DELETE FROM pgboss.job");
});
afterAll(drop);

const jobName = (n: number): JobPayload<"training.finished"> => ({
  job_name: `llm-tune-a1b2c3-starter-2026112${n}-100000-local`,
});
const States = z.object({ state: z.string(), retry_count: z.number() });
const jobs = () => database.rows(States, "SELECT state::text, retry_count FROM pgboss.job ORDER BY created_on");

/** Collects what a worker of `training.finished` receives; the promise resolves with the n-th delivery. */
function recorder(fail: (delivery: number) => boolean = () => false) {
  const received: string[] = [];
  const waiting: { count: number; done: () => void }[] = [];
  const worker = defineWorker({
    queue: "training.finished",
    options: { retries: 3 },
    async handle({ job_name }) {
      received.push(job_name);
      for (const { count, done } of waiting) if (received.length >= count) done();
      if (fail(received.length)) throw new Error("not yet");
    },
  });
  const deliveries = (count: number) =>
    new Promise<void>((done) => (received.length >= count ? done() : waiting.push({ count, done })));
  return { worker, received, deliveries };
}

describe("sending", () => {
  it("happens exactly when the transaction commits", async () => {
    const queue = await startQueue();
    const failing = database.transaction(async (transaction) => {
      await queue.send(transaction, "training.finished", jobName(1));
      throw new Error("rolled back");
    });
    await expect(failing).rejects.toThrow("rolled back");
    expect(await jobs()).toEqual([]);
    await database.transaction((transaction) => queue.send(transaction, "training.finished", jobName(1)));
    expect(await jobs()).toMatchObject([{ state: "created" }]);
  });

  it("keeps one waiting job for each key, and all jobs without one", async () => {
    const queue = await startQueue();
    await queue.send(database, "training.finished", jobName(1), { singletonKey: "a" });
    await queue.send(database, "training.finished", jobName(2), { singletonKey: "a" });
    await queue.send(database, "training.finished", jobName(3), { singletonKey: "b" });
    await queue.send(database, "training.finished", jobName(4));
    await queue.send(database, "training.finished", jobName(5));
    expect(await jobs()).toHaveLength(4);
  });

  it("refuses a payload that the contract does not have", async () => {
    const queue = await startQueue();
    await expect(queue.send(database, "training.finished", { job_name: "../etc" })).rejects.toThrow(/job_name/);
  });
});

describe("working", () => {
  it("delivers the parsed payload and completes the job", async () => {
    const queue = await startQueue();
    const { worker, received, deliveries } = recorder();
    await queue.work([worker]);
    await queue.send(database, "training.finished", jobName(1));
    await deliveries(1);
    await queue.stopWorking();
    expect(received).toEqual([jobName(1).job_name]);
    expect(await jobs()).toMatchObject([{ state: "completed" }]);
  });

  it("tries a failing job again", async () => {
    const queue = await startQueue();
    const { worker, received, deliveries } = recorder((delivery) => delivery === 1);
    await queue.work([worker]);
    await queue.send(database, "training.finished", jobName(1));
    await deliveries(2);
    await queue.stopWorking();
    expect(received).toHaveLength(2);
    expect(await jobs()).toMatchObject([{ state: "completed", retry_count: 1 }]);
  });

  it("tells a job that does not end to give up when it stops, and gives it back", async () => {
    const queue = await startQueue();
    const begun = Promise.withResolvers<void>();
    const worker = defineWorker({
      queue: "training.finished",
      options: { retries: 3 },
      async handle(_payload, signal) {
        begun.resolve();
        await once(signal, "abort");
        signal.throwIfAborted();
      },
    });
    await queue.work([worker]);
    await queue.send(database, "training.finished", jobName(1));
    await begun.promise;
    await queue.stopWorking(10);
    expect(await jobs()).toMatchObject([{ state: "retry" }]);
  });

  it("delivers the job of a killed worker again", async () => {
    const queue = await startQueue();
    await queue.send(database, "training.finished", jobName(1));
    const child = fork(new URL("./testing/stuck-worker.ts", import.meta.url), {
      env: { ...process.env, TEST_DATABASE_URL: url },
    });
    await once(child, "message");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await jobs()).toMatchObject([{ state: "active" }]);
    // The heartbeat is made old instead of being waited for.
    await database.execute("UPDATE pgboss.job SET heartbeat_on = now() - interval '1 minute'");
    const { worker, received, deliveries } = recorder();
    await queue.work([worker]);
    await deliveries(1);
    expect(received).toEqual([jobName(1).job_name]);
  });
});

import type { TrainerEvent } from "@llm-tuner/contract/run-folder.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../platform/log/log.ts";
import { type PgBossQueue, startPgBossQueue } from "../platform/queue/pg-boss-queue.ts";
import { createMovableClock } from "../platform/testing/movable-clock.ts";
import { configOf } from "../platform/testing/test-app.ts";
import { createTestDatabase } from "../platform/testing/test-database.ts";
import type { Executor, RunPosition, StopMode } from "./executor.ts";
import { Follower } from "./follower.ts";
import type { JobWriter } from "./job-writer.ts";
import { addJob, addUser, finishedNotices, stepsStored } from "./testing/job-watching.ts";
import { createWriter } from "./testing/supervision.ts";
import { readNews } from "./trainer-events.ts";
import { trainingSettings } from "./training.config.ts";
import { TrainingStore } from "./training.store.ts";
import { claimed, submitted, tookIn } from "./transitions.ts";
import { until } from "../platform/testing/until.ts";

/*
 * What only happens when two servers, or a server and a slow machine, meet at one moment: driven by an executor whose
 * news the test gives out one by one.
 */

const { database, url, drop } = await createTestDatabase();
const store = new TrainingStore(database);
let queue: PgBossQueue;
let writer: JobWriter;
let userId: string;

beforeAll(async () => {
  queue = await startPgBossQueue({ url, log: silentLog });
  writer = createWriter({ database, queue });
  userId = await addUser(database);
});
afterAll(async () => {
  await queue.stop();
  await drop();
});

const externalId = "process 1";
const starter = { pid: 10, startTicks: 1, bootId: "boot" };
const stamp = { seq: 1, time: "2026-11-21T10:00:01.000Z", attempt: 1 };

const step = (number: number): TrainerEvent => ({
  ...stamp,
  type: "step",
  step: number,
  total_steps: 3,
  epoch: 1,
  loss: 1,
  learning_rate: 0.1,
  grad_norm: 1,
  supervised_tokens: 5,
  tokens_per_second: 50,
  eta_seconds: 1,
});

const completed: TrainerEvent = {
  ...stamp,
  type: "completed",
  steps: 3,
  train_seconds: 1,
  trained_tokens: 1,
  held_out_loss_before: 2,
  held_out_loss_after: 1,
};

const runningJob = async () => {
  const jobName = await addJob({ database, writer }, { userId });
  await writer.change(jobName, (job) => claimed(job, { starter, slot: 0, now: new Date() }));
  const job = await writer.change(jobName, (before) => submitted(before, externalId));
  if (!job) throw new Error("the job does not run");
  return job;
};

/** A run whose events stand at the offsets 1, 2, 3 …; `onPoll` is what happens elsewhere at that moment. */
function createHeldExecutor({
  events = [],
  ended = true,
  onPoll = async () => {},
}: {
  events?: TrainerEvent[];
  ended?: boolean;
  onPoll?: (position: RunPosition, poll: number) => Promise<void>;
}) {
  const stops: StopMode[] = [];
  let polls = 0;
  const executor: Executor = {
    prepare: async () => {},
    submit: async () => externalId,
    find: async () => undefined,
    async poll(position) {
      await onPoll(position, (polls += 1));
      const rest = events.slice(position.fromOffset);
      return { ended, events: rest, nextOffset: events.length, hasMore: false, pulse: "the same" };
    },
    async stop(_, mode) {
      stops.push(mode);
    },
    remove: async () => {},
    logTail: async () => [],
  };
  return { executor, stops, polls: () => polls };
}

const follow = (job: Awaited<ReturnType<typeof runningJob>>, executor: Executor, clock = createMovableClock()) => {
  const config = configOf(trainingSettings, { hangSeconds: 100, stopGraceSeconds: 30 });
  return new Follower(job, externalId, { store, writer, executor, clock, log: silentLog, config });
};

describe("a follower that is overtaken", () => {
  it("goes on from where the other one came, and does not take an end for a crash", async () => {
    const job = await runningJob();
    const events = [step(1), step(2), step(3), completed];
    const { executor } = createHeldExecutor({
      events,
      async onPoll(_, poll) {
        if (poll > 1) return;
        const news = readNews(job, events.slice(0, 2));
        await writer.change(job.jobName, (current) => tookIn(current, { news, nextOffset: 2, now: new Date() }));
      },
    });
    await follow(job, executor).run(new AbortController().signal);
    expect(await store.find(job.jobName)).toMatchObject({ status: "Completed", crashes: 0, externalId: null });
    expect(await stepsStored(database, job.jobName)).toEqual([1, 2, 3]);
    expect(await finishedNotices(database, job.jobName)).toBe(1);
  });

  it("leaves the job to a later attempt and ends its own process", async () => {
    const job = await runningJob();
    const { executor, stops } = createHeldExecutor({
      events: [step(1)],
      async onPoll() {
        await writer.change(job.jobName, (current) => ({
          job: { ...current, attempt: 2, externalId: "process 2" },
          events: [],
        }));
      },
    });
    await follow(job, executor).run(new AbortController().signal);
    expect(stops).toEqual(["kill"]);
    expect(await store.find(job.jobName)).toMatchObject({ attempt: 2, externalId: "process 2", step: 0 });
  });
});

describe("a process without a sign of work", () => {
  /** Moves the clock by `seconds` before each look until `enough`. */
  const watch = async (seconds: number, enough: (seen: { stops: StopMode[]; polls: number }) => boolean) => {
    const job = await runningJob();
    const clock = createMovableClock();
    const stop = new AbortController();
    const held = createHeldExecutor({ ended: false, onPoll: async () => clock.advance(seconds * 1000) });
    const following = follow(job, held.executor, clock).run(stop.signal);
    await until(() => enough({ stops: held.stops, polls: held.polls() }));
    stop.abort();
    await following;
    return { stops: held.stops, polls: held.polls() };
  };

  it("is asked to end after the time for that, and made to when it does not follow", async () => {
    const { stops, polls } = await watch(40, (seen) => seen.stops.includes("kill"));
    expect(stops).toEqual(["save", "kill"]);
    // Three times 40 s are more than 100 s, and 40 s more than the grace of 30 s.
    expect(polls).toBeGreaterThanOrEqual(4);
  });

  it("is left in peace when the whole machine slept", async () => {
    expect((await watch(3600, ({ polls }) => polls > 4)).stops).toEqual([]);
  });
});

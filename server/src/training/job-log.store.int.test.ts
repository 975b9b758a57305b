import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../platform/testing/test-database.ts";
import { JobLogStore } from "./job-log.store.ts";
import type { JobMetric } from "./job-record.ts";
import { exampleJob } from "./testing/example-job.ts";
import { addUser, oneTo, stepsStored } from "./testing/job-watching.ts";
import { TrainingStore } from "./training.store.ts";

const { database, drop } = await createTestDatabase();
const { jobName } = exampleJob();
const log = new JobLogStore(database);

beforeAll(async () => {
  await new TrainingStore(database).insert(database, exampleJob({ userId: await addUser(database) }));
});
afterAll(drop);

const point = (step: number, value = step, metric: JobMetric["metric"] = "train_loss"): JobMetric => ({
  metric,
  step,
  value,
  time: "2026-11-21T10:00:00.000Z",
});

describe("the stored curves", () => {
  it("have one point a step, the latest", async () => {
    await log.upsertMetrics(database, jobName, [point(1, 5), point(2, 6)]);
    await log.upsertMetrics(database, jobName, [point(2, 7)]);
    expect(await log.metricsOf(jobName, 10)).toEqual([
      { metric_name: "train_loss", step: 1, value: 5, timestamp: "2026-11-21T10:00:00.000Z" },
      { metric_name: "train_loss", step: 2, value: 7, timestamp: "2026-11-21T10:00:00.000Z" },
    ]);
  });

  it("can be cut", async () => {
    await log.upsertMetrics(
      database,
      jobName,
      oneTo(9).map((step) => point(step)),
    );
    await log.deleteMetricsAfter(database, jobName, 4);
    expect(await stepsStored(database, jobName)).toEqual([1, 2, 3, 4]);
  });

  it.each([
    [10, 10],
    [11, 10],
    [1000, 10],
    [999, 7],
    [50, 2],
  ])("of %d points are thinned evenly to %d, and keep their ends", async (points, limit) => {
    await log.deleteMetricsAfter(database, jobName, 0);
    await log.upsertMetrics(database, jobName, [
      ...oneTo(points).map((step) => point(step)),
      point(3, 1, "held_out_loss"),
    ]);
    const thinned = await log.metricsOf(jobName, limit);
    expect(thinned.filter(({ metric_name }) => metric_name === "held_out_loss").length).toBe(1);
    const steps = thinned.flatMap(({ metric_name, step = 0 }) => (metric_name === "train_loss" ? [step] : []));
    expect(steps.length).toBe(limit);
    expect([steps[0], steps.at(-1)]).toEqual([1, points]);
    const gaps = steps.slice(1).map((step, index) => step - (steps[index] ?? 0));
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
  });
});

describe("the stored events", () => {
  it("are read in order, in parts", async () => {
    const events = oneTo(5).map((step) => ({ type: "checkpoint", time: "2026-11-21T10:00:00.000Z", step }) as const);
    await log.insertEvents(database, { jobName, firstSeq: 1, events });
    const read = await log.eventsAfter(jobName, 1, 3);
    expect(read.map(({ seq }) => seq)).toEqual([2, 3, 4]);
    expect(read[0]).toEqual({ ...events[1], seq: 2 });
  });

  it("have no two of one number", async () => {
    const events = [{ type: "resumed", time: "2026-11-21T10:00:00.000Z", from_step: 0 }] as const;
    await expect(log.insertEvents(database, { jobName, firstSeq: 3, events })).rejects.toMatchObject({ code: "23505" });
  });
});

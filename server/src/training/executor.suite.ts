import type { TrainerEvent } from "@llm-tuner/contract/run-folder.ts";
import { afterEach, describe, expect, it } from "vitest";
import type { Executor, Run } from "./executor.ts";
import { oneTo } from "./testing/job-watching.ts";
import type { TrainerScript } from "./testing/scripted-trainer.ts";
import { until } from "../platform/testing/until.ts";

export interface ExecutorUnderTest {
  executor: Executor;
  /** A run of the stand-in trainer that nobody else uses. */
  newRun(script: TrainerScript): Promise<Run>;
}

/** Everything that a run tells from `fromOffset` until `enough`, read as the follower does it. */
async function listen(
  executor: Executor,
  position: { jobName: string; externalId: string; fromOffset?: number },
  enough: (seen: { events: TrainerEvent[]; ended: boolean }) => boolean,
) {
  const events: TrainerEvent[] = [];
  const pulses = new Set<string>();
  let fromOffset = position.fromOffset ?? 0;
  await until(async () => {
    const news = await executor.poll({ ...position, fromOffset });
    events.push(...news.events);
    pulses.add(news.pulse);
    fromOffset = news.nextOffset;
    return enough({ events, ended: news.ended && !news.hasMore });
  });
  return { events, fromOffset, pulses };
}

const toTheEnd = ({ ended }: { ended: boolean }): boolean => ended;
const stepsOf = (events: TrainerEvent[]): number[] =>
  events.flatMap((event) => (event.type === "step" ? [event.step] : []));

/** What every driver of the port promises. */
export function executorSuite(name: string, setUp: () => Promise<ExecutorUnderTest>): void {
  describe(`the executor ${name}`, () => {
    const begun: { executor: Executor; externalId: string }[] = [];
    afterEach(async () => {
      for (const { executor, externalId } of begun.splice(0)) await executor.stop(externalId, "kill");
    });

    const begin = async (script: TrainerScript) => {
      const { executor, newRun } = await setUp();
      const run = await newRun(script);
      await executor.prepare(run);
      const externalId = await executor.submit(run.jobName);
      begun.push({ executor, externalId });
      return { executor, run, jobName: run.jobName, externalId };
    };

    it("tells each event once and in order, and then the end", async () => {
      const { executor, jobName, externalId } = await begin({ steps: 25 });
      const { events, pulses } = await listen(executor, { jobName, externalId }, toTheEnd);
      expect(events.map(({ seq }) => seq)).toEqual(oneTo(events.length));
      expect(stepsOf(events)).toEqual(oneTo(25));
      expect(events.at(-1)?.type).toBe("completed");
      expect(pulses.size).toBeGreaterThan(1);
    });

    it("has one process for a run, however often it is submitted", async () => {
      const { executor, jobName, externalId } = await begin({ steps: 10_000 });
      expect(await executor.submit(jobName)).toBe(externalId);
      expect(await executor.find(jobName)).toBe(externalId);
      expect(await executor.find(`${jobName}-2`)).toBeUndefined();
    });

    it("lets a run save and goes on from there, with the data of the first preparation", async () => {
      const { executor, run, jobName, externalId } = await begin({ steps: 60, checkpointEvery: 1000 });
      const first = await listen(executor, { jobName, externalId }, ({ events }) => stepsOf(events).length > 3);
      await executor.stop(externalId, "save");
      const rest = await listen(executor, { jobName, externalId, fromOffset: first.fromOffset }, toTheEnd);
      const stopped = rest.events.at(-1);
      expect(stopped?.type).toBe("stopped");

      await executor.prepare(run);
      const again = await executor.submit(jobName);
      expect(again).not.toBe(externalId);
      const second = await listen(executor, { jobName, externalId: again, fromOffset: rest.fromOffset }, toTheEnd);
      expect(stepsOf([...first.events, ...rest.events, ...second.events])).toEqual(oneTo(60));
      expect(second.events.at(-1)?.type).toBe("completed");
    });

    it("ends a run at once, without a last word", async () => {
      const { executor, jobName, externalId } = await begin({ steps: 10_000, ignoresTerm: true });
      const { fromOffset } = await listen(executor, { jobName, externalId }, ({ events }) => events.length > 3);
      await executor.stop(externalId, "save");
      await executor.stop(externalId, "kill");
      const { events } = await listen(executor, { jobName, externalId, fromOffset }, toTheEnd);
      expect(events.map(({ type }) => type)).not.toContain("stopped");
      expect(await executor.find(jobName)).toBeUndefined();
    });

    it("does nothing to a run that has ended", async () => {
      const { executor, jobName, externalId } = await begin({ steps: 1 });
      await listen(executor, { jobName, externalId }, toTheEnd);
      await executor.stop(externalId, "kill");
      await expect(executor.poll({ jobName, externalId, fromOffset: 0 })).resolves.toMatchObject({ ended: true });
    });

    it("removes everything of a run that has ended, also a second time, and prepares it anew afterwards", async () => {
      const { executor, run, jobName, externalId } = await begin({ steps: 1 });
      await listen(executor, { jobName, externalId }, toTheEnd);
      await executor.remove(jobName);
      await executor.remove(jobName);
      expect(await executor.logTail(jobName)).toEqual([]);
      await executor.prepare(run);
      await expect(executor.poll({ jobName, externalId, fromOffset: 0 })).resolves.toMatchObject({ events: [] });
    });

    it("keeps the last words of a crash", async () => {
      const { executor, jobName, externalId } = await begin({ steps: 9, crash: { step: 3, times: 1 } });
      const { events } = await listen(executor, { jobName, externalId }, toTheEnd);
      expect(stepsOf(events)).toEqual([1, 2]);
      expect((await executor.logTail(jobName)).at(-1)).toBe("Traceback: attempt 1 dies at step 3");
      expect(await executor.logTail("llm-tune-unknown")).toEqual([]);
    });
  });
}

import { setTimeout as delay } from "node:timers/promises";
import { Load } from "./load/load.ts";
import { type MemorySample, memoryTrend } from "./memory-trend.ts";
import { startUpstream } from "./subjects/own-subjects.ts";
import { type Platform, startPlatform } from "./subjects/platform.ts";
import { atOnce } from "./subjects/upstream-behaviour.ts";
import { loadAverage, residentBytes, watchUsage } from "./system/usage.ts";

export interface SoakPlan {
  minutes: number;
  ratePerSecond: number;
}

/** Before memory is looked at: caches fill, code is compiled, the heap finds its size. */
const warmUpShare = 0.25;
const samplesWanted = 120;
/** Resident memory also holds what the collector has not given back to the system yet. */
const bounds = { live: 0.05, resident: 0.1 } as const;

interface MemorySamples {
  live: MemorySample[];
  resident: MemorySample[];
}

async function sampleMemory(platform: Platform, durationMs: number): Promise<MemorySamples> {
  const samples: MemorySamples = { live: [], resident: [] };
  const startedMs = performance.now();
  for (let index = 0; index < samplesWanted; index += 1) {
    await delay(Math.max(0, startedMs + (index + 0.5) * (durationMs / samplesWanted) - performance.now()));
    const minutes = (performance.now() - startedMs) / 60_000;
    // Before the collection, which the server would not have made now.
    samples.resident.push({ minutes, bytes: residentBytes(platform.pid) });
    const { heapUsed, external } = await platform.liveMemory();
    samples.live.push({ minutes, bytes: heapUsed + external });
  }
  return samples;
}

/**
 * Lets the whole server answer a steady mixture of whole answers, streams, large bodies and clients that go away, and
 * follows what stays in its memory.
 */
export async function soak({ minutes, ratePerSecond }: SoakPlan) {
  const before = loadAverage();
  const upstream = await startUpstream();
  const load = new Load();
  try {
    // A model takes its time, so that requests are in progress together.
    await upstream.behave({ ...atOnce, latencyMs: 20 });
    const platform = await startPlatform({ upstream, probesMemory: true });
    try {
      const durationMs = minutes * 60_000;
      const headers = [...platform.target.headers, ...platform.budgeted.target.headers];
      const target = { ...platform.target, headers };
      await load.steady(target, { ratePerSecond, durationMs: Math.round(durationMs * warmUpShare) });
      const stopWatching = watchUsage(platform.pid);
      const [counts, samples] = await Promise.all([
        load.steady(target, { ratePerSecond, durationMs: Math.round(durationMs) }),
        sampleMemory(platform, durationMs),
      ]);
      const { foreignShare, cpuUs, elapsedMs } = stopWatching();
      const live = memoryTrend(samples.live, bounds.live);
      const resident = memoryTrend(samples.resident, bounds.resident);
      return {
        minutes,
        ratePerSecond,
        requests: counts,
        processorShare: Number((cpuUs / 1000 / elapsedMs).toFixed(3)),
        foreignShare: Number(foreignShare.toFixed(3)),
        loadAverage: { before, after: loadAverage() },
        bounds,
        live,
        resident,
        flat: live.flat && resident.flat,
      };
    } finally {
      await platform.stop();
    }
  } finally {
    load.stop();
    await upstream.stop();
  }
}

export type SoakResult = Awaited<ReturnType<typeof soak>>;

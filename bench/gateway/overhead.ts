import { Load } from "./load/load.ts";
import { median, quantile, seededRandom, shuffled } from "./statistics/statistics.ts";
import { type FloodSample, type Measured, noSamples, type Samples, shapeNames, shapes } from "./samples.ts";
import { startBareProxy, startUpstream, type Upstream } from "./subjects/own-subjects.ts";
import { startLiteLlm, startPortkey } from "./subjects/peer-subjects.ts";
import { startPlatform } from "./subjects/platform.ts";
import type { Subject } from "./subjects/subject.ts";
import { atOnce, contentOfStream, contentOfWhole } from "./subjects/upstream-behaviour.ts";
import { bind, divideProcessors, type Processors } from "./system/processors.ts";
import { loadAverage, watchUsage } from "./system/usage.ts";

export interface OverheadPlan {
  rounds: number;
  seed: number;
  floodMs: number;
  warmUpMs: number;
  pairs: number;
  firstEventPairs: number;
  connections: number;
  holdMs: number;
  /** Peers that are left out. */
  without: readonly string[];
  profileDirectory?: string;
}

/** Something that was to be measured and could not be. */
export interface NotMeasured {
  name: string;
  reason: string;
}

export interface Overhead {
  measured: Measured;
  subjects: { name: string; description: string }[];
  notMeasured: NotMeasured[];
  processors: Processors | undefined;
  loadAverage: { before: number; after: number };
}

interface Bench {
  plan: OverheadPlan;
  load: Load;
  upstream: Upstream;
  processors: Processors | undefined;
  subjects: Subject[];
  samples: Map<string, Samples>;
  notMeasured: NotMeasured[];
}

const peers = { portkey: startPortkey, litellm: startLiteLlm };
const isPeer = ({ name }: Pick<Subject, "name">): boolean => name in peers;
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A peer that cannot be started or that fails is named as not measured; everything else must work. */
async function giveUp(bench: Bench, name: string, error: unknown): Promise<void> {
  const reason = messageOf(error);
  console.error(`${name} is not measured: ${reason}`);
  bench.notMeasured.push({ name, reason });
  bench.samples.delete(name);
  const given = bench.subjects.find((subject) => subject.name === name);
  bench.subjects = bench.subjects.filter((subject) => subject !== given);
  await given?.stop();
}

async function startSubjects(bench: Bench): Promise<void> {
  const { upstream, plan } = bench;
  const { profileDirectory } = plan;
  bench.subjects.push(upstream, await startBareProxy(upstream));
  const platform = await startPlatform({
    upstream,
    ...(profileDirectory === undefined ? {} : { profileDirectory }),
  });
  bench.subjects.push(platform, platform.budgeted);
  for (const [name, start] of Object.entries(peers)) {
    if (plan.without.includes(name)) {
      bench.notMeasured.push({ name, reason: "left out by --without" });
      continue;
    }
    try {
      bench.subjects.push(await start(upstream));
    } catch (error) {
      await giveUp(bench, name, error);
    }
  }
  for (const { name } of bench.subjects) bench.samples.set(name, noSamples());
}

/** Does something with every subject, in an order that is new each time. */
async function withEach(bench: Bench, random: () => number, work: (subject: Subject) => Promise<void>): Promise<void> {
  for (const subject of shuffled(bench.subjects, random)) {
    const { processors } = bench;
    if (processors !== undefined) bind(subject.pid, processors.subject);
    try {
      await work(subject);
    } catch (error) {
      if (!isPeer(subject)) throw error;
      await giveUp(bench, subject.name, error);
      continue;
    }
    if (processors !== undefined) bind(subject.pid, processors.others);
  }
}

/** A subject that answers something else, or holds events back to join them, would be compared unfairly. */
async function verify({ load }: Bench, { name, target }: Subject): Promise<void> {
  for (const shapeName of shapeNames) {
    const shape = shapes[shapeName];
    const { content } = await load.verify(target, shape);
    if (content !== (shape.stream ? contentOfStream : contentOfWhole))
      throw new Error(`${name} answers ${shapeName} with another text than the provider's.`);
  }
}

async function warmUp({ load, plan }: Bench, { target }: Subject): Promise<void> {
  const { connections, warmUpMs } = plan;
  for (const name of shapeNames) await load.flood(target, { shape: shapes[name], connections, durationMs: warmUpMs });
  // Also what answers one request at a time.
  await load.flood(target, { shape: shapes["stream-60"], connections: 1, durationMs: warmUpMs / 4 });
}

async function flood({ load, plan }: Bench, subject: Subject, shape: (typeof shapes)[keyof typeof shapes]) {
  const stop = watchUsage(subject.pid);
  const { connections, floodMs } = plan;
  const { completed, elapsedMs, latenciesMs } = await load.flood(subject.target, {
    shape,
    connections,
    durationMs: floodMs,
  });
  const usage = stop();
  const sample: FloodSample = {
    requests: completed,
    cpuUs: usage.cpuUs / completed,
    childrenCpuUs: usage.childrenCpuUs / completed,
    requestsPerSecond: (completed / elapsedMs) * 1000,
    processorShare: usage.cpuUs / 1000 / usage.elapsedMs,
    p50Ms: median(latenciesMs),
    p99Ms: quantile(latenciesMs, 0.99),
    foreignShare: usage.foreignShare,
    stolenShare: usage.stolenShare,
  };
  return sample;
}

async function pairUp(bench: Bench, random: () => number): Promise<void> {
  const { load, plan, upstream, samples } = bench;
  await withEach(bench, random, async ({ name, target }) => {
    const { pairs } = await load.pairs(
      { direct: upstream.target, subject: target },
      { shape: shapes["whole-1kB"], pairs: plan.pairs },
    );
    const both = pairs.map(({ direct, subject }) => ({ directMs: direct.totalMs, subjectMs: subject.totalMs }));
    samples.get(name)?.latencies.push(...both);
  });
  await upstream.behave({ ...atOnce, holdSecondEventMs: plan.holdMs });
  await withEach(bench, random, async ({ name, target }) => {
    const { pairs } = await load.pairs(
      { direct: upstream.target, subject: target },
      { shape: shapes["stream-60"], pairs: plan.firstEventPairs },
    );
    const both = pairs.map(({ direct, subject }) => ({
      directMs: direct.firstPieceMs,
      subjectMs: subject.firstPieceMs,
    }));
    samples.get(name)?.eventGapsMs.push(...pairs.map(({ subject }) => subject.gapMs));
    samples.get(name)?.firstEvents.push(...both);
  });
  await upstream.behave(atOnce);
}

async function measure(bench: Bench): Promise<void> {
  const random = seededRandom(bench.plan.seed);
  await withEach(bench, random, (subject) => verify(bench, subject));
  await withEach(bench, random, (subject) => warmUp(bench, subject));
  for (let round = 1; round <= bench.plan.rounds; round += 1) {
    console.log(`round ${round} of ${bench.plan.rounds}`);
    for (const name of shuffled(shapeNames, random)) {
      await withEach(bench, random, async (subject) => {
        const sample = await flood(bench, subject, shapes[name]);
        bench.samples.get(subject.name)?.floods.get(name)?.push(sample);
      });
    }
    await pairUp(bench, random);
  }
}

/** Starts everything, measures all subjects in turns, and stops everything again, whatever happens. */
export async function measureOverhead(plan: OverheadPlan): Promise<Overhead> {
  const before = loadAverage();
  const processors = divideProcessors();
  // What is started from here on inherits it.
  if (processors !== undefined) bind(process.pid, processors.others);
  const upstream = await startUpstream();
  const load = new Load();
  const bench: Bench = { plan, load, upstream, processors, subjects: [], samples: new Map(), notMeasured: [] };
  try {
    await startSubjects(bench);
    await measure(bench);
  } finally {
    load.stop();
    for (const subject of bench.subjects) if (subject !== upstream) await subject.stop();
    await upstream.stop();
  }
  return {
    measured: bench.samples,
    subjects: bench.subjects.map(({ name, description }) => ({ name, description })),
    notMeasured: bench.notMeasured,
    processors,
    loadAverage: { before, after: loadAverage() },
  };
}

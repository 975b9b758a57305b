import { median, quantile } from "./statistics/statistics.ts";
import type { FloodSample, Measured, PairSample, ShapeName } from "./samples.ts";

/** What is promised of the gateway, and whether this run shows it. */
export interface Verdict {
  promise: string;
  /** Null when a side of the comparison was not measured. */
  measured: number | null;
  met: boolean | null;
}

const floodsOf = (measured: Measured, subject: string, shape: ShapeName): readonly FloodSample[] =>
  measured.get(subject)?.floods.get(shape) ?? [];

/** Median of the ratios within each round: what slows a whole round down slows both of its sides. */
const ratio = (above: readonly FloodSample[], below: readonly FloodSample[], of: (sample: FloodSample) => number) =>
  median(
    above.flatMap((sample, round) => {
      const other = below[round];
      return other === undefined ? [] : [of(sample) / of(other)];
    }),
  );

const judge = (promise: string, value: number, holds: (value: number) => boolean): Verdict =>
  Number.isNaN(value)
    ? { promise, measured: null, met: null }
    : { promise, measured: Number(value.toPrecision(4)), met: holds(value) };

const added = (pairs: readonly PairSample[]): number[] => pairs.map(({ directMs, subjectMs }) => subjectMs - directMs);

/** Added milliseconds: the middle of the differences within pairs, and the distance of the two 99th percentiles. */
export const addedLatency = (pairs: readonly PairSample[]): { p50Ms: number; p99Ms: number } => ({
  p50Ms: median(added(pairs)),
  p99Ms:
    quantile(
      pairs.map(({ subjectMs }) => subjectMs),
      0.99,
    ) -
    quantile(
      pairs.map(({ directMs }) => directMs),
      0.99,
    ),
});

export const limits = {
  cpuUs: 250,
  timesBare: 3,
  timesPortkey: 3,
  timesLiteLlm: 10,
  addedP50Ms: 1,
} as const;

const cpu = ({ cpuUs }: FloodSample): number => cpuUs;
const throughput = ({ requestsPerSecond }: FloodSample): number => requestsPerSecond;

/** Compares what was measured of the subject `own` with what is promised. `holdMs`: how long the second event of a stream was held back. */
export const verdicts = (measured: Measured, { own, holdMs }: { own: string; holdMs: number }): Verdict[] => {
  const of = (subject: string, shape: ShapeName) => floodsOf(measured, subject, shape);
  const timesBare = (shape: ShapeName) => ratio(of(own, shape), of("bare", shape), cpu);
  const faster = (peer: string, shape: ShapeName) => ratio(of(own, shape), of(peer, shape), throughput);
  const samples = measured.get(own);
  // A gateway that keeps the first event until it has seen the second sends both at once.
  const gaps = samples?.eventGapsMs ?? [];
  const atMost = (limit: number) => (value: number) => value <= limit;
  const atLeast = (limit: number) => (value: number) => value >= limit;
  const { timesPortkey, timesLiteLlm } = limits;
  return [
    judge(`CPU µs per request: at most ${limits.cpuUs}`, median(of(own, "whole-1kB").map(cpu)), atMost(limits.cpuUs)),
    judge(
      `CPU per request to the bare proxy: at most ${limits.timesBare}`,
      timesBare("whole-1kB"),
      atMost(limits.timesBare),
    ),
    judge(
      `CPU per stream to the bare proxy: at most ${limits.timesBare}`,
      timesBare("stream-60"),
      atMost(limits.timesBare),
    ),
    judge(`requests/s to Portkey: at least ${timesPortkey}`, faster("portkey", "whole-1kB"), atLeast(timesPortkey)),
    judge(`streams/s to Portkey: at least ${timesPortkey}`, faster("portkey", "stream-60"), atLeast(timesPortkey)),
    judge(`requests/s to LiteLLM: at least ${timesLiteLlm}`, faster("litellm", "whole-1kB"), atLeast(timesLiteLlm)),
    judge(`streams/s to LiteLLM: at least ${timesLiteLlm}`, faster("litellm", "stream-60"), atLeast(timesLiteLlm)),
    judge(
      `added p50, ms: below ${limits.addedP50Ms}`,
      addedLatency(samples?.latencies ?? []).p50Ms,
      (value) => value < limits.addedP50Ms,
    ),
    judge(
      `shortest gap between a stream's first two events, which the provider sent ${holdMs} ms apart, ms: at least ${holdMs / 2}`,
      gaps.length === 0 ? Number.NaN : Math.min(...gaps),
      atLeast(holdMs / 2),
    ),
    judge(
      `added p50 of a stream's first event, ms: below ${limits.addedP50Ms}`,
      addedLatency(samples?.firstEvents ?? []).p50Ms,
      (value) => value < limits.addedP50Ms,
    ),
  ];
};

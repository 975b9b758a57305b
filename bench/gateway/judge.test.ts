import { describe, expect, it } from "vitest";
import { addedLatency, verdicts } from "./judge.ts";
import { type FloodSample, noSamples, type PairSample, type Samples, type ShapeName, shapeNames } from "./samples.ts";

const flood = (cpuUs: number, requestsPerSecond: number): FloodSample => ({
  requests: 1000,
  cpuUs,
  childrenCpuUs: 0,
  requestsPerSecond,
  processorShare: 1,
  p50Ms: 1,
  p99Ms: 2,
  foreignShare: 0,
  stolenShare: 0,
});

interface Given {
  floods: readonly FloodSample[];
  latencies?: readonly PairSample[];
  firstEvents?: readonly PairSample[];
  gaps?: readonly number[];
}

const samples = ({ floods, latencies = [], firstEvents = [], gaps = [] }: Given): Samples => ({
  floods: new Map(shapeNames.map((name): [ShapeName, FloodSample[]] => [name, [...floods]])),
  latencies: [...latencies],
  firstEvents: [...firstEvents],
  eventGapsMs: [...gaps],
});

const pair = (directMs: number, subjectMs: number): PairSample => ({ directMs, subjectMs });
const options = { own: "llm-tuner", holdMs: 40 };

const verdictOf = (measured: ReadonlyMap<string, Samples>, words: string) => {
  const found = verdicts(measured, options).filter(({ promise }) => promise.includes(words));
  expect(found).not.toHaveLength(0);
  return found;
};

describe("verdicts", () => {
  const good = new Map([
    ["bare", samples({ floods: [flood(50, 9000), flood(60, 8000)] })],
    [
      "llm-tuner",
      samples({
        floods: [flood(120, 6000), flood(130, 5000)],
        latencies: [pair(0.1, 0.4), pair(0.1, 0.5)],
        firstEvents: [pair(0.2, 0.6), pair(0.2, 0.7), pair(0.2, 39)],
        gaps: [39.5, 41, 38],
      }),
    ],
    ["portkey", samples({ floods: [flood(700, 1500), flood(700, 1250)] })],
    ["litellm", samples({ floods: [flood(9000, 100), flood(9000, 90)] })],
  ]);

  it("are all met where every promise is kept", () => {
    expect(verdicts(good, options).filter(({ met }) => met !== true)).toEqual([]);
  });

  it("compares within rounds, not across them", () => {
    // 120/50 and 130/60, of which the middle is 2.283; across rounds it would be 125/55.
    for (const { measured } of verdictOf(good, "bare proxy")) expect(measured).toBe(2.283);
  });

  it.each([
    ["CPU µs per request", { floods: [flood(251, 6000)] }],
    ["bare proxy", { floods: [flood(181, 6000)] }],
    ["requests/s to Portkey", { floods: [flood(100, 2900)] }],
    ["streams/s to LiteLLM", { floods: [flood(100, 990)] }],
    ["added p50, ms", { floods: [], latencies: [pair(0.1, 1.2)] }],
    ["first two events", { floods: [], gaps: [40, 41, 0.1] }],
    ["stream's first event", { floods: [], firstEvents: [pair(0.1, 1.2)] }],
  ] satisfies [string, Given][])("is not met when it is not: %s", (words, given) => {
    const bare = samples({ floods: [flood(60, 8000)] });
    const peers = { portkey: samples({ floods: [flood(1, 1000)] }), litellm: samples({ floods: [flood(1, 100)] }) };
    const measured = new Map(Object.entries({ bare, ...peers, "llm-tuner": samples(given) }));
    for (const { met } of verdictOf(measured, words)) expect(met).toBe(false);
  });

  it("says of a peer that was not measured neither yes nor no", () => {
    const without = new Map([...good].filter(([name]) => name !== "portkey"));
    for (const { measured, met } of verdictOf(without, "Portkey")) expect([measured, met]).toEqual([null, null]);
    expect(verdicts(new Map([["llm-tuner", noSamples()]]), options).every(({ met }) => met === null)).toBe(true);
  });
});

it("takes the middle of differences within pairs, and the distance of the tails", () => {
  const pairs = Array.from({ length: 100 }, (_, index) => pair(index, index + (index < 98 ? 2 : 12)));
  expect(addedLatency(pairs).p50Ms).toBe(2);
  expect(addedLatency(pairs).p99Ms).toBeCloseTo(12, 5);
});

import { addedLatency, type Verdict, verdicts } from "./judge.ts";
import { machine } from "./machine.ts";
import type { Overhead, OverheadPlan } from "./overhead.ts";
import { type FloodSample, type PairSample, type Samples, shapeNames } from "./samples.ts";
import { budgetedName, ownName } from "./subjects/platform.ts";
import { median, quantile } from "./statistics/statistics.ts";

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

const floodRows = (subject: string, samples: Samples) =>
  shapeNames.map((shape) => {
    const floods: readonly FloodSample[] = samples.floods.get(shape) ?? [];
    const middle = (of: (sample: FloodSample) => number, digits: number) => round(median(floods.map(of)), digits);
    const cpuUs = floods.map((sample) => sample.cpuUs);
    return {
      subject,
      shape,
      cpuUs: { median: round(median(cpuUs), 1), best: round(Math.min(...cpuUs), 1), rounds: cpuUs.map(Math.round) },
      childrenCpuUs: middle((sample) => sample.childrenCpuUs, 1),
      requestsPerSecond: {
        median: middle((sample) => sample.requestsPerSecond, 0),
        best: round(Math.max(...floods.map((sample) => sample.requestsPerSecond)), 0),
      },
      processorShare: middle((sample) => sample.processorShare, 2),
      p50Ms: middle((sample) => sample.p50Ms, 3),
      p99Ms: middle((sample) => sample.p99Ms, 3),
    };
  });

const pairRow = (subject: string, pairs: readonly PairSample[]) => {
  const times = pairs.map(({ subjectMs }) => subjectMs);
  const { p50Ms, p99Ms } = addedLatency(pairs);
  return {
    subject,
    pairs: pairs.length,
    addedP50Ms: round(p50Ms, 3),
    addedP99Ms: round(p99Ms, 3),
    p50Ms: round(median(times), 3),
    p99Ms: round(quantile(times, 0.99), 3),
    latestMs: round(Math.max(...times), 3),
  };
};

/** Everything of a run that is worth keeping, as it stands in overhead.json. */
export const overheadRecord = (plan: OverheadPlan, overhead: Overhead) => {
  const { measured, processors, subjects, notMeasured } = overhead;
  const all = [...measured.values()].flatMap(({ floods }) => [...floods.values()].flat());
  const largest = (of: (sample: FloodSample) => number) => round(Math.max(...all.map(of)), 3);
  return {
    what: "CPU time of the subject's process per request, requests a second with one processor, added latency",
    ...machine(),
    conditions: {
      loadAverage: overhead.loadAverage,
      foreignShare: {
        median: round(median(all.map((sample) => sample.foreignShare)), 3),
        largest: largest((sample) => sample.foreignShare),
      },
      stolenShareLargest: largest((sample) => sample.stolenShare),
      processors: processors ?? "not bound",
    },
    plan,
    subjects,
    notMeasured,
    verdicts: verdicts(measured, { own: ownName, holdMs: plan.holdMs }),
    verdictsWithBudgets: verdicts(measured, { own: budgetedName, holdMs: plan.holdMs }),
    throughput: [...measured].flatMap(([name, samples]) => floodRows(name, samples)),
    latency: [...measured].map(([name, { latencies }]) => pairRow(name, latencies)),
    firstEvent: [...measured].map(([name, { firstEvents, eventGapsMs }]) => ({
      ...pairRow(name, firstEvents),
      gapToSecondMs: { median: round(median(eventGapsMs), 1), shortest: round(Math.min(...eventGapsMs), 1) },
    })),
  };
};

export type OverheadRecord = ReturnType<typeof overheadRecord>;

export const printOverhead = (record: OverheadRecord): void => {
  const { throughput, latency, firstEvent, conditions } = record;
  console.table(
    throughput.map(({ subject, shape, cpuUs, childrenCpuUs, requestsPerSecond, processorShare, p99Ms }) => ({
      subject,
      shape,
      "CPU µs": cpuUs.median,
      "CPU µs (best)": cpuUs.best,
      "its children's": childrenCpuUs,
      "requests/s": requestsPerSecond.median,
      "of its processor": processorShare,
      "p99 ms": p99Ms,
    })),
  );
  for (const [title, rows] of [
    ["One request at a time, to the end of a whole answer:", latency],
    ["One stream at a time, to its first event:", firstEvent],
  ] as const) {
    console.log(title);
    console.table(
      rows.map((row) => ("gapToSecondMs" in row ? { ...row, gapToSecondMs: row.gapToSecondMs.shortest } : row)),
    );
  }
  printVerdicts(record.verdicts);
  console.log("With budgets:");
  printVerdicts(record.verdictsWithBudgets);
  console.log("conditions:", JSON.stringify(conditions));
};

export const printVerdicts = (all: readonly Verdict[]): void => {
  for (const { promise, measured, met } of all) {
    const word = met === null ? "not measured" : met ? "met" : "MISSED";
    console.log(`${word.padEnd(13)} ${promise}: ${measured ?? "–"}`);
  }
};

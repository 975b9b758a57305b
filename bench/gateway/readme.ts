import type { Verdict } from "./judge.ts";
import type { OverheadRecord } from "./report.ts";
import { shapeNames } from "./samples.ts";
import type { SoakResult } from "./soak.ts";

/** The text with what stands between the marks of a block replaced. Throws when the text has no such block. */
export const withBlock = (text: string, name: string, content: string): string => {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`The text has no place for ${name}.`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
};

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");

const answerTo = ({ met }: Verdict): string => (met === null ? "not measured" : met ? "yes" : "**no**");

const verdictTable = (record: OverheadRecord): string =>
  table(
    ["Promise", "Measured", "Kept", "Measured with budgets", "Kept with budgets"],
    record.verdicts.map((verdict, index) => {
      const other = record.verdictsWithBudgets[index] ?? verdict;
      return [verdict.promise, verdict.measured ?? "–", answerTo(verdict), other.measured ?? "–", answerTo(other)];
    }),
  );

const conditionsOf = ({ conditions, ...record }: OverheadRecord): string => {
  const { foreignShare, loadAverage } = conditions;
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  return (
    `Measured on ${record.date} at ${record.commit}, ${record.hardware.cores} × ${record.hardware.cpu ?? "unknown"}, ` +
    `Node.js ${record.software.node}, ${record.plan.rounds} rounds. Other programs used ${percent(foreignShare.median)} of the ` +
    `machine in the middle and ${percent(foreignShare.largest)} at most; load average ${loadAverage.before} before, ` +
    `${loadAverage.after} after.`
  );
};

/** What a run found, for people. */
export const overheadInMarkdown = (record: OverheadRecord): string => {
  const rows = record.subjects.map(({ name }) => {
    const of = (shape: (typeof shapeNames)[number]) =>
      record.throughput.find((one) => one.subject === name && one.shape === shape);
    const latency = record.latency.find(({ subject }) => subject === name);
    const first = record.firstEvent.find(({ subject }) => subject === name);
    return [
      name,
      ...shapeNames.map((shape) => Math.round(of(shape)?.cpuUs.median ?? Number.NaN)),
      Math.round(of("whole-1kB")?.childrenCpuUs ?? Number.NaN),
      of("whole-1kB")?.requestsPerSecond.median ?? "–",
      of("stream-60")?.requestsPerSecond.median ?? "–",
      `${latency?.addedP50Ms ?? "–"} / ${latency?.addedP99Ms ?? "–"}`,
      `${first?.addedP50Ms ?? "–"} / ${first?.addedP99Ms ?? "–"}`,
    ];
  });
  const head = ["", "CPU µs, 1 kB", "CPU µs, 100 kB", "CPU µs, stream", "database, 1 kB", "requests/s", "streams/s"];
  const all = [...head, "added ms, p50 / p99", "first event, added ms, p50 / p99"];
  const notMeasured = record.notMeasured.map(({ name, reason }) => `Not measured: ${name} (${reason}).`);
  return [conditionsOf(record), table(all, rows), verdictTable(record), ...notMeasured].join("\n\n");
};

export const soakInMarkdown = ({ live, resident, ...soak }: SoakResult & { date: string; commit: string }): string => {
  const { completed, leftEarly, skipped } = soak.requests;
  const trend = (
    name: string,
    { medianMib, growthMibPerHour, growthShareAtMost, flat }: typeof live,
    bound: number,
  ) => [
    name,
    medianMib,
    growthMibPerHour,
    `${(growthShareAtMost * 100).toFixed(1)} %`,
    `${bound * 100} %`,
    flat ? "yes" : "**no**",
  ];
  const said =
    `Measured on ${soak.date} at ${soak.commit}: ${soak.minutes} minutes at ${soak.ratePerSecond} requests a second, ` +
    `${completed} answered, ${leftEarly} left early by their clients, ${skipped} not begun because too many were in progress.`;
  const head = ["Memory", "median MiB", "slope, MiB an hour", "rise at most", "bound", "flat"];
  return [
    said,
    table(head, [
      trend("live (heap and buffers after a collection)", live, soak.bounds.live),
      trend("resident", resident, soak.bounds.resident),
    ]),
  ].join("\n\n");
};

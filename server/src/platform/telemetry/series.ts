/**
 * Counters, gauges and histograms in Prometheus' text format (exposition format 0.0.4). A request changes eight of them, and
 * prom-client sorts and joins the labels at every change; here a series is found by the values of its labels alone.
 */

interface SeriesOptions {
  name: string;
  help: string;
  /** In the order in which values are given for them. */
  labels: readonly string[];
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

const pairsOf = (names: readonly string[], values: readonly string[]): string[] =>
  names.map((name, index) => `${name}="${escaped(values[index] ?? "")}"`);

const line = (name: string, pairs: readonly string[], value: number): string =>
  `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;

const headOf = ({ name, help }: SeriesOptions, type: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

/** Values of labels in one key. Only what holds a line feed, as no name of ours does, could be taken for another. */
const keyOf = (values: readonly string[]): string => values.join("\n");

export interface Series {
  /** As it is scraped. */
  text(): string;
}

export interface Counter extends Series {
  add(values: readonly string[], amount?: number): void;
}

export function createCounter(options: SeriesOptions): Counter {
  const found = new Map<string, { values: readonly string[]; sum: number }>();
  return {
    add(values, amount = 1) {
      const key = keyOf(values);
      const series = found.get(key);
      if (series === undefined) found.set(key, { values, sum: amount });
      else series.sum += amount;
    },
    text: () =>
      [
        ...headOf(options, "counter"),
        ...[...found.values()].map(({ values, sum }) => line(options.name, pairsOf(options.labels, values), sum)),
      ].join("\n"),
  };
}

/** What is read at the moment of a scrape. */
export const createGauge = (
  options: SeriesOptions,
  readings: readonly { values: readonly string[]; value: number }[],
): Series => ({
  text: () =>
    [
      ...headOf(options, "gauge"),
      ...readings.map(({ values, value }) => line(options.name, pairsOf(options.labels, values), value)),
    ].join("\n"),
});

export interface Histogram extends Series {
  observe(values: readonly string[], value: number): void;
}

interface Observed {
  values: readonly string[];
  /** Of each bucket alone; the last is for what is beyond all bounds. */
  counts: number[];
  sum: number;
}

export function createHistogram(options: SeriesOptions & { bounds: readonly number[] }): Histogram {
  const { name, labels, bounds } = options;
  const found = new Map<string, Observed>();

  const linesOf = ({ values, counts, sum }: Observed): string[] => {
    const pairs = pairsOf(labels, values);
    let count = 0;
    const buckets = counts.map((own, index) => {
      count += own;
      return line(`${name}_bucket`, [`le="${bounds[index] ?? "+Inf"}"`, ...pairs], count);
    });
    return [...buckets, line(`${name}_sum`, pairs, sum), line(`${name}_count`, pairs, count)];
  };

  return {
    observe(values, value) {
      const key = keyOf(values);
      let series = found.get(key);
      if (series === undefined) {
        series = { values, counts: Array<number>(bounds.length + 1).fill(0), sum: 0 };
        found.set(key, series);
      }
      let bucket = 0;
      while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
      series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
      series.sum += value;
    },
    text: () => [...headOf(options, "histogram"), ...[...found.values()].flatMap(linesOf)].join("\n"),
  };
}

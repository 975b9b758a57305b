import type { RequestShape } from "./load/orders.ts";

/** What is asked for in the measurements of CPU time and throughput. */
export const shapes = {
  "whole-1kB": { bodyBytes: 1000, stream: false },
  "whole-100kB": { bodyBytes: 100_000, stream: false },
  "stream-60": { bodyBytes: 1000, stream: true },
} as const satisfies Record<string, RequestShape>;

export type ShapeName = keyof typeof shapes;
export const shapeNames: readonly ShapeName[] = ["whole-1kB", "whole-100kB", "stream-60"];

/** One measurement with many requests in progress. */
export interface FloodSample {
  requests: number;
  /** A request of the process measured, user and system. */
  cpuUs: number;
  /** A request of what that process started: for the whole server its database. */
  childrenCpuUs: number;
  requestsPerSecond: number;
  /** Share of one processor that the process measured had. */
  processorShare: number;
  p50Ms: number;
  p99Ms: number;
  /** Shares of all processors that went to others during the measurement. */
  foreignShare: number;
  stolenShare: number;
}

/** One request of the provider and one of the subject, made one after the other. */
export interface PairSample {
  directMs: number;
  subjectMs: number;
}

export interface Samples {
  floods: Map<ShapeName, FloodSample[]>;
  /** To the end of a whole answer. */
  latencies: PairSample[];
  /** To the first event of a stream whose second event the provider holds back. */
  firstEvents: PairSample[];
  /** Milliseconds from there to the second event, as the client saw it: none where the first waited for the second. */
  eventGapsMs: number[];
}

/** By the name of the subject. */
export type Measured = ReadonlyMap<string, Samples>;

export const noSamples = (): Samples => ({
  floods: new Map(shapeNames.map((name) => [name, []])),
  latencies: [],
  firstEvents: [],
  eventGapsMs: [],
});

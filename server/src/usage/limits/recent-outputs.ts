import { LRUCache } from "lru-cache";

/** Whose answers are alike: those of one key, or of a person who signed in, from one model. */
export interface OutputsOf {
  /** Key, or account where there is none. */
  who: string;
  model: string;
}

export interface RecentOutputs {
  note: (of: OutputsOf, outputTokens: number) => void;
  /**
   * How long an answer will be whose length the caller does not bound: longer than 95 of 100 recent ones, 1000 tokens
   * where too few are known, and never more than the model answers with.
   */
  usual: (of: OutputsOf, modelMaxOutputTokens: number | null) => number;
}

interface Sample {
  lengths: number[];
  /** Where the next one goes. */
  next: number;
  /** Of `lengths`; undefined after one was added. */
  p95: number | undefined;
}

const defaultTokens = 1000;
const sampleSize = 64;
/** Fewer say nothing of a twentieth. */
const enough = 20;
const maxSamples = 10_000;

const p95Of = (lengths: readonly number[]): number =>
  lengths.toSorted((a, b) => a - b)[Math.ceil(0.95 * lengths.length) - 1] ?? defaultTokens;

/** Kept in this process's memory: it sizes reservations, and what was used counts in the end. */
export function createRecentOutputs(): RecentOutputs {
  const samples = new LRUCache<string, Sample>({ max: maxSamples });
  const nameOf = ({ who, model }: OutputsOf): string => `${who} ${model}`;

  return {
    note(of, outputTokens) {
      const name = nameOf(of);
      let sample = samples.get(name);
      if (sample === undefined) samples.set(name, (sample = { lengths: [], next: 0, p95: undefined }));
      sample.lengths[sample.next] = outputTokens;
      sample.next = (sample.next + 1) % sampleSize;
      sample.p95 = undefined;
    },
    usual(of, modelMaxOutputTokens) {
      const sample = samples.get(nameOf(of));
      if (sample !== undefined && sample.lengths.length >= enough) sample.p95 ??= p95Of(sample.lengths);
      return Math.min(sample?.p95 ?? defaultTokens, modelMaxOutputTokens ?? Number.POSITIVE_INFINITY);
    },
  };
}

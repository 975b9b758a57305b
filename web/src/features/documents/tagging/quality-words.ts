import type { TaggerEvaluation } from "@llm-tuner/contract/tagging.ts";

/** `87.5 %`; what is not known is no zero. */
export const percent = (share: number | null): string => (share === null ? "–" : `${(share * 100).toFixed(1)} %`);

export interface Comparison {
  before: TaggerEvaluation;
  after: TaggerEvaluation;
}

const isDone = ({ status, f1 }: TaggerEvaluation): boolean => status === "completed" && f1 !== null;

/**
 * The latest evaluation of the tagger that is used now, and beside it the latest one of the tagger measured last before
 * it: what a change has brought. Undefined until two taggers were measured. `evaluations` come newest first.
 */
export const comparisonOf = (evaluations: readonly TaggerEvaluation[], tagger: string): Comparison | undefined => {
  const done = evaluations.filter(isDone);
  const after = done.find((evaluation) => evaluation.tagger === tagger);
  const before = done.find((evaluation) => evaluation.tagger !== tagger);
  return after === undefined || before === undefined ? undefined : { before, after };
};

/** `+12.5 points` of a share, with its sign also where it is better to have less. */
export const points = (before: number | null, after: number | null): string => {
  if (before === null || after === null) return "–";
  const change = (after - before) * 100;
  return `${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(1)} points`;
};

import type { TaggerEvaluation } from "@llm-tuner/contract/tagging.ts";
import type { EvaluatedDocument, EvaluationRow } from "./tagging.store.ts";

const nanoUsdPerUsd = 1e9;
const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

const sumOf = (results: readonly EvaluatedDocument[], of: (result: EvaluatedDocument) => number): number =>
  results.reduce((total, result) => total + of(result), 0);

/** Null when no document had a price. */
function costUsdOf(results: readonly EvaluatedDocument[]): number | null {
  const costs = results.flatMap(({ cost_nano_usd }) => cost_nano_usd ?? []);
  return costs.length === 0 ? null : costs.reduce((total, cost) => total + cost, 0) / nanoUsdPerUsd;
}

/** All documents together: one with many tags counts as much as its tags do. */
export function shownEvaluation(
  row: Pick<EvaluationRow, "tagger" | "status" | "message" | "results" | "created_at">,
): TaggerEvaluation {
  const { results } = row;
  const hits = sumOf(results, (result) => result.hits);
  const suggested = sumOf(results, (result) => result.suggested);
  const accepted = sumOf(results, (result) => result.accepted);
  const cost = costUsdOf(results);
  return {
    tagger: row.tagger,
    documents: results.length,
    precision: share(hits, suggested),
    recall: share(hits, accepted),
    f1: share(2 * hits, suggested + accepted),
    cost_usd: cost,
    cost_usd_per_document: cost === null ? null : cost / results.length,
    status: row.status,
    message: row.message,
    created_at: row.created_at.toISOString(),
  };
}

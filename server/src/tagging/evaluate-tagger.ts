import type { Tagger, TaggingOutcome } from "../documents/documents.module.ts";
import type { Database } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import type { Clock } from "../platform/time/clock.ts";
import { keysOf } from "./names/name-keys.ts";
import type { AcceptedDocument, TaggedDocuments } from "./ports.ts";
import { taggerBusy } from "./tagging.errors.ts";
import { type EvaluatedDocument, type EvaluationRow, taggingStore as store } from "./tagging.store.ts";

export interface EvaluationDependencies {
  database: Database;
  tagger: Pick<Tagger, "tag">;
  documents: Pick<TaggedDocuments, "acceptedDocument" | "knownTags">;
  /** Rejects when the signal is aborted. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  clock: Clock;
  log: Log;
}

/** As a request gets it that says nothing of it. */
const usualMaxTags = 10;
const attempts = 2;
const usualWaitSeconds = 10;
const longestWaitSeconds = 60;
/** Waits within one delivery; then the queue delivers the evaluation again, later each time. */
const mostWaits = 10;

type Answer = Exclude<TaggingOutcome, { ok: false; kind: "busy" }>;

/** How many of the suggested names are among the accepted ones, by their keys without endings. */
function countHits(suggested: readonly string[], accepted: readonly string[], language: string | null): number {
  const languages = language === null ? [] : [language];
  const open = accepted.map((name) => keysOf(name, languages));
  let hits = 0;
  for (const name of suggested) {
    const keys = [...keysOf(name, languages)];
    const found = open.findIndex((other) => keys.some((key) => other.has(key)));
    if (found < 0) continue;
    open.splice(found, 1);
    hits += 1;
  }
  return hits;
}

const skipped = (documentId: string): EvaluatedDocument => ({
  document_id: documentId,
  hits: 0,
  suggested: 0,
  accepted: 0,
  cost_nano_usd: null,
  failure: "It was deleted, or has no accepted tags any more.",
});

/**
 * Tags held-out documents and compares. Each result is written before the next document begins, so that another delivery
 * goes on behind the last and pays for none twice.
 */
export function createEvaluation({ database, tagger, documents, wait, clock, log }: EvaluationDependencies) {
  async function ask(row: EvaluationRow, document: AcceptedDocument, signal: AbortSignal): Promise<Answer> {
    const { tags: _accepted, ...asked } = document;
    const request = {
      caller: row.caller,
      tagger: row.tagger,
      document: asked,
      languages: [],
      maxTags: usualMaxTags,
      mode: "prefer_existing" as const,
      knownTags: await documents.knownTags(row.user_id),
    };
    let failed = 0;
    for (let waits = 0; ;) {
      const outcome = await tagger.tag(request, signal);
      if (outcome.ok) return outcome;
      if (outcome.kind === "busy") {
        waits += 1;
        if (waits > mostWaits) throw taggerBusy(outcome.message);
        await wait(Math.min(outcome.retryAfterSeconds ?? usualWaitSeconds, longestWaitSeconds) * 1_000, signal);
        continue;
      }
      failed += 1;
      if (outcome.kind !== "retry" || failed >= attempts) return outcome;
    }
  }

  /** Undefined when the evaluation was ended by what happened. */
  async function evaluateOne(
    row: EvaluationRow,
    documentId: string,
    signal: AbortSignal,
  ): Promise<EvaluatedDocument | undefined> {
    const document = await documents.acceptedDocument(row.user_id, documentId);
    if (document === undefined) return skipped(documentId);
    const answer = await ask(row, document, signal);
    const accepted = document.tags.length;
    if (!answer.ok) {
      if (answer.kind === "over_budget") {
        await store.finish(database, { id: row.id, status: "failed", message: answer.message, at: clock.now() });
        return undefined;
      }
      // A tagger that gives no answer has found none of the tags.
      const { costNanoUsd, message } = answer;
      return { document_id: documentId, hits: 0, suggested: 0, accepted, cost_nano_usd: costNanoUsd, failure: message };
    }
    const names = answer.result.tags.map(({ name }) => name);
    return {
      document_id: documentId,
      hits: countHits(names, document.tags, document.language),
      suggested: names.length,
      accepted,
      cost_nano_usd: answer.result.costNanoUsd,
      failure: null,
    };
  }

  async function finish({ id, results }: EvaluationRow): Promise<void> {
    const failures = results.flatMap(({ failure }) => failure ?? []);
    const message = failures.length === 0 ? null : `${failures.length} of ${results.length} failed: ${failures.at(-1)}`;
    const status = failures.length === results.length ? "failed" : "completed";
    await store.finish(database, { id, status, message, at: clock.now() });
    log.info({ evaluationId: id, status, failed: failures.length }, "a tagger was evaluated");
  }

  return async (evaluationId: string, signal: AbortSignal): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const row = await store.evaluation(database, evaluationId);
      // Its owner's account has ended, or it was done by an earlier delivery.
      if (row === undefined || row.status !== "running") return;
      const done = row.results.length;
      const next = row.document_ids[done];
      if (next === undefined) return finish(row);
      const result = await evaluateOne(row, next, signal);
      if (result === undefined) return;
      await store.addResult(database, { id: evaluationId, done }, result);
    }
  };
}

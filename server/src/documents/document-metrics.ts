import type { DocumentFailureCode } from "@llm-tuner/contract/documents.ts";
import { PauseReason } from "@llm-tuner/contract/document-jobs.ts";
import type { Database } from "../platform/database/database.ts";
import { createCounter, createGauge, createHistogram, type Series } from "../platform/telemetry/series.ts";
import type { Clock } from "../platform/time/clock.ts";
import { documentMetricsStore, openStatuses } from "./document-metrics.store.ts";
import type { Extractor } from "./extraction/extraction.ts";
import type { Tagger, TaggingOutcome } from "./ports.ts";

/** From a text that is there at once to a book of scans, or a model that is asked twice. */
const durationBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** Why work on a document ended: it is done, or the code of its failure. */
export type DocumentEnd = "completed" | DocumentFailureCode;

export interface DocumentMetrics {
  /** A document that was worked on is done, or failed for good. */
  ended(outcome: DocumentEnd): void;
  /** A job waits, for this reason. */
  paused(reason: PauseReason): void;
  /** The same extractor, timed. */
  timedExtractor(extractor: Extractor): Extractor;
  /** The same tagger, timed. */
  timedTagger(tagger: Tagger): Tagger;
  /** In Prometheus' text format, with what waits by now. */
  text(): Promise<string>;
}

const secondsSince = (startedMs: number): number => (performance.now() - startedMs) / 1000;

const outcomeOf = (outcome: TaggingOutcome): string => (outcome.ok ? "completed" : outcome.kind);

/**
 * What operators see of documents. Labels are words of closed lists, so that nothing that people send can fill them; what waits
 * is asked of the database, as it is the same for all processes, and the rest is of this process alone.
 */
export function createDocumentMetrics({ database, clock }: { database: Database; clock: Clock }): DocumentMetrics {
  const ended = createCounter({
    name: "documents_ended_total",
    help: "Documents that were completed, or failed for good, by outcome.",
    labels: ["outcome"],
  });
  const pauses = createCounter({
    name: "documents_job_pauses_total",
    help: "How often the end of a document's attempt made its job wait, by reason.",
    labels: ["reason"],
  });
  const extraction = createHistogram({
    name: "documents_extraction_duration_seconds",
    help: "Reading the text out of a file, with the recognition of its pages.",
    labels: ["outcome"],
    bounds: durationBounds,
  });
  const recognition = createHistogram({
    name: "documents_recognition_duration_seconds",
    help: "Recognising text in page images (OCR), of the documents where that was needed.",
    labels: ["outcome"],
    bounds: durationBounds,
  });
  const tagging = createHistogram({
    name: "documents_tagging_duration_seconds",
    help: "From a text to its tags, by kind of tagger.",
    labels: ["tagger", "outcome"],
    bounds: durationBounds,
  });

  async function gauges(): Promise<Series[]> {
    const [waiting, paused] = await Promise.all([
      documentMetricsStore.waiting(database),
      documentMetricsStore.paused(database),
    ]);
    const now = clock.now().getTime();
    const rowOf = (status: string) => waiting.find((row) => row.status === status);
    const statuses = openStatuses;
    return [
      createGauge(
        {
          name: "documents_open",
          help: "Documents that wait (pending) or are worked on (processing).",
          labels: ["status"],
        },
        statuses.map((status) => ({ values: [status], value: rowOf(status)?.count ?? 0 })),
      ),
      createGauge(
        { name: "documents_oldest_age_seconds", help: "Since when the oldest of them is there.", labels: ["status"] },
        statuses.map((status) => ({ values: [status], value: (now - (rowOf(status)?.since.getTime() ?? now)) / 1000 })),
      ),
      createGauge(
        { name: "documents_paused_jobs", help: "Jobs that wait, by reason.", labels: ["reason"] },
        PauseReason.options.map((reason) => ({
          values: [reason],
          value: paused.find((row) => row.reason === reason)?.count ?? 0,
        })),
      ),
    ];
  }

  return {
    ended: (outcome) => ended.add([outcome]),
    paused: (reason) => pauses.add([reason]),
    timedExtractor: (extractor) => ({
      ...extractor,
      async extract(request, options) {
        const startedMs = performance.now();
        let recognisingMs: number | undefined;
        const outcome = await extractor.extract(request, {
          ...options,
          onStage(stage) {
            if (stage === "recognising") recognisingMs ??= performance.now();
            options.onStage?.(stage);
          },
        });
        const label = outcome.ok ? "completed" : outcome.failure.code;
        extraction.observe([label], secondsSince(startedMs));
        if (recognisingMs !== undefined) recognition.observe([label], secondsSince(recognisingMs));
        return outcome;
      },
    }),
    timedTagger: (tagger) => ({
      choose: (...asked) => tagger.choose(...asked),
      estimate: (...asked) => tagger.estimate(...asked),
      providerOf: (...asked) => tagger.providerOf(...asked),
      async tag(request, signal) {
        const startedMs = performance.now();
        const outcome = await tagger.tag(request, signal);
        const kind = request.tagger === "offline" ? "offline" : "model";
        tagging.observe([kind, outcomeOf(outcome)], secondsSince(startedMs));
        return outcome;
      },
    }),
    async text() {
      const all = [...(await gauges()), ended, pauses, extraction, recognition, tagging];
      return all.map((series) => series.text()).join("\n\n");
    },
  };
}

import { defineWorker, type AnyQueueWorker } from "../platform/queue/queue.ts";

/** Longer than the documents of one evaluation may take. */
const expireSeconds = 6 * 3600;
const retries = 10;

export const createTaggingWorkers = ({
  evaluate,
  concurrency,
}: {
  evaluate(evaluationId: string, signal: AbortSignal): Promise<void>;
  concurrency: number;
}): AnyQueueWorker[] => [
  defineWorker({
    queue: "tagging.evaluate",
    options: { concurrency, retries, expireSeconds },
    handle: ({ evaluation_id }, signal) => evaluate(evaluation_id, signal),
  }),
];

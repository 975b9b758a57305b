import { defineWorker, type AnyQueueWorker } from "../platform/queue/queue.ts";

/** Longer than any check may take, the counting of tokens included. */
const expireSeconds = 4 * 3600;

export const createDatasetsWorkers = ({
  check,
  concurrency,
}: {
  check(datasetId: string, signal: AbortSignal): Promise<void>;
  concurrency: number;
}): AnyQueueWorker[] => [
  defineWorker({
    queue: "datasets.check",
    // More deliveries than the check makes attempts: the last ones find that it was given up.
    options: { concurrency, retries: 5, expireSeconds },
    handle: ({ dataset_id }, signal) => check(dataset_id, signal),
  }),
];

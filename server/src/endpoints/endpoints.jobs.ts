import { type AnyQueueWorker, defineWorker } from "../platform/queue/queue.ts";
import type { ParityUsecases } from "./parity.usecases.ts";

export const endpointsWorkers = (parity: ParityUsecases): AnyQueueWorker[] => [
  defineWorker({
    queue: "models.parity",
    options: { concurrency: 1, retries: 5, expireSeconds: 900 },
    handle: ({ model_id }) => parity.checkQueued(model_id),
  }),
];

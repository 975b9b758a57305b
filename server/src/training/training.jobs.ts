import { type AnyQueueWorker, defineWorker } from "../platform/queue/queue.ts";
import type { Supervisor } from "./supervisor.ts";

export const trainingWorkers = (supervisor: Supervisor): AnyQueueWorker[] => [
  defineWorker({
    queue: "training.dispatch",
    options: { concurrency: 1 },
    handle: async () => supervisor.wake(),
  }),
];

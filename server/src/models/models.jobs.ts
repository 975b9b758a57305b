import { type AnyQueueWorker, defineWorker } from "../platform/queue/queue.ts";
import type { ModelsUsecases } from "./models.usecases.ts";

export const modelsWorkers = (usecases: ModelsUsecases): AnyQueueWorker[] => [
  defineWorker({
    queue: "training.finished",
    options: { concurrency: 1, retries: 5, expireSeconds: 300 },
    handle: ({ job_name }) => usecases.registerFinishedJob(job_name),
  }),
];

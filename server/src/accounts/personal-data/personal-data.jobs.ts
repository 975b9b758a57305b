import { type AnyQueueWorker, defineWorker } from "../../platform/queue/queue.ts";
import type { PersonalDataUsecases } from "./personal-data.usecases.ts";

/** Ending a job's process takes its time; a larger account has many files. */
const expireSeconds = 3600;

export const createPersonalDataWorkers = ({
  erase,
}: Pick<PersonalDataUsecases, "erase">): readonly AnyQueueWorker[] => [
  defineWorker({
    queue: "accounts.erase",
    options: { concurrency: 1, retries: 5, expireSeconds },
    handle: ({ user_id }) => erase(user_id),
  }),
];

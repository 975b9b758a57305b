import type { JobPayload, QueueName } from "@llm-tuner/contract/jobs.ts";
import type { Queryable } from "../database/database.ts";

export interface SendOptions {
  /** At most one waiting job of the queue carries this key. */
  singletonKey?: string;
  startAfterSeconds?: number;
}

export interface WorkOptions {
  /** Jobs of this queue that this process works on at once. */
  concurrency?: number;
  /** Attempts after the first before the job is given up and logged. */
  retries?: number;
  /** A job that takes longer is given to another worker: its handler must be idempotent. */
  expireSeconds?: number;
}

/**
 * Background jobs on the platform's own database. A job that was sent in a transaction exists exactly when the
 * transaction committed; it is delivered at least once. The rows of a domain are the truth, a job is only a nudge.
 */
export interface Queue {
  send<Name extends QueueName>(
    transaction: Queryable,
    name: Name,
    payload: JobPayload<Name>,
    options?: SendOptions,
  ): Promise<void>;
}

/** A handler of one queue, as a domain's module declares it; `main` starts it in processes that work. */
export interface QueueWorker<Name extends QueueName = QueueName> {
  queue: Name;
  options: WorkOptions;
  handle(payload: JobPayload<Name>, signal: AbortSignal): Promise<void>;
}

/** Keeps the payload type of a worker while it is listed beside workers of other queues. */
export const defineWorker = <Name extends QueueName>(worker: QueueWorker<Name>): AnyQueueWorker => ({
  queue: worker.queue,
  options: worker.options,
  // The queue parses the payload with the schema of `worker.queue` before it calls, so the type holds.
  handle: (payload, signal) => worker.handle(payload as JobPayload<Name>, signal),
});

export interface AnyQueueWorker {
  queue: QueueName;
  options: WorkOptions;
  handle(payload: unknown, signal: AbortSignal): Promise<void>;
}

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { jobPayloads, type JobPayload, type QueueName } from "@llm-tuner/contract/jobs.ts";
import { PgBoss } from "pg-boss";
import type { Db, JobWithMetadata } from "pg-boss";
import { z } from "zod";
import type { Queryable } from "../database/database.ts";
import type { Log } from "../log/log.ts";
import type { AnyQueueWorker, Queue, SendOptions } from "./queue.ts";

export interface PgBossQueueOptions {
  url: string;
  log: Log;
  /** How soon a job of a worker that died is noticed, beside the heartbeat's own time. */
  monitorSeconds?: number;
}

/** The queue with the parts that only the composition root uses. */
export interface PgBossQueue extends Queue {
  /** Begins to take jobs; only in a process that works. */
  work(workers: readonly AnyQueueWorker[]): Promise<void>;
  /** Takes no more jobs. The running ones may end in the given time, then they are told to; sending goes on working. */
  stopWorking(graceMs?: number): Promise<void>;
  /** Ends everything; a job that still runs is given back. */
  stop(): Promise<void>;
}

const queueNames = z.array(z.enum(Object.keys(jobPayloads))).parse(Object.keys(jobPayloads));
const defaults = { concurrency: 1, retries: 5, expireSeconds: 900 } as const;
/** The least that pg-boss takes; a worker that is alive says so in half that time. */
const heartbeatSeconds = 10;
const AnyRow = z.record(z.string(), z.unknown());

/** pg-boss on the caller's transaction. */
const asPgBossDb = (transaction: Queryable): Db => ({
  executeSql: async (text, values) => ({ rows: await transaction.rows(AnyRow, text, values) }),
});

async function send<Name extends QueueName>(
  boss: PgBoss,
  {
    transaction,
    name,
    payload,
    options,
  }: { transaction: Queryable; name: Name; payload: JobPayload<Name>; options: SendOptions },
): Promise<void> {
  // The queues allow one waiting job for each key; a job without one gets a key that nobody else has.
  await boss.send(name, jobPayloads[name].parse(payload), {
    db: asPgBossDb(transaction),
    singletonKey: options.singletonKey ?? randomUUID(),
    ...(options.startAfterSeconds === undefined ? {} : { startAfter: options.startAfterSeconds }),
  });
}

interface HandledJob {
  worker: AnyQueueWorker;
  job: JobWithMetadata<unknown>;
  signal: AbortSignal;
  log: Log;
}

/** Hands one job to the worker. What it throws counts as a failed attempt; the job is tried again until its retries are used up. */
async function handleJob({ worker, job, signal, log }: HandledJob): Promise<void> {
  const fields = { queue: worker.queue, jobId: job.id, attempt: job.retryCount + 1 };
  try {
    await worker.handle(jobPayloads[worker.queue].parse(job.data), signal);
    log.debug(fields, "a job is done");
  } catch (error) {
    if (job.retryCount < job.retryLimit) log.warn({ ...fields, error }, "a job failed and will be tried again");
    else log.error({ ...fields, error }, "a job failed for the last time");
    throw error;
  }
}

/** The workers of this process: jobs are taken one by one, and each has a signal that says when to give up. */
function createWorkers(boss: PgBoss, log: Log) {
  const names: QueueName[] = [];
  const stopping = new AbortController();

  async function start(worker: AnyQueueWorker): Promise<void> {
    const { concurrency, retries, expireSeconds } = { ...defaults, ...worker.options };
    await boss.updateQueue(worker.queue, { retryLimit: retries, expireInSeconds: expireSeconds });
    names.push(worker.queue);
    await boss.work(
      worker.queue,
      { includeMetadata: true, batchSize: 1, localConcurrency: concurrency, pollingIntervalSeconds: 0.5 },
      async (jobs) => {
        for (const job of jobs) {
          const signal = AbortSignal.any([job.signal, stopping.signal]);
          await handleJob({ worker, job, signal, log });
        }
      },
    );
  }

  async function stop(graceMs: number): Promise<void> {
    const ended = Promise.all(names.map((name) => boss.offWork(name, { wait: true })));
    const giveUp = setTimeout(() => stopping.abort(new Error("the server stops")), graceMs);
    const waited = new AbortController();
    // A handler that does not listen to its signal must not hold up the server: `boss.stop` gives its job back.
    await Promise.race([ended, delay(graceMs + 2000, undefined, { signal: waited.signal }).catch(() => undefined)]);
    clearTimeout(giveUp);
    waited.abort();
  }

  return { start, stop };
}

/** The `Queue` port on pg-boss, in the schema `pgboss` of the platform's own database. */
export async function startPgBossQueue({ url, log, monitorSeconds = 10 }: PgBossQueueOptions): Promise<PgBossQueue> {
  const boss = new PgBoss({
    connectionString: url,
    application_name: "llm-tuner queue",
    max: 4,
    schedule: false,
    superviseIntervalSeconds: monitorSeconds,
    monitorIntervalSeconds: monitorSeconds,
  });
  boss.on("error", (error) => log.error({ error }, "the queue met an error"));
  boss.on("warning", (warning) => log.warn({ warning }, "the queue warns"));
  await boss.start();
  for (const name of queueNames) {
    await boss.createQueue(name, {
      policy: "short",
      retryLimit: defaults.retries,
      retryBackoff: true,
      retryDelay: 1,
      retryDelayMax: 60,
      expireInSeconds: defaults.expireSeconds,
      heartbeatSeconds,
    });
  }
  const workers = createWorkers(boss, log);
  return {
    send: (transaction, name, payload, options = {}) => send(boss, { transaction, name, payload, options }),
    async work(declared) {
      for (const worker of declared) await workers.start(worker);
    },
    stopWorking: (graceMs = 10_000) => workers.stop(graceMs),
    stop: () => boss.stop({ graceful: false }),
  };
}

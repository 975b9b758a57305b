import type { Log } from "../../platform/log/log.ts";
import type { Mailer } from "../../platform/mail/mailer.ts";
import { type AnyQueueWorker, defineWorker } from "../../platform/queue/queue.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { mailNotTaken } from "../documents.errors.ts";
import type { DocumentJobsStore } from "./document-jobs.store.ts";
import { finishedMail } from "./finished-mail.ts";
import type { JobRecord } from "./job-record.ts";

interface DocumentJobWorkersDependencies {
  jobs: DocumentJobsStore;
  mailer: Mailer;
  /** The address of a person whose account works. */
  emailOf: (userId: string) => Promise<string | undefined>;
  publicUrl: () => string;
  onWork: () => void;
  /** Deletes objects that no document has. */
  deleteObjects: (keys: readonly string[]) => Promise<unknown>;
  clock: Clock;
  log: Log;
}

/** Somebody who waited no longer than this has seen the end. */
const longMs = 60_000;

const isWorthAMail = ({ type, createdAt, finishedAt }: JobRecord): boolean =>
  finishedAt !== null && (type === "batch" || finishedAt.getTime() - createdAt.getTime() > longMs);

export function createDocumentJobWorkers(dependencies: DocumentJobWorkersDependencies): AnyQueueWorker[] {
  const { jobs, mailer, emailOf, publicUrl, onWork, deleteObjects, clock, log } = dependencies;

  async function tellOwner(job: JobRecord & { userId: string }): Promise<void> {
    const email = await emailOf(job.userId);
    if (email === undefined) return;
    const mail = finishedMail(job, await jobs.counts(job.id), publicUrl());
    const outcome = await mailer.send({ ...mail, to: email });
    if (outcome.kind === "sent") log.info({ jobId: job.id }, "the end of a document job was mailed");
    else if (outcome.retry) throw mailNotTaken(outcome.reason);
    else log.error({ jobId: job.id, reason: outcome.reason }, "a mail about a document job was refused for good");
  }

  return [
    defineWorker({ queue: "documents.dispatch", options: { concurrency: 1 }, handle: async () => onWork() }),
    defineWorker({
      queue: "documents.delete-objects",
      options: { concurrency: 1, retries: 30, expireSeconds: 600 },
      async handle({ object_keys: keys }) {
        await deleteObjects(keys);
      },
    }),
    defineWorker({
      queue: "documents.finished",
      // With a wait of at most a minute in between: a mail server may be away for a while.
      options: { concurrency: 2, retries: 30, expireSeconds: 300 },
      async handle({ job_id: id }) {
        const job = await jobs.find(id);
        // Begun anew meanwhile, or told before.
        if (job === undefined || job.finishedAt === null || job.notifiedAt !== null) return;
        const { userId } = job;
        if (userId !== null && isWorthAMail(job)) await tellOwner({ ...job, userId });
        await jobs.markNotified(id, clock.now());
      },
    }),
  ];
}

import { JobEvent, type JobStatus } from "@llm-tuner/contract/training.ts";
import { z } from "zod";
import type { Database } from "../../platform/database/database.ts";
import { newId } from "../../platform/ids.ts";
import type { TrainingJobRecord } from "../job-record.ts";
import type { JobWriter } from "../job-writer.ts";
import { ProcessIdentity, stopProcess } from "../../platform/processes/process-identity.ts";
import { TrainingStore } from "../training.store.ts";
import { added } from "../transitions.ts";
import { exampleJob } from "./example-job.ts";
import { until } from "../../platform/testing/until.ts";

export async function addUser(database: Database): Promise<string> {
  const id = newId("user");
  await database.execute("insert into users (id, email, password_hash, created_at) values ($1, $2, 'x', now())", [
    id,
    `${id.toLowerCase()}@example.org`,
  ]);
  return id;
}

let number = 0;

/** Queues a job of its own name, as a start does. */
export async function addJob(
  { database, writer }: { database: Database; writer: JobWriter },
  differences: Partial<TrainingJobRecord> & { userId: string },
): Promise<string> {
  const jobName = `llm-tune-test-${(number += 1)}-${Date.now()}-local`;
  const now = new Date();
  const job = exampleJob({ jobName, createdAt: now, queuedAt: now, ...differences });
  await database.transaction((transaction) => writer.add(transaction, added(job, now)));
  return jobName;
}

export async function waitForJob(
  database: Database,
  jobName: string,
  holds: (job: TrainingJobRecord) => boolean,
): Promise<TrainingJobRecord> {
  let job: TrainingJobRecord | undefined;
  try {
    await until(async () => {
      job = await new TrainingStore(database).find(jobName);
      return job !== undefined && holds(job);
    });
  } catch (error) {
    throw new Error(`the job did not get there: ${JSON.stringify(job)}`, { cause: error });
  }
  return job ?? exampleJob();
}

export const waitForStatus = (database: Database, jobName: string, status: JobStatus): Promise<TrainingJobRecord> =>
  waitForJob(database, jobName, (job) => job.status === status);

/** Everything that was told about a job; fails when the numbers have a gap. */
export async function eventsOf(database: Database, jobName: string): Promise<JobEvent[]> {
  const rows = await database.rows(
    z.object({ body: JobEvent }),
    "select body from job_events where job_name = $1 order by seq",
    [jobName],
  );
  const events = rows.map(({ body }) => body);
  const gap = events.findIndex(({ seq }, index) => seq !== index + 1);
  if (gap >= 0) throw new Error(`event ${gap + 1} of ${jobName} is missing`);
  return events;
}

/** The steps that a client shows that keeps to the contract: after `resumed`, later steps are dropped. */
export function stepsShown(events: readonly JobEvent[]): number[] {
  let steps: number[] = [];
  for (const event of events) {
    if (event.type === "step") steps.push(event.step);
    if (event.type === "resumed") steps = steps.filter((step) => step <= event.from_step);
  }
  return steps;
}

/** The steps of a stored curve. */
export async function stepsStored(database: Database, jobName: string, metric = "train_loss"): Promise<number[]> {
  const rows = await database.rows(
    z.object({ step: z.int() }),
    "select step from job_metrics where job_name = $1 and metric = $2 order by step",
    [jobName, metric],
  );
  return rows.map(({ step }) => step);
}

export const oneTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** How often the models were told that the job is finished. */
export async function finishedNotices(database: Database, jobName: string): Promise<number> {
  const rows = await database.rows(
    z.object({}),
    "select 1 from pgboss.job where name = 'training.finished' and data->>'job_name' = $1",
    [jobName],
  );
  return rows.length;
}

export const processOf = (externalId: string | null): ProcessIdentity =>
  ProcessIdentity.parse(JSON.parse(externalId ?? "null"));

/** Ends the processes that a test leaves: they would outlive it, as they are meant to. */
export async function endTrainers(database: Database): Promise<void> {
  for (const { externalId } of await new TrainingStore(database).active())
    if (externalId) await stopProcess(processOf(externalId), 0);
}

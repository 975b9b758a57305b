import type { Database } from "../../platform/database/database.ts";
import { exampleJob } from "../../training/testing/example-job.ts";
import { TrainingStore } from "../../training/training.store.ts";
import type { FinishedJobs } from "../ports.ts";

export const insertUser = async (database: Database, userId: string): Promise<void> => {
  await database.execute(
    "insert into users (id, email, password_hash, created_at) values ($1, $2, 'not a hash', now())",
    [userId, `${userId.toLowerCase()}@example.org`],
  );
};

export const insertCompletedJob = (
  database: Database,
  job: { jobName: string; userId: string; suffix: string | null; baseModel?: string },
): Promise<void> =>
  new TrainingStore(database).insert(
    database,
    exampleJob({ ...job, status: "Completed", endedAt: new Date(), heldOutLossBefore: 3.5, heldOutLossAfter: 1.25 }),
  );

/** What training's door answers, without the supervisor and the trainer that stand behind the rest of it. */
export function createFinishedJobs(database: Database): FinishedJobs {
  const store = new TrainingStore(database);
  return {
    findJob: (jobName) => store.find(jobName),
    linkModel: (transaction, jobName, modelId) => store.setModel(transaction, jobName, modelId),
  };
}

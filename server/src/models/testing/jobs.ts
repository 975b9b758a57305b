import type { Database } from "../../platform/database/database.ts";
import { exampleJob } from "../../training/testing/example-job.ts";
import { findJob, insertJob, setModel } from "../../training/training.store.ts";
import type { FinishedJobs } from "../ports.ts";

export const insertUser = async (database: Database, userId: string): Promise<void> => {
  await database.execute(
    "insert into users (id, email, password_hash, created_at) values ($1, $2, 'not a hash', now())",
    [userId, `${userId.toLowerCase()}@example.org`],
  );
};

export const insertCompletedJob = (
  database: Database,
  job: { jobName: string; userId: string; suffix: string | null },
): Promise<void> =>
  insertJob(
    database,
    exampleJob({ ...job, status: "Completed", endedAt: new Date(), heldOutLossBefore: 3.5, heldOutLossAfter: 1.25 }),
  );

/** What training's door answers, without the supervisor and the trainer that stand behind the rest of it. */
export const createFinishedJobs = (database: Database): FinishedJobs => ({
  findJob: (jobName) => findJob(database, jobName),
  async linkModel(transaction, jobName, modelId) {
    await setModel(transaction, jobName, modelId);
  },
});

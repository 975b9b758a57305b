import type { Database } from "../../platform/database/database.ts";
import { z } from "zod";
import type { FinishedJobs } from "../ports.ts";

export const insertUser = async (database: Database, userId: string): Promise<void> => {
  await database.execute(
    "insert into users (id, email, password_hash, created_at) values ($1, $2, 'not a hash', now())",
    [userId, `${userId.toLowerCase()}@example.org`],
  );
};

export const insertCompletedJob = async (
  database: Database,
  { jobName, userId, suffix }: { jobName: string; userId: string; suffix: string | null },
): Promise<void> => {
  await database.execute(
    `insert into training_jobs (name, user_id, status, base_model, dataset_id, suffix, hyperparameters, files, warnings,
       held_out_loss_before, held_out_loss_after, queued_at, ended_at, created_at)
     values ($1, $2, 'Completed', 'starter', 'ds_testtesttest', $3, '{"method": "full"}', '[]', '[]', 3.5, 1.25,
       now(), now(), now())`,
    [jobName, userId, suffix],
  );
};

const JobRow = z
  .object({
    name: z.string(),
    user_id: z.string(),
    status: z.literal("Completed"),
    base_model: z.string(),
    dataset_id: z.string(),
    suffix: z.string().nullable(),
    hyperparameters: z.object({ method: z.enum(["full", "lora"]) }),
    held_out_loss_before: z.number(),
    held_out_loss_after: z.number(),
    model_id: z.string().nullable(),
  })
  .transform((row) => ({
    jobName: row.name,
    userId: row.user_id,
    status: row.status,
    baseModel: row.base_model,
    datasetId: row.dataset_id,
    suffix: row.suffix,
    hyperparameters: row.hyperparameters,
    heldOutLossBefore: row.held_out_loss_before,
    heldOutLossAfter: row.held_out_loss_after,
    modelId: row.model_id,
  }));

/** What training answers, read from its table: training itself cannot be had without data sets, files and a trainer. */
export const createFinishedJobs = (database: Database): FinishedJobs => ({
  findJob: (jobName) => database.row(JobRow, "select * from training_jobs where name = $1", [jobName]),
  async linkModel(transaction, jobName, modelId) {
    await transaction.execute("update training_jobs set model_id = $2 where name = $1", [jobName, modelId]);
  },
});

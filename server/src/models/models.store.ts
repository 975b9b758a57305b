import { TuningMethod } from "@llm-tuner/contract/hyperparameters.ts";
import { Parity } from "@llm-tuner/contract/models.ts";
import { ModelSource } from "@llm-tuner/contract/run-folder.ts";
import { z } from "zod";
import type { Database, Queryable } from "../platform/database/database.ts";
import type { PagePosition } from "../platform/paging/cursor.ts";

/** A tuned model as the platform knows it; whether it is deployed is the endpoints' knowledge. */
export interface ModelRecord {
  id: string;
  userId: string;
  name: string;
  baseModel: string;
  baseSource: ModelSource;
  jobName: string;
  datasetId: string;
  method: TuningMethod;
  sizeBytes: number;
  parameters: number;
  contextWindow: number;
  heldOutLossBefore: number | null;
  heldOutLossAfter: number | null;
  parity: Parity;
  createdAt: Date;
}

const columns = `id, user_id, name, base_model, base_source, job_name, dataset_id, method, size_bytes, parameters,
  context_window, held_out_loss_before, held_out_loss_after, parity_verdict, parity_prompts, parity_mismatches,
  parity_message, parity_checked_at, created_at`;

const ModelRow = z
  .object({
    id: z.string(),
    user_id: z.string(),
    name: z.string(),
    base_model: z.string(),
    base_source: ModelSource,
    job_name: z.string(),
    dataset_id: z.string(),
    method: TuningMethod,
    size_bytes: z.coerce.number().int(),
    parameters: z.coerce.number().int(),
    context_window: z.int(),
    held_out_loss_before: z.number().nullable(),
    held_out_loss_after: z.number().nullable(),
    parity_verdict: Parity.shape.verdict,
    parity_prompts: z.int(),
    parity_mismatches: z.int(),
    parity_message: z.string().nullable(),
    parity_checked_at: z.date().nullable(),
    created_at: z.date(),
  })
  .transform((row): ModelRecord => ({
    id: row.id,
    userId: row.user_id,
    name: row.name,
    baseModel: row.base_model,
    baseSource: row.base_source,
    jobName: row.job_name,
    datasetId: row.dataset_id,
    method: row.method,
    sizeBytes: row.size_bytes,
    parameters: row.parameters,
    contextWindow: row.context_window,
    heldOutLossBefore: row.held_out_loss_before,
    heldOutLossAfter: row.held_out_loss_after,
    parity: {
      verdict: row.parity_verdict,
      prompts: row.parity_prompts,
      mismatches: row.parity_mismatches,
      message: row.parity_message,
      checked_at: row.parity_checked_at?.toISOString() ?? null,
    },
    createdAt: row.created_at,
  }));

export class ModelsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    return this.#database.transaction(work);
  }

  /** Writes a model once per job. Returns false when the job's model is there already. */
  async insert(transaction: Queryable, model: ModelRecord): Promise<boolean> {
    const inserted = await transaction.execute(
      `insert into models (${columns})
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
       on conflict (job_name) do nothing`,
      [
        model.id,
        model.userId,
        model.name,
        model.baseModel,
        JSON.stringify(model.baseSource),
        model.jobName,
        model.datasetId,
        model.method,
        model.sizeBytes,
        model.parameters,
        model.contextWindow,
        model.heldOutLossBefore,
        model.heldOutLossAfter,
        model.parity.verdict,
        model.parity.prompts,
        model.parity.mismatches,
        model.parity.message,
        model.parity.checked_at,
        model.createdAt,
      ],
    );
    return inserted === 1;
  }

  find(id: string): Promise<ModelRecord | undefined> {
    return this.#database.row(ModelRow, `select ${columns} from models where id = $1`, [id]);
  }

  findMany(ids: readonly string[]): Promise<ModelRecord[]> {
    return this.#database.rows(ModelRow, `select ${columns} from models where id = any($1)`, [ids]);
  }

  findByName(name: string): Promise<ModelRecord | undefined> {
    return this.#database.row(ModelRow, `select ${columns} from models where name = $1`, [name]);
  }

  /** The newest model that a user has tuned from a base model. */
  findTunedFrom(userId: string, baseModel: string): Promise<ModelRecord | undefined> {
    return this.#database.row(
      ModelRow,
      `select ${columns} from models
       where user_id = $1 and base_model = $2 order by created_at desc, id desc limit 1`,
      [userId, baseModel],
    );
  }

  /** A user's models, newest first. */
  listOfUser(userId: string, after: PagePosition | null, limit: number): Promise<ModelRecord[]> {
    return this.#database.rows(
      ModelRow,
      `select ${columns} from models
       where user_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3))
       order by created_at desc, id desc limit $4`,
      [userId, after?.createdAt ?? null, after?.id ?? null, limit],
    );
  }

  /** Returns false when the model has been deleted meanwhile. */
  async updateParity(id: string, parity: Parity): Promise<boolean> {
    const updated = await this.#database.execute(
      `update models set parity_verdict = $2, parity_prompts = $3, parity_mismatches = $4, parity_message = $5,
         parity_checked_at = $6 where id = $1`,
      [id, parity.verdict, parity.prompts, parity.mismatches, parity.message, parity.checked_at],
    );
    return updated === 1;
  }

  async delete(transaction: Queryable, id: string): Promise<void> {
    await transaction.execute("delete from models where id = $1", [id]);
  }
}

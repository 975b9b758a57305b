import { z } from "zod";
import type { Queryable } from "../platform/database/database.ts";

export interface DeploymentRecord {
  id: string;
  modelId: string;
  userId: string;
  target: "local";
  idleTimeoutMinutes: number;
  createdAt: Date;
}

const columns = "id, model_id, user_id, target, idle_timeout_minutes, created_at";

const DeploymentRow = z
  .object({
    id: z.string(),
    model_id: z.string(),
    user_id: z.string(),
    target: z.literal("local"),
    idle_timeout_minutes: z.int(),
    created_at: z.date(),
  })
  .transform((row): DeploymentRecord => ({
    id: row.id,
    modelId: row.model_id,
    userId: row.user_id,
    target: row.target,
    idleTimeoutMinutes: row.idle_timeout_minutes,
    createdAt: row.created_at,
  }));

export class EndpointsStore {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** Deploys a model, or gives its deployment the new timeout. Undefined when the model is no longer there. */
  upsert(deployment: DeploymentRecord): Promise<DeploymentRecord | undefined> {
    return this.#database.row(
      DeploymentRow,
      `insert into deployments (${columns})
       select $1, models.id, $3, $4, $5, $6 from models where models.id = $2 for share
       on conflict (model_id) do update set idle_timeout_minutes = excluded.idle_timeout_minutes
       returning ${columns}`,
      [
        deployment.id,
        deployment.modelId,
        deployment.userId,
        deployment.target,
        deployment.idleTimeoutMinutes,
        deployment.createdAt,
      ],
    );
  }

  find(modelId: string): Promise<DeploymentRecord | undefined> {
    return this.#database.row(DeploymentRow, `select ${columns} from deployments where model_id = $1`, [modelId]);
  }

  findMany(modelIds: readonly string[]): Promise<DeploymentRecord[]> {
    return this.#database.rows(DeploymentRow, `select ${columns} from deployments where model_id = any($1)`, [
      modelIds,
    ]);
  }

  /** A user's deployments, newest first. */
  listOfUser(userId: string, limit: number): Promise<DeploymentRecord[]> {
    return this.#database.rows(
      DeploymentRow,
      `select ${columns} from deployments where user_id = $1 order by created_at desc, id desc limit $2`,
      [userId, limit],
    );
  }

  async delete(modelId: string): Promise<void> {
    await this.#database.execute("delete from deployments where model_id = $1", [modelId]);
  }
}

import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const modelRouteRow = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  steps: z.array(z.array(z.object({ model: z.string(), weight: z.number() }))),
  enabled: z.boolean(),
  created_at: z.date(),
  updated_at: z.date(),
});
export type ModelRouteRow = z.infer<typeof modelRouteRow>;

const columns = Object.keys(modelRouteRow.shape).join(", ");

const list = (queryable: Queryable): Promise<ModelRouteRow[]> =>
  queryable.rows(modelRouteRow, `select ${columns} from model_routes order by name`);

const find = (queryable: Queryable, id: string): Promise<ModelRouteRow | undefined> =>
  queryable.row(modelRouteRow, `select ${columns} from model_routes where id = $1`, [id]);

const valuesOf = (row: ModelRouteRow) => [
  row.id,
  row.name,
  row.description,
  JSON.stringify(row.steps),
  row.enabled,
  row.updated_at,
];

const insert = (queryable: Queryable, row: ModelRouteRow): Promise<number> =>
  queryable.execute(
    `insert into model_routes (id, name, description, steps, enabled, updated_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $6)`,
    valuesOf(row),
  );

const update = (queryable: Queryable, row: ModelRouteRow): Promise<number> =>
  queryable.execute(
    "update model_routes set name = $2, description = $3, steps = $4, enabled = $5, updated_at = $6 where id = $1",
    valuesOf(row),
  );

const remove = (queryable: Queryable, id: string): Promise<number> =>
  queryable.execute("delete from model_routes where id = $1", [id]);

export const modelRoutesStore = { list, find, insert, update, remove };
export type ModelRoutesStore = typeof modelRoutesStore;

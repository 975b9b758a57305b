import { ModelCapability } from "@llm-tuner/contract/providers.ts";
import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const policy = z.enum(["abort", "drain"]);

const offeredRow = z.object({
  id: z.string(),
  connection_id: z.string(),
  model: z.string(),
  price_model: z.string(),
  context_window: z.number().nullable(),
  max_output_tokens: z.number().nullable(),
  capabilities: z.array(ModelCapability),
  on_disconnect_whole: policy,
  on_disconnect_stream: policy,
  first_byte_timeout_ms: z.number().nullable(),
  idle_timeout_ms: z.number().nullable(),
  total_timeout_ms: z.number().nullable(),
  enabled: z.boolean(),
  source: z.enum(["catalogue", "added", "imported"]),
  created_at: z.date(),
  updated_at: z.date(),
});
export type OfferedRow = z.infer<typeof offeredRow>;

const columnNames = Object.keys(offeredRow.shape);
const columns = columnNames.join(", ");

const list = (queryable: Queryable): Promise<OfferedRow[]> =>
  queryable.rows(offeredRow, `select ${columns} from offered_models order by connection_id, model`);

const valuesOf = (row: OfferedRow) => [
  row.id,
  row.connection_id,
  row.model,
  row.price_model,
  row.context_window,
  row.max_output_tokens,
  row.capabilities,
  row.on_disconnect_whole,
  row.on_disconnect_stream,
  row.first_byte_timeout_ms,
  row.idle_timeout_ms,
  row.total_timeout_ms,
  row.enabled,
  row.source,
  row.created_at,
  row.updated_at,
];

/** Writes the row, or puts it in the place of the one with its id. */
const put = (queryable: Queryable, row: OfferedRow): Promise<number> =>
  queryable.execute(
    `insert into offered_models (${columns})
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
     on conflict (id) do update set price_model = excluded.price_model, context_window = excluded.context_window,
       max_output_tokens = excluded.max_output_tokens, capabilities = excluded.capabilities,
       on_disconnect_whole = excluded.on_disconnect_whole, on_disconnect_stream = excluded.on_disconnect_stream,
       first_byte_timeout_ms = excluded.first_byte_timeout_ms, idle_timeout_ms = excluded.idle_timeout_ms,
       total_timeout_ms = excluded.total_timeout_ms, enabled = excluded.enabled, updated_at = excluded.updated_at`,
    valuesOf(row),
  );

const remove = (queryable: Queryable, id: string): Promise<number> =>
  queryable.execute("delete from offered_models where id = $1", [id]);

const removeOfConnection = (queryable: Queryable, connectionId: string): Promise<number> =>
  queryable.execute("delete from offered_models where connection_id = $1", [connectionId]);

export const offeredStore = { list, put, remove, removeOfConnection };
export type OfferedStore = typeof offeredStore;

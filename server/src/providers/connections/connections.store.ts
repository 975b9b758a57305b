import { ProviderKind } from "@llm-tuner/contract/providers.ts";
import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const connectionRow = z.object({
  id: z.string(),
  name: z.string(),
  kind: ProviderKind,
  base_url: z.string(),
  secrets: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  api_key_last4: z.string().nullable(),
  header_names: z.array(z.string()),
  offers_catalogue: z.boolean(),
  enabled: z.boolean(),
  created_at: z.date(),
  updated_at: z.date(),
});
export type ConnectionRow = z.infer<typeof connectionRow>;

const columns = Object.keys(connectionRow.shape).join(", ");

const list = (queryable: Queryable): Promise<ConnectionRow[]> =>
  queryable.rows(connectionRow, `select ${columns} from provider_connections order by name`);

const find = (queryable: Queryable, id: string): Promise<ConnectionRow | undefined> =>
  queryable.row(connectionRow, `select ${columns} from provider_connections where id = $1`, [id]);

/** The row is locked until the transaction ends. */
const findForUpdate = (transaction: Queryable, id: string): Promise<ConnectionRow | undefined> =>
  transaction.row(connectionRow, `select ${columns} from provider_connections where id = $1 for update`, [id]);

const valuesOf = (row: ConnectionRow) => [
  row.id,
  row.name,
  row.kind,
  row.base_url,
  row.secrets,
  row.api_key_last4,
  row.header_names,
  row.offers_catalogue,
  row.enabled,
  row.updated_at,
];

const insert = (queryable: Queryable, row: ConnectionRow): Promise<number> =>
  queryable.execute(
    `insert into provider_connections (id, name, kind, base_url, secrets, api_key_last4, header_names,
       offers_catalogue, enabled, updated_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
    valuesOf(row),
  );

const update = (queryable: Queryable, row: ConnectionRow): Promise<number> =>
  queryable.execute(
    `update provider_connections set name = $2, kind = $3, base_url = $4, secrets = $5, api_key_last4 = $6,
       header_names = $7, offers_catalogue = $8, enabled = $9, updated_at = $10 where id = $1`,
    valuesOf(row),
  );

const remove = (queryable: Queryable, id: string): Promise<number> =>
  queryable.execute("delete from provider_connections where id = $1", [id]);

/** Held until the transaction ends: what compares connections, models and routes with each other sees them stand still. */
const lock = (transaction: Queryable): Promise<number> =>
  transaction.execute("select pg_advisory_xact_lock(hashtextextended('providers', 0))");

export const connectionsStore = { list, find, findForUpdate, insert, update, remove, lock };
export type ConnectionsStore = typeof connectionsStore;

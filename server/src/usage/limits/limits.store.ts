import type { Level, Taking } from "@llm-tuner/gateway/admit/limit-levels.ts";
import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const levelRow = z.object({
  name: z.string(),
  used: z.coerce.number(),
  held: z.coerce.number(),
  at_ms: z.coerce.number(),
  keep_until_ms: z.coerce.number().nullable(),
  now_ms: z.coerce.number(),
});

export interface LockedLevels {
  levels: Map<string, Level>;
  /** By the clock of the database, after everything was locked. */
  nowMs: number;
}

const databaseMs = "floor(extract(epoch from clock_timestamp()) * 1000)::bigint";

/** Locks levels until the transaction ends, in one order everywhere; those that are new begin empty. */
async function lockLevels(transaction: Queryable, names: readonly string[]): Promise<LockedLevels> {
  const rows = await transaction.rows(
    levelRow,
    `insert into limit_levels as level (name, used, held, at_ms, keep_until_ms)
     select name, 0, 0, 0, 0 from unnest($1::text[]) as name order by name
     on conflict (name) do update set held = level.held
     returning name, used, held, at_ms, keep_until_ms, ${databaseMs} as now_ms`,
    [names],
  );
  const levels = rows.map(({ name, used, held, at_ms, keep_until_ms }): [string, Level] => [
    name,
    { used, held, atMs: at_ms, keepUntilMs: keep_until_ms },
  ]);
  return { levels: new Map(levels), nowMs: Math.max(...rows.map(({ now_ms }) => now_ms)) };
}

const holdRow = z.object({
  request_id: z.string(),
  takings: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(["requests", "tokens", "concurrent", "money"]),
      limit: z.number(),
      amount: z.number(),
    }),
  ),
  is_open: z.boolean(),
  until_ms: z.coerce.number(),
});

/** What a request took; when it is over, what a late settlement still changes. */
export interface HoldRow {
  request_id: string;
  takings: readonly Taking[];
  is_open: boolean;
  /** When its lease ends, or when it may be forgotten. */
  until_ms: number;
}

const holdColumns = Object.keys(holdRow.shape).join(", ");

const readHolds = (queryable: Queryable, requestIds: readonly string[]): Promise<HoldRow[]> =>
  queryable.rows(holdRow, `select ${holdColumns} from limit_holds where request_id = any($1)`, [requestIds]);

/** Writes levels whose locks must be held, and the requests that took from them. */
const write = (
  transaction: Queryable,
  { levels, holds }: { levels: ReadonlyMap<string, Level>; holds: readonly HoldRow[] },
): Promise<number> =>
  transaction.execute(
    `with levels as (
       update limit_levels set used = changed.used, held = changed.held, at_ms = changed."atMs",
         keep_until_ms = changed."keepUntilMs"
       from jsonb_to_recordset($1::jsonb) as changed (name text, used bigint, held bigint, "atMs" bigint,
         "keepUntilMs" bigint)
       where limit_levels.name = changed.name
     )
     insert into limit_holds (${holdColumns})
     select ${holdColumns} from jsonb_to_recordset($2::jsonb) as hold (request_id text, takings jsonb, is_open boolean,
       until_ms bigint) order by request_id
     on conflict (request_id) do update set takings = excluded.takings, is_open = excluded.is_open,
       until_ms = excluded.until_ms`,
    [JSON.stringify([...levels].map(([name, level]) => ({ name, ...level }))), JSON.stringify(holds)],
  );

interface At {
  /** Null: by the clock of the database. */
  nowMs: number | null;
}

const nowOr = `coalesce($1::bigint, ${databaseMs})`;

/** Begins the leases of running requests anew. */
const extend = (
  queryable: Queryable,
  { requestIds, leaseMs, nowMs }: At & { requestIds: readonly string[]; leaseMs: number },
): Promise<number> =>
  queryable.execute(
    `with running as (
       select request_id from limit_holds where request_id = any($2) and is_open and until_ms > ${nowOr}
       order by request_id for update
     )
     update limit_holds set until_ms = ${nowOr} + $3 from running where limit_holds.request_id = running.request_id`,
    [nowMs, requestIds, leaseMs],
  );

/** Running requests whose lease has ended. */
const listGivenUp = async (queryable: Queryable, { nowMs, limit }: At & { limit: number }): Promise<string[]> => {
  const rows = await queryable.rows(
    z.object({ request_id: z.string() }),
    `select request_id from limit_holds where is_open and until_ms <= ${nowOr} order by until_ms limit $2`,
    [nowMs, limit],
  );
  return rows.map(({ request_id }) => request_id);
};

/** Forgets a number of levels and of requests that say nothing any more; what somebody uses at this moment stays. */
const deleteOver = (queryable: Queryable, { nowMs, limit }: At & { limit: number }): Promise<number> =>
  queryable.execute(
    `with levels as (
       delete from limit_levels where name in (
         select name from limit_levels where held = 0 and keep_until_ms < ${nowOr} order by name limit $2
         for update skip locked)
       returning 1
     ), holds as (
       delete from limit_holds where request_id in (
         select request_id from limit_holds where not is_open and until_ms < ${nowOr} order by request_id limit $2
         for update skip locked)
       returning 1
     )
     select from levels union all select from holds`,
    [nowMs, limit],
  );

export const limitsStore = { lockLevels, readHolds, write, extend, listGivenUp, deleteOver };
export type LimitsStore = typeof limitsStore;

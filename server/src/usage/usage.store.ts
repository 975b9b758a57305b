import { z } from "zod";
import type { Queryable } from "../platform/database/database.ts";
import type { PagePosition } from "../platform/paging/cursor.ts";

const requestRow = z.object({
  request_id: z.string(),
  started_at: z.date(),
  model: z.string(),
  provider: z.string(),
  api_key_id: z.string().nullable(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cost_nano_usd: z.coerce.number().nullable(),
  outcome: z.enum(["completed", "aborted", "failed"]),
  latency_ms: z.int(),
});
export type UsageRequestRow = z.infer<typeof requestRow>;

const requestColumns = Object.keys(requestRow.shape).join(", ");

/** A hold of the ledger, named by its columns. */
export interface HoldRecord {
  request_id: string;
  user_id: string;
  api_key_id: string | null;
  /** What the request may cost at most; written as a negative amount. */
  hold_nano_usd: number;
  /** Null when the model has no price: nothing is held then, but the request may be counted. */
  price_id: string | null;
  created_at: Date;
  /** Subjects of the counters that it adds to. */
  counted: readonly string[];
}

/** A settled request, named by its columns. */
export interface SettledRecord {
  request_id: string;
  user_id: string;
  api_key_id: string | null;
  model: string;
  price_model: string;
  provider: string;
  input_tokens: number;
  output_tokens: number;
  usage_source: "reported" | "estimated";
  cost_nano_usd: number | null;
  price_id: string | null;
  outcome: "completed" | "aborted" | "failed";
  error_code: string | null;
  latency_ms: number;
  first_byte_ms: number | null;
  started_at: Date;
  created_at: Date;
  /** Subjects of the counters that it adds to, besides its person's. */
  counted: readonly string[];
}

const costRow = z.object({ request_id: z.string(), cost_nano_usd: z.coerce.number().nullable() });
export type SettledCost = z.infer<typeof costRow>;

/** Holds that exist already are left as they are. */
const insertHolds = (queryable: Queryable, holds: readonly HoldRecord[]): Promise<number> =>
  queryable.execute(
    `insert into usage_entries (request_id, kind, user_id, api_key_id, amount_nano_usd, price_id, created_at)
     select request_id, 'hold', user_id, api_key_id, -hold_nano_usd, price_id, created_at
     from jsonb_to_recordset($1::jsonb) as hold (request_id text, user_id text, api_key_id text,
       hold_nano_usd bigint, price_id text, created_at timestamptz)
     on conflict (request_id, kind) do nothing`,
    [JSON.stringify(holds)],
  );

/**
 * What entries that were just written (`entries`) change in the counters: a release gives back what was held, a charge
 * is what was spent, by its person and by whom it names. Both count in the month of their hold. Counters are locked in
 * one order everywhere.
 */
const countEntries = `
     moved as (
       select entries.user_id, subject, coalesce(hold.created_at, entries.created_at) as at,
         case entries.kind when 'release' then -entries.amount_nano_usd else 0 end as held_nano_usd,
         case entries.kind when 'charge' then -entries.amount_nano_usd else 0 end as spent_nano_usd
       from entries left join hold on hold.request_id = entries.request_id
         cross join lateral unnest(
           case entries.kind when 'charge' then entries.counted || ('user:' || entries.user_id) else entries.counted end) as subject
     ), counters as (
       insert into usage_counters (subject, period_start, user_id, held_nano_usd, spent_nano_usd, requests, updated_at)
       select subject, period_start, min(user_id), sum(held_nano_usd), sum(spent_nano_usd), 0, max(at)
       from moved
         cross join lateral unnest(array['-infinity', date_trunc('month', at at time zone 'UTC')::date]) as period_start
       group by subject, period_start order by subject, period_start
       on conflict (subject, period_start) do update set
         held_nano_usd = usage_counters.held_nano_usd + excluded.held_nano_usd,
         spent_nano_usd = usage_counters.spent_nano_usd + excluded.spent_nano_usd,
         updated_at = greatest(usage_counters.updated_at, excluded.updated_at)
     )`;

/**
 * Writes requests with their charges and the releases of their holds, and counts both, in ONE statement: all of it or
 * nothing. A request that was settled before changes nothing anywhere; the answer has the costs as they stand afterwards.
 */
async function insertSettled(queryable: Queryable, records: readonly SettledRecord[]): Promise<SettledCost[]> {
  const written = await queryable.rows(
    costRow,
    `with incoming as (
       select * from jsonb_to_recordset($1::jsonb) as record (request_id text, user_id text, api_key_id text, model text,
         price_model text, provider text, input_tokens int, output_tokens int, usage_source text, cost_nano_usd bigint,
         price_id text, outcome text, error_code text, latency_ms int, first_byte_ms int, started_at timestamptz,
         created_at timestamptz, counted text[])
     ), written as (
       insert into usage_requests (request_id, user_id, api_key_id, model, price_model, provider, input_tokens,
         output_tokens, usage_source, cost_nano_usd, price_id, outcome, error_code, latency_ms, first_byte_ms,
         started_at, created_at)
       select request_id, user_id, api_key_id, model, price_model, provider, input_tokens, output_tokens, usage_source,
         cost_nano_usd, price_id, outcome, error_code, latency_ms, first_byte_ms, started_at, created_at
       from incoming order by request_id
       on conflict (request_id) do nothing
       returning request_id, user_id, api_key_id, cost_nano_usd, price_id, created_at
     ), hold as (
       select hold.*, written.created_at as settled_at
       from written join usage_entries hold on hold.request_id = written.request_id and hold.kind = 'hold'
     ), entries as (
       insert into usage_entries (request_id, kind, user_id, api_key_id, amount_nano_usd, price_id, created_at, counted)
       select request_id, 'charge', written.user_id, written.api_key_id, -written.cost_nano_usd, written.price_id,
         written.created_at, coalesce(incoming.counted, '{}')
       from written join incoming using (request_id) where written.cost_nano_usd is not null
       union all
       select request_id, 'release', user_id, api_key_id, -amount_nano_usd, price_id, settled_at, counted from hold
       order by 1, 2
       on conflict (request_id, kind) do nothing
       returning request_id, kind, user_id, amount_nano_usd, created_at, counted
     ), ${countEntries}
     select request_id, cost_nano_usd from written`,
    [JSON.stringify(records)],
  );
  const isWritten = new Set(written.map(({ request_id }) => request_id));
  const known = records.map(({ request_id }) => request_id).filter((id) => !isWritten.has(id));
  if (known.length === 0) return written;
  const stored = await queryable.rows(
    costRow,
    "select request_id, cost_nano_usd from usage_requests where request_id = any($1)",
    [known],
  );
  return [...written, ...stored];
}

/**
 * Releases holds that are older than `before` and were never settled, from their counters too: their process died. The search begins some hours
 * before the ledger's last entry, since whatever was open when everything stopped began at most so long before.
 */
const releaseAbandoned = (
  queryable: Queryable,
  { before, searchHours, at }: { before: Date; searchHours: number; at: Date },
): Promise<number> =>
  queryable.execute(
    `with hold as (
       select * from usage_entries hold
       where kind = 'hold' and created_at < $1
         and created_at > (select least(max(created_at), $3::timestamptz) - make_interval(hours => $2) from usage_entries)
         and not exists (select 1 from usage_entries released
           where released.request_id = hold.request_id and released.kind = 'release')
     ), entries as (
       insert into usage_entries (request_id, kind, user_id, api_key_id, amount_nano_usd, price_id, created_at, counted)
       select request_id, 'release', user_id, api_key_id, -amount_nano_usd, price_id, $3, counted
       from hold order by request_id
       on conflict (request_id, kind) do nothing
       returning request_id, kind, user_id, amount_nano_usd, created_at, counted
     ), ${countEntries}
     select 1`,
    [before, searchHours, at],
  );

/** Newest first, beginning after a position. */
const listRequests = (
  queryable: Queryable,
  { userId, after, limit }: { userId: string; after: PagePosition | null; limit: number },
): Promise<UsageRequestRow[]> =>
  queryable.rows(
    requestRow,
    `select ${requestColumns} from usage_requests
     where user_id = $1 and ($2::timestamptz is null or (started_at, request_id) < ($2, $3))
     order by started_at desc, request_id desc limit $4`,
    [userId, after?.createdAt ?? null, after?.id ?? null, limit],
  );

export const usageStore = { insertHolds, insertSettled, releaseAbandoned, listRequests };
export type UsageStore = typeof usageStore;

import { usageBucketNames } from "@llm-tuner/contract/prices.ts";
import { UsageCounts } from "@llm-tuner/contract/usage.ts";
import { z } from "zod";
import type { Queryable } from "../platform/database/database.ts";
import { storableJson } from "../platform/text/storable-text.ts";

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
  /** Who works on the request, and for what, in case that process dies. */
  process_id: string;
  model: string;
  price_model: string;
  provider: string;
  operation: string;
  stream: boolean;
}

export interface AttemptRecord {
  deployment: string;
  provider: string;
  upstream_model: string;
  outcome: "completed" | "aborted" | "failed";
  error_code: string | null;
  latency_ms: number;
}

/** A settled request, named by its columns. */
export interface SettledRecord extends UsageCounts {
  request_id: string;
  user_id: string;
  api_key_id: string | null;
  model: string;
  price_model: string;
  provider: string;
  operation: string;
  stream: boolean;
  usage_source: "reported" | "partial" | "estimated";
  policy: "reported" | "partial" | "drained" | "estimated" | "interrupted" | "failed";
  service_tier: string | null;
  upstream_id: string | null;
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
  attempts: readonly AttemptRecord[];
}

/**
 * A record as the text that is written into the spool and sent to the database. The text is made once, since that costs as much
 * as all other work on a record, and the record is not kept beside it: what waits is copied by every collection of garbage.
 */
export interface Encoded {
  request_id: string;
  json: string;
}

export interface EncodedSettled extends Encoded {
  policy: SettledRecord["policy"];
}

// The dates are made text before: left to JSON they take longer than all other fields together.
export const encodedHold = (record: HoldRecord): Encoded => ({
  request_id: record.request_id,
  json: storableJson({ ...record, created_at: record.created_at.toISOString() }),
});

export const encodedSettled = (record: SettledRecord): EncodedSettled => ({
  request_id: record.request_id,
  policy: record.policy,
  json: storableJson({
    ...record,
    started_at: record.started_at.toISOString(),
    created_at: record.created_at.toISOString(),
  }),
});

const arrayOf = (records: readonly Encoded[]): string => `[${records.map(({ json }) => json).join(",")}]`;

const bucketTypes = usageBucketNames.map((name) => `${name} int`).join(", ");
const settledColumns = [
  "request_id",
  "user_id",
  "api_key_id",
  "model",
  "price_model",
  "provider",
  "operation",
  "stream",
  "usage_source",
  "policy",
  "service_tier",
  "upstream_id",
  "cost_nano_usd",
  "price_id",
  "outcome",
  "error_code",
  "latency_ms",
  "first_byte_ms",
  "started_at",
  "created_at",
  ...usageBucketNames,
].join(", ");

const holdColumns = `request_id text, user_id text, api_key_id text, hold_nano_usd bigint, price_id text,
  created_at timestamptz, counted text[], process_id text, model text, price_model text, provider text, operation text,
  stream boolean`;

/** Holds that count for nobody. Those that exist already are left as they are. */
const insertHolds = (queryable: Queryable, holds: readonly Encoded[]): Promise<number> =>
  queryable.execute(
    `insert into usage_entries (request_id, kind, user_id, api_key_id, amount_nano_usd, price_id, created_at, process_id,
       model, price_model, provider, operation, stream)
     select request_id, 'hold', user_id, api_key_id, -hold_nano_usd, price_id, created_at, process_id, model, price_model,
       provider, operation, stream
     from json_to_recordset($1::json) as hold (${holdColumns})
     on conflict do nothing`,
    [arrayOf(holds)],
  );

/**
 * What entries that were just written (`entries`) change in the counters: a release gives back what was held, a charge
 * and an adjustment are what was spent, by its person and by whom they name. All count in the day and month of their
 * hold; they are summed by the day before each day is counted in its three periods. Counters are locked in one order
 * everywhere.
 */
const countEntries = `
     moved as (
       select subject, min(entries.user_id) as user_id, max(coalesce(hold.created_at, entries.created_at)) as at,
         sum(case entries.kind when 'release' then -entries.amount_nano_usd else 0 end) as held_nano_usd,
         sum(case entries.kind when 'release' then 0 else -entries.amount_nano_usd end) as spent_nano_usd
       from entries left join hold on hold.request_id = entries.request_id
         cross join lateral unnest(
           case entries.kind when 'release' then entries.counted else entries.counted || ('user:' || entries.user_id) end) as subject
       group by subject, date_trunc('day', coalesce(hold.created_at, entries.created_at), 'UTC')
     ), counters as (
       insert into usage_counters (subject, period, user_id, held_nano_usd, spent_nano_usd, requests, updated_at)
       select subject, period, min(user_id), sum(held_nano_usd), sum(spent_nano_usd), 0, max(at)
       from moved
         cross join lateral unnest(usage_periods(at)) as period
       group by subject, period order by subject, period
       on conflict (subject, period) do update set
         held_nano_usd = usage_counters.held_nano_usd + excluded.held_nano_usd,
         spent_nano_usd = usage_counters.spent_nano_usd + excluded.spent_nano_usd,
         updated_at = greatest(usage_counters.updated_at, excluded.updated_at)
     )`;

const idRow = z.object({ request_id: z.string() });

/**
 * Writes requests with their attempts, their charges and the releases of their holds, and counts both, in ONE statement:
 * all of it or nothing. A request that was settled before changes nothing anywhere. Gives the ids of such requests.
 */
async function insertSettled(queryable: Queryable, records: readonly Encoded[]): Promise<Set<string>> {
  const known = await queryable.rows(
    idRow,
    `with incoming as (
       select * from json_to_recordset($1::json) as record (request_id text, user_id text, api_key_id text, model text,
         price_model text, provider text, operation text, stream boolean, usage_source text, policy text,
         service_tier text, upstream_id text, cost_nano_usd bigint, price_id text, outcome text, error_code text,
         latency_ms int, first_byte_ms int, started_at timestamptz, created_at timestamptz, ${bucketTypes},
         counted text[], attempts json)
     ), written as (
       insert into usage_requests (${settledColumns}, counted)
       select ${settledColumns}, case when cost_nano_usd is null then counted end from incoming order by request_id
       on conflict (request_id) do nothing
       returning request_id, user_id, api_key_id, cost_nano_usd, price_id, created_at, policy
     ), attempted as (
       insert into usage_attempts (request_id, seq, deployment, provider, upstream_model, outcome, error_code, latency_ms)
       select request_id, seq, deployment, attempt.provider, upstream_model, attempt.outcome, attempt.error_code,
         attempt.latency_ms
       from written join incoming using (request_id) cross join lateral rows from (json_to_recordset(incoming.attempts)
         as (deployment text, provider text, upstream_model text, outcome text, error_code text, latency_ms int))
         with ordinality as attempt (deployment, provider, upstream_model, outcome, error_code, latency_ms, seq)
     ), unrolled as (
       insert into usage_unrolled (request_id) select request_id from written on conflict do nothing
     ), hold as (
       -- Each by the index: of a table that grew since it was last looked at, the planner would read every hold there ever was.
       select hold.*, written.created_at as settled_at
       from written cross join lateral
         (select * from usage_entries where request_id = written.request_id and kind = 'hold' offset 0) as hold
     ), entries as (
       insert into usage_entries (request_id, kind, user_id, api_key_id, amount_nano_usd, price_id, created_at, counted)
       select request_id, 'charge', written.user_id, written.api_key_id, -written.cost_nano_usd, written.price_id,
         written.created_at, coalesce(incoming.counted, '{}')
       from written join incoming using (request_id)
       where written.cost_nano_usd is not null and written.policy <> 'interrupted'
       union all
       select request_id, 'release', user_id, api_key_id, -amount_nano_usd, price_id, settled_at, counted from hold
       order by 1, 2
       on conflict do nothing
       returning request_id, kind, user_id, amount_nano_usd, created_at, counted
     ), ${countEntries}
     select request_id from incoming where not exists (select from written where written.request_id = incoming.request_id)`,
    [arrayOf(records)],
  );
  return new Set(known.map(({ request_id }) => request_id));
}

/** Of requests that are settled: those whose process was thought dead. */
const interruptedOf = async (queryable: Queryable, requestIds: readonly string[]): Promise<string[]> => {
  const rows = await queryable.rows(
    idRow,
    "select request_id from usage_requests where request_id = any($1) and policy = 'interrupted'",
    [requestIds],
  );
  return rows.map(({ request_id }) => request_id);
};

/** Takes back that requests were interrupted; their holds stay released. */
const deleteInterrupted = (transaction: Queryable, requestIds: readonly string[]): Promise<number> =>
  transaction.execute("delete from usage_requests where request_id = any($1) and policy = 'interrupted'", [requestIds]);

const openHoldRow = z.object({
  request_id: z.string(),
  user_id: z.string(),
  api_key_id: z.string().nullable(),
  created_at: z.date(),
  model: z.string(),
  price_model: z.string(),
  provider: z.string(),
  operation: z.string(),
  stream: z.boolean(),
});
export type OpenHold = z.infer<typeof openHoldRow>;

const openHoldColumns = `request_id, user_id, api_key_id, created_at, coalesce(model, 'unknown') as model,
  coalesce(price_model, 'unknown') as price_model, coalesce(provider, 'unknown') as provider,
  coalesce(operation, 'unknown') as operation, coalesce(stream, false) as stream`;

/**
 * Holds of a process that were never released, of the hours before it was last seen: whatever was open when it died
 * began at most so long before.
 */
const openHoldsOf = (
  queryable: Queryable,
  { processId, searchHours, limit }: { processId: string; searchHours: number; limit: number },
): Promise<OpenHold[]> =>
  queryable.rows(
    openHoldRow,
    `select ${openHoldColumns} from usage_entries hold
     where kind = 'hold' and process_id = $1
       and created_at > (select coalesce(min(seen_at), now()) - make_interval(hours => $2) from usage_processes where id = $1)
       and not exists (select 1 from usage_entries released
         where released.request_id = hold.request_id and released.kind = 'release')
     limit $3`,
    [processId, searchHours, limit],
  );

/**
 * Holds that were never released and are older than `before` without a process that lives, or an hour older than that
 * with one: whoever was to report back, such as a satellite, is gone. The search begins some hours before the ledger's
 * last hold.
 */
const abandonedHolds = (
  queryable: Queryable,
  { before, searchHours, at, limit }: { before: Date; searchHours: number; at: Date; limit: number },
): Promise<OpenHold[]> =>
  queryable.rows(
    openHoldRow,
    `select ${openHoldColumns} from usage_entries hold
     where kind = 'hold' and created_at < $1
       and created_at > (select least(max(created_at), $3::timestamptz) - make_interval(hours => $2) from usage_entries where kind = 'hold')
       and (created_at < $1::timestamptz - interval '1 hour'
         or not exists (select 1 from usage_processes where id = hold.process_id))
       and not exists (select 1 from usage_entries released
         where released.request_id = hold.request_id and released.kind = 'release')
     limit $4`,
    [before, searchHours, at, limit],
  );

const billRow = z.object({
  request_id: z.string(),
  user_id: z.string(),
  provider: z.string(),
  price_model: z.string(),
  service_tier: z.string().nullable(),
  started_at: z.date(),
  input_tokens: z.coerce.number(),
  cost_nano_usd: z.coerce.number().nullable(),
  price_id: z.string().nullable(),
  ...UsageCounts.shape,
});
export type BillRow = z.infer<typeof billRow>;
const billColumns = Object.keys(billRow.shape).join(", ");

/** Locks a request until the transaction ends. */
const billForUpdate = (transaction: Queryable, requestId: string): Promise<BillRow | undefined> =>
  transaction.row(billRow, `select ${billColumns} from usage_requests where request_id = $1 for update`, [requestId]);

/** Locks requests of a model that have no cost, in their order after an id. */
const unpricedForUpdate = (
  transaction: Queryable,
  { provider, priceModel, after, limit }: { provider: string; priceModel: string; after: string; limit: number },
): Promise<BillRow[]> =>
  transaction.rows(
    billRow,
    `select ${billColumns} from usage_requests
     where provider = $1 and price_model = $2 and cost_nano_usd is null and request_id > $3
     order by request_id limit $4 for update`,
    [provider, priceModel, after, limit],
  );

/** What a request costs from now on, and why. */
export interface AdjustedBill {
  request_id: string;
  cost_nano_usd: number;
  /** What is owed more than before; negative when something is given back. */
  more_nano_usd: number;
  price_id: string | null;
  reason: string;
  created_at: Date;
}

/** Changes the costs of requests, writes that into the ledger and counts it where the charge was counted. */
const adjust = (transaction: Queryable, bills: readonly AdjustedBill[]): Promise<number> =>
  transaction.execute(
    `with incoming as (
       select * from jsonb_to_recordset($1::jsonb) as bill (request_id text, cost_nano_usd bigint, more_nano_usd bigint,
         price_id text, reason text, created_at timestamptz)
     ), changed as (
       update usage_requests request set cost_nano_usd = incoming.cost_nano_usd, price_id = incoming.price_id
       from incoming where incoming.request_id = request.request_id
       returning request.request_id, request.user_id, request.api_key_id, request.counted
     ), hold as (
       select hold.* from incoming join usage_entries hold on hold.request_id = incoming.request_id and hold.kind = 'hold'
     ), entries as (
       insert into usage_entries (request_id, kind, user_id, api_key_id, amount_nano_usd, price_id, created_at, counted, reason)
       select changed.request_id, 'adjust', changed.user_id, changed.api_key_id, -more_nano_usd, incoming.price_id,
         incoming.created_at,
         -- A hold may name its person, who counts in any case.
         coalesce(charge.counted, changed.counted, array_remove(hold.counted, 'user:' || changed.user_id), '{}'),
         incoming.reason
       from changed join incoming on incoming.request_id = changed.request_id
         left join usage_entries charge on charge.request_id = changed.request_id and charge.kind = 'charge'
         left join hold on hold.request_id = changed.request_id
       where more_nano_usd <> 0
       returning request_id, kind, user_id, amount_nano_usd, created_at, counted
     ), ${countEntries}
     select 1`,
    [JSON.stringify(bills)],
  );

export const usageStore = {
  insertHolds,
  insertSettled,
  interruptedOf,
  deleteInterrupted,
  openHoldsOf,
  abandonedHolds,
  billForUpdate,
  unpricedForUpdate,
  adjust,
};
export type UsageStore = typeof usageStore;

import { BillingPolicy, UsageCounts, UsageOutcome } from "@llm-tuner/contract/usage.ts";
import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";
import type { PagePosition } from "../../platform/paging/cursor.ts";

const requestRow = z.object({
  request_id: z.string(),
  started_at: z.date(),
  model: z.string(),
  provider: z.string(),
  user_id: z.string(),
  api_key_id: z.string().nullable(),
  operation: z.string(),
  stream: z.boolean(),
  input_tokens: z.coerce.number(),
  output_tokens: z.coerce.number(),
  cost_nano_usd: z.coerce.number().nullable(),
  policy: BillingPolicy,
  outcome: UsageOutcome,
  error_code: z.string().nullable(),
  latency_ms: z.int(),
});
export type UsageRequestRow = z.infer<typeof requestRow>;

const detailRow = requestRow.extend({
  ...UsageCounts.shape,
  price_model: z.string(),
  service_tier: z.string().nullable(),
  upstream_id: z.string().nullable(),
  usage_source: z.enum(["reported", "partial", "estimated"]),
  price_id: z.string().nullable(),
  first_byte_ms: z.int().nullable(),
});
export type UsageDetailRow = z.infer<typeof detailRow>;

const columnsOf = ({ shape }: z.ZodObject): string => Object.keys(shape).join(", ");

export interface RequestFilter {
  /** Null for everybody's. */
  userId: string | null;
  model?: string | undefined;
  provider?: string | undefined;
  apiKeyId?: string | undefined;
  outcome?: UsageOutcome | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  minCostNanoUsd?: number | undefined;
}

/** Newest first, beginning after a position. */
const list = (
  queryable: Queryable,
  { filter, after, limit }: { filter: RequestFilter; after: PagePosition | null; limit: number },
): Promise<UsageRequestRow[]> =>
  queryable.rows(
    requestRow,
    `select ${columnsOf(requestRow)} from usage_requests
     where ($1::text is null or user_id = $1)
       and ($2::timestamptz is null or (started_at, request_id) < ($2, $3))
       and ($4::text is null or model = $4) and ($5::text is null or provider = $5)
       and ($6::text is null or api_key_id = $6) and ($7::text is null or outcome = $7)
       and ($8::timestamptz is null or started_at >= $8) and ($9::timestamptz is null or started_at < $9)
       and ($10::bigint is null or cost_nano_usd >= $10)
     order by started_at desc, request_id desc limit $11`,
    [
      filter.userId,
      after?.createdAt ?? null,
      after?.id ?? null,
      filter.model ?? null,
      filter.provider ?? null,
      filter.apiKeyId ?? null,
      filter.outcome ?? null,
      filter.from ?? null,
      filter.to ?? null,
      filter.minCostNanoUsd ?? null,
      limit,
    ],
  );

/** One request, of a person or (null) of anybody. */
const find = (
  queryable: Queryable,
  { requestId, userId }: { requestId: string; userId: string | null },
): Promise<UsageDetailRow | undefined> =>
  queryable.row(
    detailRow,
    `select ${columnsOf(detailRow)} from usage_requests where request_id = $1 and ($2::text is null or user_id = $2)`,
    [requestId, userId],
  );

const attemptRow = z.object({
  deployment: z.string(),
  provider: z.string(),
  upstream_model: z.string(),
  outcome: UsageOutcome,
  error_code: z.string().nullable(),
  latency_ms: z.int(),
});

const attemptsOf = (queryable: Queryable, requestId: string): Promise<z.infer<typeof attemptRow>[]> =>
  queryable.rows(attemptRow, `select ${columnsOf(attemptRow)} from usage_attempts where request_id = $1 order by seq`, [
    requestId,
  ]);

const entryRow = z.object({
  kind: z.enum(["hold", "release", "charge", "adjust"]),
  amount_nano_usd: z.coerce.number(),
  reason: z.string().nullable(),
  created_at: z.date(),
});

const entriesOf = (queryable: Queryable, requestId: string): Promise<z.infer<typeof entryRow>[]> =>
  queryable.rows(
    entryRow,
    `select ${columnsOf(entryRow)} from usage_entries where request_id = $1
     order by array_position(array['hold', 'release', 'charge', 'adjust'], kind), created_at`,
    [requestId],
  );

const unpricedRow = z.object({
  provider: z.string(),
  price_model: z.string(),
  service_tier: z.string().nullable(),
  requests: z.coerce.number(),
  first_at: z.date(),
  last_at: z.date(),
});
export type UnpricedRow = z.infer<typeof unpricedRow>;

/** Models whose requests have no cost, those with most first. */
const listUnpriced = (queryable: Queryable, limit: number): Promise<UnpricedRow[]> =>
  queryable.rows(
    unpricedRow,
    `select provider, price_model, service_tier, count(*) as requests, min(started_at) as first_at,
       max(started_at) as last_at
     from usage_requests where cost_nano_usd is null
     group by provider, price_model, service_tier
     order by requests desc, provider, price_model, service_tier limit $1`,
    [limit],
  );

export const requestsStore = { list, find, attemptsOf, entriesOf, listUnpriced };
export type RequestsStore = typeof requestsStore;

import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { ApiKeyId, UserId } from "./ids.ts";
import { NextCursor, PageQuery, Timestamp } from "./paging.ts";
import { byBucket, PriceVersion, UsageBucketName } from "./prices.ts";

const NanoUsd = z.int().meta({ description: "Integer nano-USD (1 USD = 1 000 000 000)." });
const OptionalNanoUsd = z.int().nullable().meta({ description: "Integer nano-USD; null when the model has no price." });

const count = z.int().min(0);

/** What was used, in buckets that do not overlap. Tokens, unless the name says otherwise. */
export const UsageCounts = z
  .strictObject({
    ...byBucket(count),
    images: count.meta({ description: "Pictures, where they are billed by the piece." }),
  })
  .meta({ id: "UsageCounts" });
export type UsageCounts = z.infer<typeof UsageCounts>;

export const UsageOutcome = z.enum(["completed", "aborted", "failed"]);
export type UsageOutcome = z.infer<typeof UsageOutcome>;

/** Which documented rule made the bill; the rules stand in docs/operations/billing.md. */
export const BillingPolicy = z.enum(["reported", "partial", "drained", "estimated", "interrupted", "failed"]);
export type BillingPolicy = z.infer<typeof BillingPolicy>;

/** One settled request of the gateway. */
export const UsageRequest = z
  .strictObject({
    request_id: z.string(),
    time: Timestamp,
    model: z.string().meta({ description: "As the caller named it." }),
    provider: z.string(),
    user_id: z.string().meta({ description: "Who pays." }),
    api_key_id: z.string().nullable(),
    operation: z.string().meta({ description: "Such as chat/completions." }),
    stream: z.boolean(),
    input_tokens: z.int(),
    output_tokens: z.int(),
    cost_nano_usd: OptionalNanoUsd,
    policy: BillingPolicy,
    outcome: UsageOutcome,
    error_code: z.string().nullable(),
    latency_ms: z.int(),
  })
  .meta({ id: "UsageRequest" });
export type UsageRequest = z.infer<typeof UsageRequest>;

const UsageAttempt = z
  .strictObject({
    deployment: z.string(),
    provider: z.string(),
    upstream_model: z.string(),
    outcome: UsageOutcome,
    error_code: z.string().nullable(),
    latency_ms: z.int(),
  })
  .meta({ id: "UsageAttempt" });

const CostLine = z
  .strictObject({
    bucket: UsageBucketName,
    quantity: z.int(),
    rated_as: UsageBucketName.meta({
      description: "Differs from the bucket where the price has no rate of its own for it.",
    }),
    nano_usd_per_unit: z.string().meta({ description: "Decimal number, exact." }),
    nano_usd: z.string().meta({ description: "Decimal number, exact: quantity × rate, before rounding." }),
  })
  .meta({ id: "CostLine" });

const LedgerEntry = z
  .strictObject({
    kind: z.enum(["hold", "release", "charge", "adjust"]),
    amount_nano_usd: NanoUsd.meta({
      description: "Negative is owed. All entries of a request add up to minus its cost.",
    }),
    reason: z.string().nullable(),
    at: Timestamp,
  })
  .meta({ id: "LedgerEntry" });

/** Why a request cost what it cost. */
export const UsageRequestDetail = z
  .strictObject({
    ...UsageRequest.shape,
    price_model: z.string().meta({ description: "The name under which the price is found." }),
    service_tier: z.string().nullable(),
    upstream_id: z.string().nullable().meta({ description: "The provider's own id of the answer." }),
    usage: UsageCounts,
    usage_source: z.enum(["reported", "partial", "estimated"]),
    explanation: z.string().meta({ description: "The policy in words." }),
    price: PriceVersion.nullable().meta({ description: "The version that was used; null when there was none." }),
    lines: z.array(CostLine).meta({ description: "Their sum, rounded once, half up, is what was charged." }),
    unrounded_nano_usd: z.string().nullable(),
    first_byte_ms: z.int().nullable(),
    attempts: z.array(UsageAttempt).meta({ description: "Only the last is billed." }),
    entries: z.array(LedgerEntry),
  })
  .meta({ id: "UsageRequestDetail" });
export type UsageRequestDetail = z.infer<typeof UsageRequestDetail>;

const ModelName = z.string().trim().min(1).max(300);
const requestFilters = {
  model: ModelName.optional(),
  provider: z.string().trim().min(1).max(100).optional(),
  api_key_id: ApiKeyId.optional(),
  outcome: UsageOutcome.optional(),
  from: Timestamp.optional(),
  to: Timestamp.optional().meta({ description: "Exclusive." }),
  min_cost_nano_usd: z.coerce.number().int().min(0).optional(),
};

const requestId = z
  .string()
  .regex(/^req_[0-9A-Za-z]{12,40}$/, "must be a request id such as req_4Yt…")
  .meta({ description: "Id of a request: the header x-request-id of its answer." });

const common = {
  tag: "Usage",
  dialect: "platform",
  access: "caller",
  scope: "usage:read",
  method: "GET",
  rateClass: "read",
} as const;
const forAdmins = {
  tag: "Administration",
  dialect: "platform",
  access: "admin",
  method: "GET",
  rateClass: "read",
} as const;

const RequestList = z
  .strictObject({ requests: z.array(UsageRequest), next_cursor: NextCursor })
  .meta({ id: "UsageRequestList" });
const requestPage = { 200: { description: "A page of requests", schema: RequestList } };
const requestDetail = { 200: { description: "The request with its bill", schema: UsageRequestDetail } };
const csv = (what: string) => ({ 200: { description: `${what}, one a line`, contentType: "text/csv" } });

export const listUsageRequests = defineEndpoint({
  ...common,
  id: "listUsageRequests",
  summary: "Your gateway requests with tokens and cost, newest first",
  path: "/api/v1/usage/requests",
  query: z.strictObject({ ...PageQuery.shape, ...requestFilters }),
  responses: requestPage,
});

export const exportUsageRequests = defineEndpoint({
  ...common,
  id: "exportUsageRequests",
  summary: "All your gateway requests that the filters leave, newest first, as a CSV file",
  path: "/api/v1/usage/requests/export",
  rateClass: "upload",
  query: z.strictObject(requestFilters),
  responses: csv("The requests"),
});

export const getUsageRequest = defineEndpoint({
  ...common,
  id: "getUsageRequest",
  summary: "Why a request cost what it cost",
  path: "/api/v1/usage/requests/{id}",
  params: z.strictObject({ id: requestId }),
  responses: requestDetail,
});

/** Sums over requests. */
const sums = {
  requests: z.int(),
  errors: z.int().meta({ description: "Requests that failed." }),
  unpriced: z.int().meta({ description: "Requests without a price; their cost is not part of the sum." }),
  cost_nano_usd: NanoUsd,
  input_tokens: z.int(),
  output_tokens: z.int(),
  usage: UsageCounts,
};
export const UsageSums = z.strictObject(sums).meta({ id: "UsageSums" });
export type UsageSums = z.infer<typeof UsageSums>;

const UsageGroup = z
  .strictObject({
    group: z.string().nullable().meta({
      description: "The hour or day (its beginning, UTC), or the name or id; null for requests without an API key.",
    }),
    split: z.string().nullable().meta({ description: "The value of split_by; null without one." }),
    ...sums,
  })
  .meta({ id: "UsageGroup" });
export type UsageGroup = z.infer<typeof UsageGroup>;

export const UsageReport = z
  .strictObject({
    from: Timestamp,
    to: Timestamp,
    totals: UsageSums,
    groups: z.array(UsageGroup).meta({ description: "Days and hours in their order, others by cost, dearest first." }),
    truncated: z.boolean().meta({ description: "There are more groups; the totals have all." }),
  })
  .meta({ id: "UsageReport" });
export type UsageReport = z.infer<typeof UsageReport>;

const reportFilters = {
  from: Timestamp.optional().meta({ description: "From its hour on; 30 days ago when it is absent." }),
  to: Timestamp.optional().meta({ description: "Up to the end of its hour; now when it is absent." }),
  model: ModelName.optional(),
  provider: z.string().trim().min(1).max(100).optional(),
  api_key_id: ApiKeyId.optional(),
};
const ownDimensions = ["model", "provider", "key"] as const;
const allDimensions = [...ownDimensions, "user"] as const;

const ReportQuery = z.strictObject({
  group_by: z.enum(["day", "hour", ...ownDimensions]).default("day"),
  split_by: z.enum(ownDimensions).optional(),
  ...reportFilters,
});
const AdminReportQuery = z.strictObject({
  group_by: z.enum(["day", "hour", ...allDimensions]).default("day"),
  split_by: z.enum(allDimensions).optional(),
  user_id: UserId.optional(),
  ...reportFilters,
});
export type UsageReportQuery = z.infer<typeof AdminReportQuery>;
const report = { 200: { description: "Sums and groups", schema: UsageReport } };

export const getUsage = defineEndpoint({
  ...common,
  id: "getUsage",
  summary: "Your usage and cost by day, hour, model, provider or key",
  path: "/api/v1/usage",
  query: ReportQuery,
  responses: report,
});

export const exportUsage = defineEndpoint({
  ...common,
  id: "exportUsage",
  summary: "The groups of your usage as a CSV file",
  path: "/api/v1/usage/export",
  rateClass: "upload",
  query: ReportQuery,
  responses: csv("The groups"),
});

export const getAllUsage = defineEndpoint({
  ...forAdmins,
  id: "getAllUsage",
  summary: "Usage and cost of everybody",
  path: "/api/admin/usage",
  query: AdminReportQuery,
  responses: report,
});

export const exportAllUsage = defineEndpoint({
  ...forAdmins,
  id: "exportAllUsage",
  summary: "The groups of everybody's usage as a CSV file",
  path: "/api/admin/usage/export",
  rateClass: "upload",
  query: AdminReportQuery,
  responses: csv("The groups"),
});

export const listAllUsageRequests = defineEndpoint({
  ...forAdmins,
  id: "listAllUsageRequests",
  summary: "Everybody's gateway requests, newest first",
  path: "/api/admin/usage/requests",
  query: z.strictObject({ ...PageQuery.shape, ...requestFilters, user_id: UserId.optional() }),
  responses: requestPage,
});

export const exportAllUsageRequests = defineEndpoint({
  ...forAdmins,
  id: "exportAllUsageRequests",
  summary: "All requests of everybody that the filters leave, newest first, as a CSV file",
  path: "/api/admin/usage/requests/export",
  rateClass: "upload",
  query: z.strictObject({ ...requestFilters, user_id: UserId.optional() }),
  responses: csv("The requests"),
});

const adminById = { ...forAdmins, params: z.strictObject({ id: requestId }) };

export const getAnyUsageRequest = defineEndpoint({
  ...adminById,
  id: "getAnyUsageRequest",
  summary: "Why a request of anybody cost what it cost",
  path: "/api/admin/usage/requests/{id}",
  responses: requestDetail,
});

export const adjustUsageRequest = defineEndpoint({
  ...adminById,
  id: "adjustUsageRequest",
  summary: "Change what a request costs, such as to refund it; the ledger gets an entry with the reason",
  method: "POST",
  path: "/api/admin/usage/requests/{id}/adjust",
  rateClass: "write",
  body: z.strictObject({
    cost_nano_usd: z.int().min(0).meta({ description: "What it costs from now on; 0 gives everything back." }),
    reason: z.string().trim().min(1).max(300).meta({ description: "Shown to whoever pays." }),
  }),
  responses: requestDetail,
});

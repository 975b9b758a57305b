import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { NextCursor, PageQuery, Timestamp } from "./paging.ts";

/** One settled request of the gateway. Money is integer nano-USD (1 USD = 1 000 000 000). */
export const UsageRequest = z
  .strictObject({
    request_id: z.string(),
    time: Timestamp,
    model: z.string(),
    provider: z.string(),
    api_key_id: z.string().nullable(),
    input_tokens: z.int(),
    output_tokens: z.int(),
    cost_nano_usd: z.int().nullable().meta({ description: "Null when the model has no price." }),
    outcome: z.enum(["completed", "aborted", "failed"]),
    latency_ms: z.int(),
  })
  .meta({ id: "UsageRequest" });
export type UsageRequest = z.infer<typeof UsageRequest>;

export const listUsageRequests = defineEndpoint({
  id: "listUsageRequests",
  tag: "Gateway",
  dialect: "platform",
  access: "caller",
  scope: "usage:read",
  summary: "Your gateway requests with tokens and cost, newest first",
  method: "GET",
  path: "/api/v1/usage/requests",
  rateClass: "read",
  query: PageQuery,
  responses: {
    200: {
      description: "A page of requests",
      schema: z
        .strictObject({ requests: z.array(UsageRequest), next_cursor: NextCursor })
        .meta({ id: "UsageRequestList" }),
    },
  },
});

import { ApiKeyId, UserId } from "@llm-tuner/contract/ids.ts";
import { Timestamp } from "@llm-tuner/contract/paging.ts";
import { UsageOutcome } from "@llm-tuner/contract/usage.ts";
import { z } from "zod";

const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);
const name = z.string().trim().min(1).max(300);

const ranges = ["today", "7d", "30d", "month", "custom"] as const;
export const dimensions = ["model", "key", "provider", "outcome", "user"] as const;
export const measures = ["cost", "requests", "tokens"] as const;
export const orders = ["cost", "requests", "errors", "tokens", "name"] as const;

export type Dimension = (typeof dimensions)[number];
export type Measure = (typeof measures)[number];
export type Order = (typeof orders)[number];

/** What the overview shows, as it stands in the address; whatever a person typed wrongly there is left out. */
export const OverviewSearch = z.object({
  range: optional(z.enum(ranges)),
  /** Days (UTC) of a custom range, both of them within it. */
  from: optional(z.iso.date()),
  to: optional(z.iso.date()),
  by: optional(z.enum(dimensions)),
  measure: optional(z.enum(measures)),
  order: optional(z.enum(orders)),
});
export type OverviewSearch = z.infer<typeof OverviewSearch>;

/** Filters of the request log, as they stand in the address. */
export const RequestSearch = z.object({
  model: optional(name),
  provider: optional(name),
  api_key_id: optional(ApiKeyId),
  user_id: optional(UserId),
  outcome: optional(UsageOutcome),
  from: optional(Timestamp),
  to: optional(Timestamp),
  min_cost_nano_usd: optional(z.int().min(0)),
});
export type RequestSearch = z.infer<typeof RequestSearch>;

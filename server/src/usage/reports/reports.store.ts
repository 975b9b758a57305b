import { byBucket, usageBucketNames } from "@llm-tuner/contract/prices.ts";
import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const count = z.coerce.number();
const sumsRow = z.object({
  requests: count,
  errors: count,
  unpriced: count,
  cost_nano_usd: count,
  ...byBucket(count),
});
export type SumsRow = z.infer<typeof sumsRow>;
const sums = Object.keys(sumsRow.shape);

const groupRow = sumsRow.extend({ group: z.string().nullable(), split: z.string().nullable() });
export type GroupRow = z.infer<typeof groupRow>;

/** What sums are told apart by; days and hours as ISO 8601 in UTC. */
const dimensions = {
  hour: `to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:00:00.000"Z"')`,
  day: `to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"00:00:00.000"Z"')`,
  model: "model",
  provider: "provider",
  key: "nullif(api_key_id, '')",
  user: "user_id",
} as const;
export type Dimension = keyof typeof dimensions;

export interface ReportFilter {
  /** Null for everybody's. */
  userId: string | null;
  from: Date;
  to: Date;
  model?: string | undefined;
  provider?: string | undefined;
  apiKeyId?: string | undefined;
}

const conditions = `($1::text is null or user_id = $1) and hour >= $2 and hour < $3
  and ($4::text is null or model = $4) and ($5::text is null or provider = $5)
  and ($6::text is null or api_key_id = $6)`;

/** The kept sums, and the requests that are not part of them yet, in one snapshot. */
const source = `
  select hour, user_id, api_key_id, model, provider, ${sums.join(", ")} from usage_hourly where ${conditions}
  union all
  select hour, user_id, api_key_id, model, provider, 1, (outcome = 'failed')::int, (cost_nano_usd is null)::int,
    coalesce(cost_nano_usd, 0), ${usageBucketNames.join(", ")}
  from (select *, coalesce(request.api_key_id, '') as key_id, date_trunc('hour', started_at, 'UTC') as hour
    from usage_requests request join usage_unrolled using (request_id)) request
  where ${conditions.replaceAll("api_key_id = $6", "key_id = $6")}`;

const summed = sums.map((name) => `coalesce(sum(${name}), 0) as ${name}`).join(", ");

const valuesOf = ({ userId, from, to, model, provider, apiKeyId }: ReportFilter): unknown[] => [
  userId,
  from,
  to,
  model ?? null,
  provider ?? null,
  apiKeyId ?? null,
];

const totals = (queryable: Queryable, filter: ReportFilter): Promise<SumsRow | undefined> =>
  queryable.row(sumsRow, `select ${summed} from (${source}) part`, valuesOf(filter));

interface Grouping {
  filter: ReportFilter;
  groupBy: Dimension;
  splitBy: Dimension | null;
  limit: number;
}

/** Days and hours in their order, others by cost. */
const groups = (queryable: Queryable, { filter, groupBy, splitBy, limit }: Grouping): Promise<GroupRow[]> =>
  queryable.rows(
    groupRow,
    `select ${dimensions[groupBy]} as group, ${splitBy === null ? "null" : dimensions[splitBy]} as split, ${summed}
     from (${source}) part group by 1, 2
     having sum(requests) > 0
     order by ${groupBy === "day" || groupBy === "hour" ? "1, cost_nano_usd desc, 2" : "cost_nano_usd desc, requests desc, 1, 2"}
     limit $7`,
    [...valuesOf(filter), limit],
  );

export const reportsStore = { totals, groups };
export type ReportsStore = typeof reportsStore;

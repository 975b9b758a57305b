import { usageBucketNames } from "@llm-tuner/contract/prices.ts";
import type { UsageCounts, UsageRequest, UsageRequestDetail } from "@llm-tuner/contract/usage.ts";
import { policyWords } from "../meter/billing.policy.ts";
import { costLines, decimalOf, rateTableOf } from "../prices/cost.ts";
import type { PriceRow } from "../prices/prices.store.ts";
import { toPriceVersion } from "../prices/prices.usecases.ts";
import type { RequestsStore, UsageDetailRow, UsageRequestRow } from "./requests.store.ts";

export const toUsageRequest = (row: UsageRequestRow): UsageRequest => ({
  request_id: row.request_id,
  time: row.started_at.toISOString(),
  model: row.model,
  provider: row.provider,
  user_id: row.user_id,
  api_key_id: row.api_key_id,
  operation: row.operation,
  stream: row.stream,
  input_tokens: row.input_tokens,
  output_tokens: row.output_tokens,
  cost_nano_usd: row.cost_nano_usd,
  policy: row.policy,
  outcome: row.outcome,
  error_code: row.error_code,
  latency_ms: row.latency_ms,
});

type CountsRow = { [Name in keyof UsageCounts]: number };

export function countsIn(row: CountsRow): UsageCounts {
  const counts: Partial<UsageCounts> = {};
  for (const name of usageBucketNames) counts[name] = row[name];
  // Every bucket has been set.
  return counts as UsageCounts;
}

interface Parts {
  price: PriceRow | undefined;
  attempts: Awaited<ReturnType<RequestsStore["attemptsOf"]>>;
  entries: Awaited<ReturnType<RequestsStore["entriesOf"]>>;
}

/** The bill of a request, counted again from its buckets and the version of the price that it was charged by. */
export function explainBill(row: UsageDetailRow, { price, attempts, entries }: Parts): UsageRequestDetail {
  const usage = countsIn(row);
  const lines = price === undefined ? null : costLines(rateTableOf(price.rates), usage);
  return {
    ...toUsageRequest(row),
    price_model: row.price_model,
    service_tier: row.service_tier,
    upstream_id: row.upstream_id,
    usage,
    usage_source: row.usage_source,
    explanation: policyWords[row.policy],
    price: price === undefined ? null : toPriceVersion(price),
    lines: (lines ?? []).map(({ bucket, quantity, ratedAs, scaled, product }) => ({
      bucket,
      quantity,
      rated_as: ratedAs,
      nano_usd_per_unit: decimalOf(scaled),
      nano_usd: decimalOf(product),
    })),
    unrounded_nano_usd: lines === null ? null : decimalOf(lines.reduce((sum, { product }) => sum + product, 0n)),
    first_byte_ms: row.first_byte_ms,
    attempts,
    entries: entries.map(({ created_at, ...entry }) => ({ ...entry, at: created_at.toISOString() })),
  };
}

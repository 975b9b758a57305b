import type { createTier, Tier, updateTier } from "@llm-tuner/contract/admin.ts";
import type { AuditEvent } from "@llm-tuner/contract/audit.ts";
import type { z } from "zod";
import type { ModelLimitRow, TierRow } from "./tiers.store.ts";

export type NewTier = z.output<typeof createTier.body>;
export type TierChange = z.output<typeof updateTier.body>;

interface SpendRow {
  daily_spend_nano_usd: number | null;
  monthly_spend_nano_usd: number | null;
}
interface Spend {
  daily_spend_usd: number | null;
  monthly_spend_usd: number | null;
}

const nanoUsdPerUsd = 1e9;
const usdOf = (nanoUsd: number | null): number | null => (nanoUsd === null ? null : nanoUsd / nanoUsdPerUsd);
const nanoUsdOf = (usd: number | null): number | null => (usd === null ? null : Math.round(usd * nanoUsdPerUsd));

/** Money as the contract has it: in US dollars. */
const inUsd = <Row extends SpendRow>({ daily_spend_nano_usd, monthly_spend_nano_usd, ...rest }: Row) => ({
  ...rest,
  daily_spend_usd: usdOf(daily_spend_nano_usd),
  monthly_spend_usd: usdOf(monthly_spend_nano_usd),
});

/** Money as everything else has it: in whole nano-USD. */
const inNanoUsd = <Limits extends Spend>({ daily_spend_usd, monthly_spend_usd, ...rest }: Limits) => ({
  ...rest,
  daily_spend_nano_usd: nanoUsdOf(daily_spend_usd),
  monthly_spend_nano_usd: nanoUsdOf(monthly_spend_usd),
});

export const toTier = ({ model_limits, ...row }: TierRow, users: number): Tier => ({
  ...inUsd(row),
  model_limits: model_limits.map(inUsd),
  users,
  created_at: row.created_at.toISOString(),
});

export const newTierRow = ({ model_limits, ...tier }: NewTier, at: Date): TierRow => ({
  ...inNanoUsd(tier),
  model_limits: model_limits.map(inNanoUsd),
  created_at: at,
});

/** Undefined leaves a limit as it is; null takes it away. */
export function withChange(row: TierRow, change: TierChange): TierRow {
  const { daily_spend_usd, monthly_spend_usd, model_limits } = change;
  return {
    name: row.name,
    created_at: row.created_at,
    description: change.description ?? row.description,
    requests_per_minute:
      change.requests_per_minute === undefined ? row.requests_per_minute : change.requests_per_minute,
    tokens_per_minute: change.tokens_per_minute === undefined ? row.tokens_per_minute : change.tokens_per_minute,
    concurrent_requests:
      change.concurrent_requests === undefined ? row.concurrent_requests : change.concurrent_requests,
    daily_spend_nano_usd: daily_spend_usd === undefined ? row.daily_spend_nano_usd : nanoUsdOf(daily_spend_usd),
    monthly_spend_nano_usd: monthly_spend_usd === undefined ? row.monthly_spend_nano_usd : nanoUsdOf(monthly_spend_usd),
    model_limits: model_limits?.map(inNanoUsd) ?? row.model_limits,
  };
}

/** `gpt-*: requests_per_minute 10, daily_spend_nano_usd 5000000000`. */
const lineOf = ({ model, ...limits }: ModelLimitRow): string => {
  const set = Object.entries(limits).filter(([, limit]) => limit !== null);
  return `${model}: ${set.map(([name, limit]) => `${name} ${limit}`).join(", ")}`;
};

/** A tier as the audit log notes it. */
export const detailsOf = ({
  name: _name,
  created_at: _createdAt,
  model_limits,
  ...limits
}: TierRow): AuditEvent["details"] => ({
  ...limits,
  model_limits: model_limits.map(lineOf),
});

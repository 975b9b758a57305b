import type { ApiKey } from "@llm-tuner/contract/api-keys.ts";
import type { SpendBound } from "../platform/http/caller.ts";
import { visiblePrefix } from "./api-key-format.ts";
import type { ApiKeyRow } from "./keys.store.ts";

type Period = SpendBound["period"];

/**
 * What was spent under each subject in the present month or day or in all, holds of running requests included: integer
 * nano-USD. A subject that is not in the answer has spent nothing.
 */
export type SpentOf = (
  counters: readonly { subject: string; period: Period }[],
) => Promise<ReadonlyMap<string, number>>;

const nanoUsdPerUsd = 1e9;
export const nanoUsdOf = (usd: number): number => Math.round(usd * nanoUsdPerUsd);

/** Under which the spending of a key and of all its successors is counted. */
export const spendSubjectOf = ({ family_id }: Pick<ApiKeyRow, "family_id">): string => `key:${family_id}`;

const budgetOf = ({ budget_nano_usd, budget_period }: ApiKeyRow): ApiKey["budget"] =>
  budget_nano_usd === null || budget_period === null
    ? null
    : { limit_usd: budget_nano_usd / nanoUsdPerUsd, period: budget_period };

/** Period of a key's budget; what nothing bounds is shown in all. */
export const spendPeriodOf = ({ budget_period }: Pick<ApiKeyRow, "budget_period">): Period => budget_period ?? "total";

const toApiKey = (row: ApiKeyRow, spentNanoUsd: number): ApiKey => ({
  id: row.id,
  name: row.name,
  prefix: visiblePrefix(row.id),
  scopes: row.scopes,
  allowed_models: row.allowed_models,
  budget: budgetOf(row),
  spent_usd: spentNanoUsd / nanoUsdPerUsd,
  tier: row.tier,
  family_id: row.family_id,
  replaced_by: row.replaced_by,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at?.toISOString() ?? null,
  last_used_at: row.last_used_at?.toISOString() ?? null,
  revoked_at: row.revoked_at?.toISOString() ?? null,
});

/** A key as its owner sees it, with what was spent. */
export async function answerKey(row: ApiKeyRow, spentOf: SpentOf): Promise<ApiKey> {
  const subject = spendSubjectOf(row);
  const spent = await spentOf([{ subject, period: spendPeriodOf(row) }]);
  return toApiKey(row, spent.get(subject) ?? 0);
}

export async function answerKeys(rows: readonly ApiKeyRow[], spentOf: SpentOf): Promise<ApiKey[]> {
  const spentIn = async (period: Period) => {
    const subjects = new Set(rows.filter((row) => spendPeriodOf(row) === period).map(spendSubjectOf));
    return spentOf([...subjects].map((subject) => ({ subject, period })));
  };
  // Apart, since keys of one family may have budgets of different periods.
  const [total, month, day] = await Promise.all([spentIn("total"), spentIn("month"), spentIn("day")]);
  const spent = { total, month, day };
  return rows.map((row) => toApiKey(row, spent[spendPeriodOf(row)].get(spendSubjectOf(row)) ?? 0));
}

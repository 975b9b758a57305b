import type { ApiKey } from "@llm-tuner/contract/api-keys.ts";
import type { Tone } from "../../ui/status.tsx";
import { dollars } from "../../ui/format.ts";

export interface KeyState {
  tone: Tone;
  word: string;
  /** When it stopped or will stop working; null while there is no end. */
  end: string | null;
  isUsable: boolean;
}

export const keyState = (
  { revoked_at, expires_at, replaced_by }: Pick<ApiKey, "revoked_at" | "expires_at" | "replaced_by">,
  now = Date.now(),
): KeyState => {
  const isOver = revoked_at !== null || (expires_at !== null && Date.parse(expires_at) <= now);
  // A key that was replaced without a grace period counts as revoked too, but that is not what happened to it.
  if (replaced_by !== null) {
    const end = revoked_at ?? expires_at;
    return { tone: isOver ? "neutral" : "warning", word: "Replaced", end, isUsable: !isOver };
  }
  if (revoked_at !== null) return { tone: "danger", word: "Revoked", end: revoked_at, isUsable: false };
  if (isOver) return { tone: "warning", word: "Expired", end: expires_at, isUsable: false };
  return { tone: "success", word: "Valid", end: expires_at, isUsable: true };
};

type Spending = Pick<ApiKey, "budget" | "spent_usd">;

const spans = { total: "in all", month: "this month", day: "today" };

/** `$0.42 of $10.00 this month`. */
export const budgetText = ({ budget, spent_usd }: Spending): string =>
  budget === null
    ? `${dollars(spent_usd)} spent`
    : `${dollars(spent_usd)} of ${dollars(budget.limit_usd)} ${spans[budget.period]}`;

/** How much of the budget is used, from 0 to 1; undefined without one. */
export const budgetShare = ({ budget, spent_usd }: Spending): number | undefined => {
  if (budget === null) return undefined;
  return budget.limit_usd === 0 ? 1 : Math.min(1, spent_usd / budget.limit_usd);
};

import { GatewayError, invalidRequest } from "@llm-tuner/gateway/errors.ts";
import { ownerOf } from "../limits/owners.ts";
import type { Refusal } from "./bounds.ts";
import { nextPeriodAfter } from "./periods.ts";

/** Nano-USD as a person reads them, without a tail of zeros. */
const usd = (nanoUsd: number): string => `${(nanoUsd / 1e9).toFixed(9).replace(/\.?0+$/, "")} USD`;

const spans = { total: "", month: " a month", day: " a day" };
const spends = { total: "spend", month: "monthly_spend", day: "daily_spend" };

const resetOf = ({ bound }: Refusal, at: Date): string => {
  const next = nextPeriodAfter(bound.period, at);
  return next === null
    ? "It does not begin anew."
    : `It begins anew on ${next.toISOString().slice(0, 10)} at 00:00 UTC.`;
};

/** Such as `key_budget_exceeded`, `account_daily_spend_exceeded`, `account_model_monthly_spend_exceeded`. */
const codeOf = ({ bound, kind }: Refusal): string => {
  const { code } = ownerOf(bound.subject);
  if (kind === "requests") return `${code}_requests_exceeded`;
  if (bound.isOfCredential) return `${code}_budget_exceeded`;
  return `${code}${bound.model === null ? "" : "_model"}_${spends[bound.period]}_exceeded`;
};

const messageOf = (refusal: Refusal, { holdNanoUsd, at }: { holdNanoUsd: number; at: Date }): string => {
  const { bound, kind, heldNanoUsd, spentNanoUsd } = refusal;
  const span = spans[bound.period];
  if (kind === "requests")
    return `The ${bound.maxRequests} requests${span} of ${bound.of} are used up. ${resetOf(refusal, at)}`;
  const limit = bound.limitNanoUsd ?? 0;
  if (holdNanoUsd > limit) {
    return (
      `This request may cost up to ${usd(holdNanoUsd)}, more than the whole budget of ${bound.of}, ` +
      `${usd(limit)}${span}. Ask for fewer tokens with max_tokens.`
    );
  }
  return (
    `The budget of ${bound.of}, ${usd(limit)}${span}, does not cover this request: ${usd(spentNanoUsd)} are spent, ` +
    `${usd(heldNanoUsd)} are held for running requests, and this one may cost up to ${usd(holdNanoUsd)}. ` +
    resetOf(refusal, at)
  );
};

/**
 * 402, which no SDK tries again: `code` and message say which budget does not cover the request, what was asked for and
 * when it begins anew.
 */
export const budgetUsedUp = (refusal: Refusal, request: { holdNanoUsd: number; at: Date }): GatewayError =>
  new GatewayError({
    status: 402,
    code: codeOf(refusal),
    type: "insufficient_quota",
    message: messageOf(refusal, request),
    retryable: false,
  });

/** 400: a budget holds only for what has a price. */
export const tierNotPriced = (): GatewayError =>
  invalidRequest("This tier of service has no price here, so that no budget would hold for it. Ask for `default`.", {
    param: "service_tier",
    code: "service_tier_not_priced",
  });

/** A fault of this program: it decides by counters that it has not locked. */
export const counterNotRead = (subject: string): Error => new Error(`the counter of ${subject} was not read`);

import { type GatewayError, insufficientQuota } from "@llm-tuner/gateway/errors.ts";
import type { Refusal } from "./bounds.ts";
import { nextMonthOf } from "./periods.ts";

/** Nano-USD as a person reads them, without a tail of zeros. */
const usd = (nanoUsd: number): string => `${(nanoUsd / 1e9).toFixed(9).replace(/\.?0+$/, "")} USD`;

const resetOf = ({ bound }: Refusal, at: Date): string =>
  bound.period === "month"
    ? `It begins anew on ${nextMonthOf(at).toISOString().slice(0, 10)} at 00:00 UTC.`
    : "It does not begin anew.";

/** 402: says which budget does not cover the request, what was asked for and when it begins anew. */
export function budgetUsedUp(refusal: Refusal, { holdNanoUsd, at }: { holdNanoUsd: number; at: Date }): GatewayError {
  const { bound, kind, heldNanoUsd, spentNanoUsd } = refusal;
  const span = bound.period === "month" ? " a month" : "";
  if (kind === "requests") {
    return insufficientQuota(
      `The ${bound.maxRequests} requests${span} of ${bound.of} are used up. ${resetOf(refusal, at)}`,
    );
  }
  const limit = bound.limitNanoUsd ?? 0;
  if (holdNanoUsd > limit) {
    return insufficientQuota(
      `This request may cost up to ${usd(holdNanoUsd)}, more than the whole budget of ${bound.of}, ` +
        `${usd(limit)}${span}. Ask for fewer tokens with max_tokens.`,
    );
  }
  return insufficientQuota(
    `The budget of ${bound.of}, ${usd(limit)}${span}, does not cover this request: ${usd(spentNanoUsd)} are spent, ` +
      `${usd(heldNanoUsd)} are held for running requests, and this one may cost up to ${usd(holdNanoUsd)}. ` +
      resetOf(refusal, at),
  );
}

/** A fault of this program: it decides by counters that it has not locked. */
export const counterNotRead = (subject: string): Error => new Error(`the counter of ${subject} was not read`);

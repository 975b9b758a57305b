import type { InProcessAnswer } from "@llm-tuner/gateway/in-process.ts";
import { inputTokensOf, outputTokensOf } from "@llm-tuner/gateway/meter/usage.ts";

/** What the questions for one document cost together. */
export interface Bill {
  /** Of the last question. */
  requestId: string | null;
  inputTokens: number;
  outputTokens: number;
  /** Null when no question had a price. */
  costNanoUsd: number | null;
}

export const noBill: Bill = { requestId: null, inputTokens: 0, outputTokens: 0, costNanoUsd: null };

export const withAnswer = (bill: Bill, { requestId, usage, costNanoUsd }: InProcessAnswer): Bill => ({
  requestId,
  inputTokens: bill.inputTokens + inputTokensOf(usage.counts),
  outputTokens: bill.outputTokens + outputTokensOf(usage.counts),
  costNanoUsd: costNanoUsd === null ? bill.costNanoUsd : (bill.costNanoUsd ?? 0) + costNanoUsd,
});

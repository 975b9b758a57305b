export interface TokenCounts {
  inputTokens: number;
  outputTokens: number;
}

/** What one exchange used, and how that is known; see `SettlementRequest.usageSource`. */
export interface MeasuredUsage extends TokenCounts {
  usageSource: "reported" | "estimated";
}

/** Nothing of an answer was received. */
export const nothingUsed: MeasuredUsage = { inputTokens: 0, outputTokens: 0, usageSource: "estimated" };

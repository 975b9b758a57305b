import type { UsageBucketName } from "@llm-tuner/contract/prices.ts";
import type { BillingPolicy, UsageOutcome, UsageRequestDetail, UsageSums } from "@llm-tuner/contract/usage.ts";
import { count, dollars, money } from "../../ui/format.ts";
import type { Tone } from "../../ui/status.tsx";
import type { Dimension, Measure } from "./usage-search.ts";

export const outcomeWords: Record<UsageOutcome, string> = {
  completed: "Completed",
  aborted: "Broken off",
  failed: "Failed",
};

export const outcomeTones: Record<UsageOutcome, Tone> = { completed: "success", aborted: "warning", failed: "danger" };

export const dimensionWords: Record<Dimension, string> = {
  model: "Model",
  key: "Key",
  provider: "Provider",
  outcome: "Outcome",
  user: "Person",
};

export const measureWords: Record<Measure, string> = { cost: "Cost", requests: "Requests", tokens: "Tokens" };

/** A value of the chart or the table. */
export const measureText = (value: number, measure: Measure): string =>
  measure === "cost" ? dollars(value / 1e9) : count(value);

/** What was spent, with what is not part of it: a request without a price is never one that costs nothing. */
export const costText = ({
  cost_nano_usd,
  unpriced,
  requests,
}: Pick<UsageSums, "cost_nano_usd" | "unpriced" | "requests">): string => {
  if (unpriced === 0) return dollars(cost_nano_usd / 1e9);
  if (unpriced === requests) return "No price";
  return `${dollars(cost_nano_usd / 1e9)} + ${count(unpriced)} without a price`;
};

export const requestCost = (nanoUsd: number | null): string => (nanoUsd === null ? "No price" : money(nanoUsd));

/** Of a whole, as a person reads it; a small part is never nothing. */
export const shareText = (share: number): string =>
  share > 0 && share < 0.001 ? "< 0.1 %" : `${(share * 100).toFixed(1)} %`;

export const bucketWords: Record<UsageBucketName, string> = {
  input_uncached: "Input tokens",
  input_cache_read: "Cached input tokens",
  input_cache_write_5m: "Cache writing tokens",
  input_cache_write_1h: "Cache writing tokens, 1 hour",
  input_audio: "Audio input tokens",
  input_image: "Picture input tokens",
  output_text: "Output tokens",
  output_reasoning: "Reasoning tokens",
  output_audio: "Audio output tokens",
  output_image: "Picture output tokens",
  images: "Pictures",
  video_seconds: "Video seconds",
};

export const policyWords: Record<BillingPolicy, string> = {
  reported: "As the provider counted",
  partial: "What had been received",
  drained: "Answered to its end without the client",
  estimated: "Estimated here",
  interrupted: "Interrupted, nothing billed",
  failed: "Failed, nothing billed",
};

export const sourceWords: Record<UsageRequestDetail["usage_source"], string> = {
  reported: "Counted by the provider",
  partial: "Counted by the provider as far as it had, the rest here",
  estimated: "Estimated here",
};

export const entryWords: Record<UsageRequestDetail["entries"][number]["kind"], string> = {
  hold: "Held before the provider was asked",
  release: "Hold released",
  charge: "Charged",
  adjust: "Adjusted",
};

/** A signed sum of the ledger: what is owed is negative. */
export const signedMoney = (nanoUsd: number): string => `${nanoUsd < 0 ? "−" : "+"}${money(Math.abs(nanoUsd))}`;

/** An exact decimal number of nano-USD as dollars, to the last digit and without rounding. */
export const exactDollars = (nanoUsd: string): string => {
  const [whole = "0", fraction = ""] = nanoUsd.split(".");
  const digits = whole.padStart(10, "0");
  const decimals = digits.slice(-9) + fraction;
  return `$${digits.slice(0, -9)}.${decimals.slice(0, 4)}${decimals.slice(4).replace(/0+$/, "")}`;
};

/** A rate of nano-USD for one unit as providers write it: dollars for a million tokens, or for one picture or second. */
export const rateText = (nanoUsdPerUnit: string, bucket: UsageBucketName): string => {
  const rate = Number(nanoUsdPerUnit);
  if (bucket === "images") return `${dollars(rate / 1e9)} each`;
  if (bucket === "video_seconds") return `${dollars(rate / 1e9)} a second`;
  return `${dollars(rate / 1000)} / 1M`;
};

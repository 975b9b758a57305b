import type { BillingPolicy, UsageCounts } from "@llm-tuner/contract/usage.ts";
import type { SettlementRequest } from "@llm-tuner/gateway/ports.ts";
import { isNothing } from "../prices/cost.ts";

/** Which rule makes the bill of a request; docs/operations/billing.md says them in full. */
export function policyOf(
  { outcome, disconnect, usage: { source } }: Pick<SettlementRequest, "outcome" | "disconnect" | "usage">,
  counts: UsageCounts,
): BillingPolicy {
  if (outcome === "failed" && isNothing(counts)) return "failed";
  if (disconnect === "drain" && source === "reported") return "drained";
  if (outcome === "aborted" && source !== "reported") return "partial";
  return source;
}

/** The rules in words for whoever pays. */
export const policyWords: Record<BillingPolicy, string> = {
  reported: "The provider counted the whole exchange, and that is billed.",
  partial:
    "The exchange was broken off. What had been received until then is billed: counts of the provider as far as it had " +
    "given them, the rest counted here.",
  drained: "The client went away, the answer was let to its end, and what the provider counted is billed.",
  estimated: "The provider gave no counts. They were estimated here, and that is billed.",
  interrupted: "The server that answered ended unexpectedly. What had been used is not known, and nothing is billed.",
  failed: "Nothing of an answer was received, and nothing is billed.",
};

import { usageBucketNames, type UsageBucketName } from "@llm-tuner/contract/prices.ts";
import type { UsageCounts } from "@llm-tuner/contract/usage.ts";

/** What was used at all, for a bill that has no lines. */
export const usedWithoutPrice = (usage: UsageCounts): { bucket: UsageBucketName; quantity: number }[] =>
  usageBucketNames.map((bucket) => ({ bucket, quantity: usage[bucket] })).filter(({ quantity }) => quantity > 0);

export interface LatencyPart {
  word: string;
  ms: number;
}

/** How the time of a request was spent: until the first piece, and while the answer came. */
export const latencyParts = ({
  latency_ms,
  first_byte_ms,
}: {
  latency_ms: number;
  first_byte_ms: number | null;
}): LatencyPart[] => {
  if (first_byte_ms === null) return [{ word: "In all", ms: latency_ms }];
  return [
    { word: "Until the first piece", ms: first_byte_ms },
    { word: "While the answer came", ms: Math.max(0, latency_ms - first_byte_ms) },
  ];
};

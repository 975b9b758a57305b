import { isJsonObject } from "../../json.ts";
import type { TokenCounts } from "../../meter/usage.ts";

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

/** The token counts in a `usage` object; undefined when it holds none. Zero is a count. */
export const readUsage = (usage: unknown): TokenCounts | undefined => {
  if (!isJsonObject(usage)) return undefined;
  const { prompt_tokens: input, completion_tokens: output } = usage;
  if (!isCount(input)) return undefined;
  // Some servers leave the output count out when nothing was generated.
  if (output !== undefined && output !== null && !isCount(output)) return undefined;
  return { inputTokens: input, outputTokens: output ?? 0 };
};

/**
 * Counts of a stream that may report more than once: usage grows, so the larger count is the later one. Reports are
 * never added up.
 */
export const laterUsage = (
  earlier: TokenCounts | undefined,
  later: TokenCounts | undefined,
): TokenCounts | undefined => {
  if (earlier === undefined || later === undefined) return later ?? earlier;
  return {
    inputTokens: Math.max(earlier.inputTokens, later.inputTokens),
    outputTokens: Math.max(earlier.outputTokens, later.outputTokens),
  };
};

import type { PriceVersion } from "@llm-tuner/contract/prices.ts";
import type { Tone } from "../../../ui/status.tsx";

/** Whether a version of a price holds at this moment, will, or did. */
export const priceState = (
  { valid_from, valid_to }: Pick<PriceVersion, "valid_from" | "valid_to">,
  now = Date.now(),
): { tone: Tone; word: string } => {
  if (valid_to !== null && Date.parse(valid_to) <= now) return { tone: "neutral", word: "Ended" };
  return Date.parse(valid_from) > now ? { tone: "warning", word: "To come" } : { tone: "success", word: "Holds" };
};

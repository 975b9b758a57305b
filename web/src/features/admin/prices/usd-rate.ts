import type { UsageBucketName } from "@llm-tuner/contract/prices.ts";
import { movePoint } from "../decimal.ts";
import { bucketWords } from "./bucket-words.ts";

/** 1 USD for a million tokens is 1000 nano-USD for one; a picture or a second at 1 USD is 1,000,000,000. */
const placesOf = (bucket: UsageBucketName): number => (bucketWords[bucket].unit === "tokens" ? 3 : 9);

/** The contract's rate, nano-USD for one unit, of a price as people read it. Exact. */
export const rateOfUsd = (bucket: UsageBucketName, usd: string): string => movePoint(usd, placesOf(bucket));

/** The price as people read it: USD for a million tokens, a picture or a second. Exact. */
export const usdOfRate = (bucket: UsageBucketName, rate: string): string => movePoint(rate, -placesOf(bucket));

/** `$1.25`, `$0.0375`, `$1,200.00`: at least two decimals, and every one that the price has. */
export const usdText = (usd: string): string => {
  const [whole = "0", fraction = ""] = usd.split(".");
  return `$${BigInt(whole).toLocaleString("en-US")}.${fraction.padEnd(2, "0")}`;
};

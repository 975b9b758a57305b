import type { UsageCounts } from "@llm-tuner/contract/usage.ts";
import { type Rates, type UsageBucketName, usageBucketNames } from "@llm-tuner/contract/prices.ts";

/** Rates have six places: in millionths of a nano-USD every product and every sum is a whole number. */
const scale = 1_000_000n;

/** Where a bucket without a rate of its own takes it from; others than these have no price then. */
const insteadOf: Partial<Record<UsageBucketName, UsageBucketName>> = {
  input_cache_read: "input_uncached",
  input_cache_write_5m: "input_uncached",
  input_cache_write_1h: "input_cache_write_5m",
  input_image: "input_uncached",
  output_reasoning: "output_text",
};

/** A decimal number in millionths, exact. */
export function scaledOf(decimal: string): bigint {
  const [whole = "0", fraction = ""] = decimal.split(".");
  return BigInt(whole) * scale + BigInt(fraction.padEnd(6, "0"));
}

/** Millionths as a decimal number without a tail of zeros. */
export function decimalOf(scaled: bigint): string {
  const fraction = String(scaled % scale)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return `${scaled / scale}${fraction === "" ? "" : `.${fraction}`}`;
}

interface BucketRate {
  ratedAs: UsageBucketName;
  /** Millionths of a nano-USD. */
  scaled: bigint;
}

/** Rates made ready for counting. */
export type RateTable = ReadonlyMap<UsageBucketName, BucketRate>;

export function rateTableOf(rates: Rates): RateTable {
  const table = new Map<UsageBucketName, BucketRate>();
  for (const bucket of usageBucketNames) {
    for (let ratedAs: UsageBucketName | undefined = bucket; ratedAs !== undefined; ratedAs = insteadOf[ratedAs]) {
      const rate = rates[ratedAs];
      if (rate === undefined) continue;
      table.set(bucket, { ratedAs, scaled: scaledOf(rate) });
      break;
    }
  }
  return table;
}

export interface CostLine extends BucketRate {
  bucket: UsageBucketName;
  quantity: number;
  /** Quantity × rate in millionths of a nano-USD. */
  product: bigint;
}

/** The bill of a request, line by line; null when it used something that the price does not know. */
export function costLines(table: RateTable, counts: UsageCounts): CostLine[] | null {
  const lines: CostLine[] = [];
  for (const bucket of usageBucketNames) {
    const quantity = counts[bucket];
    if (quantity === 0) continue;
    const rate = table.get(bucket);
    if (rate === undefined) return null;
    lines.push({ bucket, quantity, ...rate, product: BigInt(quantity) * rate.scaled });
  }
  return lines;
}

/** Half a nano-USD and more is a whole one. */
export function roundedOf(scaled: bigint): number {
  const cost = (scaled + scale / 2n) / scale;
  if (cost > BigInt(Number.MAX_SAFE_INTEGER) || cost < 0n) {
    throw new RangeError(`${cost} nano-USD is no cost that can be written exactly.`);
  }
  return Number(cost);
}

/** Integer nano-USD, exact until it is rounded once; null when it used something that the price does not know. */
export function costOf(table: RateTable, counts: UsageCounts): number | null {
  let sum = 0n;
  for (const bucket of usageBucketNames) {
    const quantity = counts[bucket];
    if (quantity === 0) continue;
    const rate = table.get(bucket);
    if (rate === undefined) return null;
    sum += BigInt(quantity) * rate.scaled;
  }
  return roundedOf(sum);
}

export const isNothing = (counts: UsageCounts): boolean => usageBucketNames.every((bucket) => counts[bucket] === 0);

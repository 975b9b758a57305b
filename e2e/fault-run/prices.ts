import { type Rates, type UsageBucketName, usageBucketNames } from "@llm-tuner/contract/prices.ts";
import { usageBuckets, type Usage } from "@llm-tuner/gateway/meter/usage.ts";

/*
 * What a request costs, worked out from docs/operations/billing.md and by nothing of the server, so that a mistake there
 * is not repeated here.
 */

export type Counts = Record<UsageBucketName, number>;

/** A version of a price as the administrator's list shows it. */
export interface Version {
  id: string;
  provider: string;
  model: string;
  minInputTokens: number;
  rates: Rates;
  fromMs: number;
  /** Exclusive. */
  toMs: number;
}

const nameOf = (bucket: keyof Usage): UsageBucketName => {
  const snake = bucket.replace(/([a-z])([A-Z0-9])/g, "$1_$2").toLowerCase();
  const name = usageBucketNames.find((one) => one === snake);
  if (name === undefined) throw new Error(`no price is put on ${bucket}`);
  return name;
};

/**
 * Counts of a fake by the names that prices have. The fakes count pictures whatever they are billed by; the piece is what
 * is billed only where a picture has no tokens.
 */
export const countsOf = (usage: Usage): Counts => {
  const counts = Object.fromEntries(usageBuckets.map((bucket) => [nameOf(bucket), usage[bucket]]));
  // Every bucket has a name, or it has thrown.
  return { ...(counts as Counts), images: usage.outputImage > 0 ? 0 : usage.images };
};

const sumOf = (counts: Counts, kind: "input" | "output"): number =>
  usageBucketNames.filter((name) => name.startsWith(kind)).reduce((sum, name) => sum + counts[name], 0);
export const inputOf = (counts: Counts): number => sumOf(counts, "input");
export const outputOf = (counts: Counts): number => sumOf(counts, "output");

export const isNothing = (counts: Counts): boolean => usageBucketNames.every((name) => counts[name] === 0);

/** "A bucket without a rate of its own costs as another." */
const standIns: Partial<Record<UsageBucketName, readonly UsageBucketName[]>> = {
  input_cache_read: ["input_uncached"],
  input_cache_write_5m: ["input_uncached"],
  input_cache_write_1h: ["input_cache_write_5m", "input_uncached"],
  input_image: ["input_uncached"],
  output_reasoning: ["output_text"],
};

const places = 6;
const one = 10n ** BigInt(places);

/** A decimal rate in millionths of a nano-USD. */
const millionths = (rate: string): bigint => {
  const [whole = "", fraction = ""] = rate.split(".");
  return BigInt(whole + fraction.padEnd(places, "0"));
};

/** Integer nano-USD: exact products, one sum, rounded once, half upwards. Undefined when something has no rate. */
export const costOf = (rates: Rates, counts: Counts): bigint | undefined => {
  let sum = 0n;
  for (const name of usageBucketNames) {
    if (counts[name] === 0) continue;
    const rated = [name, ...(standIns[name] ?? [])].find((bucket) => rates[bucket] !== undefined);
    const rate = rated === undefined ? undefined : rates[rated];
    if (rate === undefined) return undefined;
    sum += BigInt(counts[name]) * millionths(rate);
  }
  const whole = sum / one;
  return sum % one >= one / 2n ? whole + 1n : whole;
};

/** The version that held when a request began, of the highest threshold that its input reaches. */
export const versionFor = (
  versions: readonly Version[],
  wanted: { provider: string; model: string; inputTokens: number; atMs: number },
): Version | undefined =>
  versions
    .filter(
      ({ provider, model, fromMs, toMs, minInputTokens }) =>
        provider === wanted.provider &&
        model === wanted.model &&
        fromMs <= wanted.atMs &&
        wanted.atMs < toMs &&
        minInputTokens <= wanted.inputTokens,
    )
    .sort((first, second) => second.minInputTokens - first.minInputTokens)[0];

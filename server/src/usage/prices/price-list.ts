import type { PriceRow } from "./prices.store.ts";

/** The prices of some time, to be asked for one model at one moment. */
export type PriceList = (wanted: { provider: string; model: string; at: Date }) => PriceRow | undefined;

export interface TokenCounts {
  inputTokens: number;
  outputTokens: number;
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

const matcherOf = (pattern: string): RegExp => new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`, "s");

/** A name without a star is the most exact; among patterns the one that says more of the name. */
const byExactness = (first: PriceRow, second: PriceRow): number =>
  Number(first.model_pattern.includes("*")) - Number(second.model_pattern.includes("*")) ||
  second.model_pattern.length - first.model_pattern.length;

export function createPriceList(rows: readonly PriceRow[]): PriceList {
  const candidates = rows.toSorted(byExactness).map((row) => ({ row, matcher: matcherOf(row.model_pattern) }));
  return ({ provider, model, at }) =>
    candidates.find(
      ({ row, matcher }) =>
        row.provider === provider &&
        row.valid_from <= at &&
        (row.valid_to === null || at < row.valid_to) &&
        matcher.test(model),
    )?.row;
}

/** Integer nano-USD, rounded once for the whole request. */
export function costOf(price: PriceRow, { inputTokens, outputTokens }: TokenCounts): number {
  const cost = Math.round(
    inputTokens * price.nano_usd_per_input_token + outputTokens * price.nano_usd_per_output_token,
  );
  if (!Number.isSafeInteger(cost) || cost < 0) {
    throw new RangeError(`${inputTokens} and ${outputTokens} tokens have no cost that can be written exactly.`);
  }
  return cost;
}

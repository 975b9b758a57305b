import { priceTierOf } from "@llm-tuner/contract/prices.ts";
import { type RateTable, rateTableOf } from "./cost.ts";
import type { PriceRow } from "./prices.store.ts";

export interface WantedPrice {
  provider: string;
  model: string;
  /** As the provider says it. */
  serviceTier: string | null;
  /** Of the whole request: it decides which of several rows of a price holds. */
  inputTokens: number;
  at: Date;
}

export interface FoundPrice {
  id: string;
  row: PriceRow;
  rates: RateTable;
}

/** The prices of some time, to be asked for one request. */
export type PriceList = (wanted: WantedPrice) => FoundPrice | undefined;

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

const matcherOf = (pattern: string): RegExp => new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`, "s");

/**
 * What this installation set comes before what was shipped with the program. Then a name without a star is the most
 * exact, and among patterns the one that says more of the name; of one name the row with the highest threshold comes
 * first, since the first that holds is taken.
 */
const byExactness = (first: PriceRow, second: PriceRow): number =>
  Number(first.origin === "shipped") - Number(second.origin === "shipped") ||
  Number(first.model_pattern.includes("*")) - Number(second.model_pattern.includes("*")) ||
  second.model_pattern.length - first.model_pattern.length ||
  first.model_pattern.localeCompare(second.model_pattern, "en") ||
  second.min_input_tokens - first.min_input_tokens;

const maxRemembered = 5000;

export function createPriceList(rows: readonly PriceRow[]): PriceList {
  const all = rows.toSorted(byExactness).map((row) => ({
    price: { id: row.id, row, rates: rateTableOf(row.rates) },
    matcher: matcherOf(row.model_pattern),
  }));
  const remembered = new Map<string, readonly FoundPrice[]>();

  function rowsFor(provider: string, model: string, tier: string | null): readonly FoundPrice[] {
    const key = JSON.stringify([provider, model, tier]);
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const found = all
      .filter(
        ({ price: { row }, matcher }) => row.provider === provider && row.service_tier === tier && matcher.test(model),
      )
      .map(({ price }) => price);
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(key, found);
    return found;
  }

  return ({ provider, model, serviceTier, inputTokens, at }) =>
    rowsFor(provider, model, priceTierOf(serviceTier)).find(
      ({ row }) =>
        row.valid_from <= at && (row.valid_to === null || at < row.valid_to) && row.min_input_tokens <= inputTokens,
    );
}

import type { Clock } from "../../platform/time/clock.ts";
import type { PriceUsecases } from "./prices.usecases.ts";

/** US dollars for a million tokens of ordinary text, to be shown; null when there is no price. */
export interface ShownPrice {
  inputUsdPerMillion: number | null;
  outputUsdPerMillion: number | null;
}

/** Prices as they are at this moment, to be asked for one model after the other. */
export type PricesNow = () => Promise<(wanted: { provider: string; model: string }) => ShownPrice>;

// A million tokens at one nano-USD each.
const usdPerMillionOf = (nanoUsdPerToken: string | undefined): number | null =>
  nanoUsdPerToken === undefined ? null : Number(nanoUsdPerToken) / 1000;

export const createPricesNow =
  ({ prices, clock }: { prices: Pick<PriceUsecases, "current">; clock: Clock }): PricesNow =>
  async () => {
    const priceOf = await prices.current();
    const at = clock.now();
    return (wanted) => {
      const rates = priceOf({ ...wanted, serviceTier: null, inputTokens: 0, at })?.row.rates;
      return {
        inputUsdPerMillion: usdPerMillionOf(rates?.input_uncached),
        outputUsdPerMillion: usdPerMillionOf(rates?.output_text),
      };
    };
  };

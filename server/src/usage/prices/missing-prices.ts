import type { Log } from "../../platform/log/log.ts";
import { createOnceAMinute } from "../../platform/time/once-a-minute.ts";

export interface MissingPriceCount {
  provider: string;
  priceModel: string;
  requests: number;
}

export interface MissingPrices {
  /** A request of a model without a price was answered: nobody can say what it cost. */
  note: (model: { provider: string; priceModel: string; serviceTier: string | null; requestId: string }) => void;
  /** Since this process began; `gateway_price_missing_total` of the metrics. */
  counts: () => readonly MissingPriceCount[];
}

/** Names of models come from requests: more than this are counted together. */
const maxNames = 500;

/** The alarm of a model without a price: a counter, and a line in the log once a minute for each. */
export function createMissingPrices(log: Log): MissingPrices {
  const counts = new Map<string, MissingPriceCount>();
  const firstThisMinute = createOnceAMinute(() => performance.now());
  return {
    note({ provider, priceModel, serviceTier, requestId }) {
      const name = JSON.stringify([provider, priceModel]);
      const isKnown = counts.has(name) || counts.size < maxNames;
      const key = isKnown ? name : "";
      const count = counts.get(key) ?? {
        provider: isKnown ? provider : "others",
        priceModel: isKnown ? priceModel : "others",
        requests: 0,
      };
      count.requests += 1;
      counts.set(key, count);
      if (firstThisMinute(name)) {
        log.error(
          { provider, priceModel, serviceTier, requestId },
          "a model has no price, so its requests have no cost; set one under Admin, Prices",
        );
      }
    },
    counts: () => [...counts.values()],
  };
}

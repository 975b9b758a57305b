import { readFileSync } from "node:fs";
import { usageBucketNames } from "@llm-tuner/contract/prices.ts";
import { z } from "zod";
import { decimalOf, scaledOf } from "./cost.ts";
import type { PriceKey, PriceRow } from "./prices.store.ts";

const UsdPerMillion = z.string().regex(/^\d{1,9}(\.\d{1,6})?$/);

const Entry = z.strictObject({
  provider: z.enum(["openai", "anthropic", "gemini"]),
  models: z.array(z.string().regex(/^[a-z0-9][a-z0-9.-]*$/)).min(1),
  min_input_tokens: z.int().min(1).default(0),
  usd_per_million: z.partialRecord(z.enum(usageBucketNames), UsdPerMillion),
  source: z.url(),
  as_of: z.iso.date(),
});

export type ShippedPrice = PriceKey & Pick<PriceRow, "rates" | "source" | "as_of">;

/** US dollars for a million are thousandths of nano-USD for one. */
const rateOf = (usdPerMillion: string): string => decimalOf(scaledOf(usdPerMillion) * 1000n);

/** What the providers' own pages say, as it was when this version of the program was made. */
export function readShippedPrices(): readonly ShippedPrice[] {
  const text = readFileSync(new URL("price-data.json", import.meta.url), "utf8");
  return z
    .array(Entry)
    .parse(JSON.parse(text))
    .flatMap(({ models, usd_per_million, ...entry }) =>
      models.map((model) => ({
        provider: entry.provider,
        model_pattern: model,
        service_tier: null,
        min_input_tokens: entry.min_input_tokens,
        rates: Object.fromEntries(Object.entries(usd_per_million).map(([name, usd]) => [name, rateOf(usd)])),
        source: entry.source,
        as_of: entry.as_of,
      })),
    );
}

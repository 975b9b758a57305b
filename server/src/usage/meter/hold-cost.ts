import type { UsageCounts } from "@llm-tuner/contract/usage.ts";
import { countsOf } from "@llm-tuner/gateway/meter/usage-counts.ts";
import { priceTierOf, type UsageBucketName } from "@llm-tuner/contract/prices.ts";
import { noUsage } from "@llm-tuner/gateway/meter/usage.ts";
import type { ReservationRequest } from "@llm-tuner/gateway/ports.ts";
import { costOf } from "../prices/cost.ts";
import type { FoundPrice, PriceList } from "../prices/price-list.ts";

const outputBuckets = [
  "output_text",
  "output_reasoning",
  "output_audio",
  "output_image",
] as const satisfies readonly UsageBucketName[];

const nothing = countsOf(noUsage);

/** Which kind of output it will be is not known beforehand: the dearest that the model has a price for. */
function dearestOutput({ rates }: FoundPrice): UsageBucketName {
  let dearest: UsageBucketName = "output_text";
  for (const bucket of outputBuckets) {
    if ((rates.get(bucket)?.scaled ?? -1n) > (rates.get(dearest)?.scaled ?? -1n)) dearest = bucket;
  }
  return dearest;
}

export interface HoldCost {
  priceId: string;
  costNanoUsd: number;
}

type Asked = Pick<ReservationRequest, "candidates" | "startedAt" | "serviceTier">;

/** Whether one of the ways has a price, but none for the tier of service that is asked for. */
export const lacksPriceOfTier = ({ candidates, startedAt: at, serviceTier }: Asked, priceOf: PriceList): boolean =>
  priceTierOf(serviceTier) !== null &&
  candidates.some(({ provider, priceModel: model }) => {
    const wanted = { provider, model, inputTokens: 0, at };
    return priceOf({ ...wanted, serviceTier: null }) !== undefined && priceOf({ ...wanted, serviceTier }) === undefined;
  });

/**
 * What a request may cost on the dearest of its ways, in the tier of service that is asked for or in the ordinary one,
 * which a provider may answer in all the same; undefined when none of them has a price.
 */
export function holdCostOf(
  { candidates, startedAt: at, pieces, serviceTier }: Asked & Pick<ReservationRequest, "pieces">,
  tokens: { inputTokens: number; outputTokens: number },
  priceOf: PriceList,
): HoldCost | undefined {
  const { inputTokens } = tokens;
  const tiers = priceTierOf(serviceTier) === null ? [null] : [null, serviceTier];
  const prices = candidates.flatMap(({ provider, priceModel: model }) =>
    tiers.map((tier) => priceOf({ provider, model, serviceTier: tier, inputTokens, at })),
  );
  let dearest: HoldCost | undefined;
  for (const price of prices) {
    if (price === undefined) continue;
    const counts: UsageCounts = {
      ...nothing,
      input_uncached: price.rates.has("input_uncached") ? tokens.inputTokens : 0,
      images: price.rates.has("images") ? pieces.images : 0,
      video_seconds: price.rates.has("video_seconds") ? pieces.videoSeconds : 0,
    };
    const output = dearestOutput(price);
    if (price.rates.has(output)) counts[output] = tokens.outputTokens;
    const costNanoUsd = costOf(price.rates, counts) ?? 0;
    if (dearest === undefined || costNanoUsd > dearest.costNanoUsd) dearest = { priceId: price.id, costNanoUsd };
  }
  return dearest;
}

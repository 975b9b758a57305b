import {
  Rate,
  priceTierOf,
  setPrice,
  usageBucketNames,
  type PriceVersion,
  type UsageBucketName,
} from "@llm-tuner/contract/prices.ts";
import { z } from "zod";
import type { CallInput } from "../../../api/call.ts";
import { fieldOfTime, timeOfField } from "../../../ui/time-field.ts";
import { isDecimal } from "../decimal.ts";
import { unitWords, bucketWords } from "./bucket-words.ts";
import { rateOfUsd, usdOfRate } from "./usd-rate.ts";

const { provider, model_pattern, source } = setPrice.body.shape;

const usdOf = (bucket: UsageBucketName) =>
  z
    .string()
    .trim()
    .refine((text) => text === "" || (isDecimal(text) && Rate.safeParse(rateOfUsd(bucket, text)).success), {
      message: `Must be ${unitWords[bucketWords[bucket].unit]} such as 0.15, or empty.`,
    });

const rateFields = {
  input_uncached: usdOf("input_uncached"),
  input_cache_read: usdOf("input_cache_read"),
  input_cache_write_5m: usdOf("input_cache_write_5m"),
  input_cache_write_1h: usdOf("input_cache_write_1h"),
  input_audio: usdOf("input_audio"),
  input_image: usdOf("input_image"),
  output_text: usdOf("output_text"),
  output_reasoning: usdOf("output_reasoning"),
  output_audio: usdOf("output_audio"),
  output_image: usdOf("output_image"),
  images: usdOf("images"),
  video_seconds: usdOf("video_seconds"),
};

/** What the form of a price holds. Rates are US dollars as people read them; an empty one is none. */
export const PriceValues = z.object({
  provider,
  model_pattern,
  service_tier: z.string().trim().max(50),
  min_input_tokens: z.string().regex(/^(\d{1,9}|1000000000)?$/, "Must be a whole number, or empty."),
  rates: z.object(rateFields).superRefine((rates, { addIssue }) => {
    if (usageBucketNames.some((bucket) => rates[bucket] !== "")) return;
    addIssue({ code: "custom", path: ["input_uncached"], message: "Give at least one rate; 0 is free." });
  }),
  /** A time as a field of the page holds it; empty is now. */
  valid_from: z.string(),
  source: source.unwrap().or(z.literal("")),
});
export type PriceValues = z.infer<typeof PriceValues>;

const noRates: PriceValues["rates"] = {
  input_uncached: "",
  input_cache_read: "",
  input_cache_write_5m: "",
  input_cache_write_1h: "",
  input_audio: "",
  input_image: "",
  output_text: "",
  output_reasoning: "",
  output_audio: "",
  output_image: "",
  images: "",
  video_seconds: "",
};

/** What a price is set for; everything else of the form may be filled in, too. */
export interface PriceWish {
  provider: string;
  model_pattern: string;
  service_tier?: string | null;
  min_input_tokens?: number;
  rates?: PriceVersion["rates"];
  /** The price is to hold from then on, such as from the first request that had none. */
  valid_from?: string;
}

export const valuesOfPrice = (wish: PriceWish): PriceValues => ({
  provider: wish.provider,
  model_pattern: wish.model_pattern,
  service_tier: priceTierOf(wish.service_tier) ?? "",
  min_input_tokens: (wish.min_input_tokens ?? 0) === 0 ? "" : String(wish.min_input_tokens),
  rates: {
    ...noRates,
    ...Object.fromEntries(
      usageBucketNames.flatMap((bucket) => {
        const rate = wish.rates?.[bucket];
        return rate === undefined ? [] : [[bucket, usdOfRate(bucket, rate)]];
      }),
    ),
  },
  valid_from: fieldOfTime(wish.valid_from),
  source: "",
});

export const noPrice: PriceValues = valuesOfPrice({ provider: "", model_pattern: "" });

export const requestOfPrice = (values: PriceValues): CallInput<typeof setPrice>["body"] => {
  const valid_from = timeOfField(values.valid_from);
  return {
    provider: values.provider,
    model_pattern: values.model_pattern,
    service_tier: priceTierOf(values.service_tier),
    min_input_tokens: Number(values.min_input_tokens),
    rates: Object.fromEntries(
      usageBucketNames.flatMap((bucket) =>
        values.rates[bucket] === "" ? [] : [[bucket, rateOfUsd(bucket, values.rates[bucket])]],
      ),
    ),
    ...(valid_from === undefined ? {} : { valid_from }),
    ...(values.source === "" ? {} : { source: values.source }),
  };
};

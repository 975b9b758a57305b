import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { PriceId } from "./ids.ts";
import { NextCursor, PageQuery, Timestamp } from "./paging.ts";

/** What a price can be put on. The buckets of a request do not overlap. */
export const usageBucketNames = [
  "input_uncached",
  "input_cache_read",
  "input_cache_write_5m",
  "input_cache_write_1h",
  "input_audio",
  "input_image",
  "output_text",
  "output_reasoning",
  "output_audio",
  "output_image",
  "images",
  "video_seconds",
] as const;
export const UsageBucketName = z.enum(usageBucketNames);
export type UsageBucketName = z.infer<typeof UsageBucketName>;

/** The shape of an object that has one value for each bucket. */
export const byBucket = <Schema extends z.ZodType>(schema: Schema) =>
  ({
    input_uncached: schema,
    input_cache_read: schema,
    input_cache_write_5m: schema,
    input_cache_write_1h: schema,
    input_audio: schema,
    input_image: schema,
    output_text: schema,
    output_reasoning: schema,
    output_audio: schema,
    output_image: schema,
    images: schema,
    video_seconds: schema,
  }) satisfies Record<UsageBucketName, Schema>;

/** Nano-USD for one unit, exact: 1000 is one US dollar for a million tokens. */
export const Rate = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,6})?$/, "must be a decimal number with at most 12 digits before and 6 after the point")
  .meta({ description: "Nano-USD for one token, picture or second; 1000 is 1 USD for a million tokens." });

const rate = Rate.optional();

/**
 * Rates by bucket. Without one of their own, cached tokens and pictures in the prompt cost as `input_uncached` (what is
 * written for an hour as what is written for five minutes) and reasoning as `output_text`. A request that uses any other
 * bucket without a rate has no price.
 */
export const Rates = z
  .strictObject(byBucket(rate))
  .refine((rates) => Object.keys(rates).length > 0, "has no rate")
  .meta({ id: "Rates" });
export type Rates = z.infer<typeof Rates>;

/** Prices are never changed: a new version closes the one before, so that every bill can be explained later. */
/** Words of providers for the tier that has no name of its own. */
const ordinaryTiers = new Set(["", "default", "standard", "standard_only", "auto", "on_demand"]);

/** A tier of service as prices have it: null for the ordinary one, by whatever name. */
export const priceTierOf = (serviceTier: string | null | undefined): string | null => {
  const tier = serviceTier?.trim().toLowerCase() ?? "";
  return ordinaryTiers.has(tier) ? null : tier;
};

export const PriceVersion = z
  .strictObject({
    id: z.string(),
    provider: z.string(),
    model_pattern: z.string().meta({ description: "A model's name, or a pattern in which * stands for anything." }),
    service_tier: z.string().nullable().meta({ description: "Null for the ordinary one." }),
    min_input_tokens: z.int().meta({ description: "A whole request costs this from so many tokens of input on." }),
    rates: Rates,
    valid_from: Timestamp,
    valid_to: Timestamp.nullable().meta({ description: "Exclusive; null while it is open." }),
    origin: z.enum(["shipped", "settings", "admin"]),
    source: z.string().meta({ description: "Where the figures come from." }),
    as_of: z.iso.date().nullable().meta({ description: "The day on which the source said so." }),
  })
  .meta({ id: "PriceVersion" });
export type PriceVersion = z.infer<typeof PriceVersion>;

const common = { tag: "Administration", dialect: "platform", access: "admin" } as const;

export const listPrices = defineEndpoint({
  ...common,
  id: "listPrices",
  summary: "Prices of models, newest first",
  method: "GET",
  path: "/api/admin/prices",
  rateClass: "read",
  query: z.strictObject({
    ...PageQuery.shape,
    provider: z.string().trim().min(1).max(100).optional(),
    model_pattern: z.string().trim().min(1).max(300).optional(),
    versions: z.enum(["open", "all"]).default("open").meta({ description: "`all` has the closed ones as well." }),
  }),
  responses: {
    200: {
      description: "A page of prices",
      schema: z.strictObject({ prices: z.array(PriceVersion), next_cursor: NextCursor }).meta({ id: "PriceList" }),
    },
  },
});

export const setPrice = defineEndpoint({
  ...common,
  id: "setPrice",
  summary: "Set a price from a moment on; the version before ends there",
  method: "POST",
  path: "/api/admin/prices",
  rateClass: "write",
  body: z.strictObject({
    provider: z.string().trim().min(1).max(100),
    model_pattern: z.string().trim().min(1).max(300),
    service_tier: z.string().trim().min(1).max(50).nullable().default(null),
    min_input_tokens: z.int().min(0).max(1_000_000_000).default(0),
    rates: Rates,
    valid_from: Timestamp.optional().meta({
      description: "Now when it is absent. May lie in the past where no other version held.",
    }),
    source: z.string().trim().min(1).max(300).default("an administrator"),
  }),
  responses: { 201: { description: "The new version", schema: PriceVersion } },
});

export const endPrice = defineEndpoint({
  ...common,
  id: "endPrice",
  summary: "End the open version of a price; requests have no price from then on",
  method: "POST",
  path: "/api/admin/prices/{id}/end",
  rateClass: "write",
  params: z.strictObject({ id: PriceId }),
  responses: { 200: { description: "The ended version", schema: PriceVersion } },
});

export const MissingPrice = z
  .strictObject({
    provider: z.string(),
    price_model: z.string(),
    service_tier: z.string().nullable(),
    requests: z.int(),
    first_at: Timestamp,
    last_at: Timestamp,
    has_price_now: z.boolean().meta({ description: "A price was set since; the requests wait to be rated." }),
  })
  .meta({ id: "MissingPrice" });
export type MissingPrice = z.infer<typeof MissingPrice>;

export const listMissingPrices = defineEndpoint({
  ...common,
  id: "listMissingPrices",
  summary: "Models whose requests have no cost, because there was no price",
  method: "GET",
  path: "/api/admin/prices/missing",
  rateClass: "read",
  responses: {
    200: {
      description: "The models, those with most requests first",
      schema: z.strictObject({ models: z.array(MissingPrice) }).meta({ id: "MissingPriceList" }),
    },
  },
});

export const rateMissing = defineEndpoint({
  ...common,
  id: "rateMissing",
  summary: "Bill requests that had no price, by the price that holds for the moment when they began",
  method: "POST",
  path: "/api/admin/prices/missing/rate",
  rateClass: "write",
  body: z.strictObject({
    provider: z.string().trim().min(1).max(100),
    price_model: z.string().trim().min(1).max(300),
  }),
  responses: {
    200: {
      description: "What became of them",
      schema: z
        .strictObject({ rated: z.int(), still_missing: z.int(), cost_nano_usd: z.int() })
        .meta({ id: "RatedRequests" }),
    },
  },
});

import { UsdLimit, TierName } from "@llm-tuner/contract/api-keys.ts";
import type { Tier } from "@llm-tuner/contract/admin.ts";
import { z } from "zod";

const wholeOrEmpty = z.string().refine((text) => text === "" || /^[1-9]\d{0,8}$|^1000000000$/.test(text), {
  message: "Must be a whole number from 1 to 1,000,000,000, or empty.",
});

/** What the form of a tier holds: an empty field is no limit. */
export const TierValues = z.object({
  name: TierName,
  description: z.string().trim().max(300),
  requests_per_minute: wholeOrEmpty,
  tokens_per_minute: wholeOrEmpty,
  concurrent_requests: wholeOrEmpty,
  monthly_spend_usd: z.string().refine((text) => text === "" || UsdLimit.safeParse(Number(text)).success, {
    message: "Must be between 0 and 1,000,000 US dollars, or empty.",
  }),
});
export type TierValues = z.infer<typeof TierValues>;

const textOf = (limit: number | null): string => (limit === null ? "" : String(limit));
const limitOf = (text: string): number | null => (text === "" ? null : Number(text));

export const emptyTier: TierValues = {
  name: "",
  description: "",
  requests_per_minute: "",
  tokens_per_minute: "",
  concurrent_requests: "",
  monthly_spend_usd: "",
};

export const valuesOfTier = (tier: Tier): TierValues => ({
  name: tier.name,
  description: tier.description,
  requests_per_minute: textOf(tier.requests_per_minute),
  tokens_per_minute: textOf(tier.tokens_per_minute),
  concurrent_requests: textOf(tier.concurrent_requests),
  monthly_spend_usd: textOf(tier.monthly_spend_usd),
});

export const limitsOf = (values: TierValues) => ({
  description: values.description,
  requests_per_minute: limitOf(values.requests_per_minute),
  tokens_per_minute: limitOf(values.tokens_per_minute),
  concurrent_requests: limitOf(values.concurrent_requests),
  monthly_spend_usd: limitOf(values.monthly_spend_usd),
});

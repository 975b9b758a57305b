import { ModelPattern, UsdLimit, TierName } from "@llm-tuner/contract/api-keys.ts";
import type { Tier } from "@llm-tuner/contract/admin.ts";
import { z } from "zod";

const wholeOrEmpty = z.string().refine((text) => text === "" || /^[1-9]\d{0,8}$|^1000000000$/.test(text), {
  message: "Must be a whole number from 1 to 1,000,000,000, or empty.",
});
const usdOrEmpty = z.string().refine((text) => text === "" || UsdLimit.safeParse(Number(text)).success, {
  message: "Must be between 0 and 1,000,000 US dollars, or empty.",
});

const limits = {
  requests_per_minute: wholeOrEmpty,
  tokens_per_minute: wholeOrEmpty,
  concurrent_requests: wholeOrEmpty,
  daily_spend_usd: usdOrEmpty,
  monthly_spend_usd: usdOrEmpty,
};

const ModelLimitValues = z.object({
  model: z.string().refine((text) => ModelPattern.safeParse(text).success, {
    message: "Must be a name, or a beginning and *, such as gpt-*.",
  }),
  ...limits,
});

/** What the form of a tier holds: an empty field is no limit. */
export const TierValues = z.object({
  name: TierName,
  description: z.string().trim().max(300),
  ...limits,
  model_limits: z
    .array(ModelLimitValues)
    .max(50)
    .superRefine((all, { addIssue }) => {
      for (const [index, { model }] of all.entries()) {
        if (all.findIndex((other) => other.model.trim() === model.trim()) < index) {
          addIssue({ code: "custom", path: [index, "model"], message: "These models have limits above already." });
        }
      }
    }),
});
export type TierValues = z.infer<typeof TierValues>;

type LimitName = keyof typeof limits;
type LimitTexts = Record<LimitName, string>;
type Limits = Record<LimitName, number | null>;

const textOf = (limit: number | null): string => (limit === null ? "" : String(limit));
const limitOf = (text: string): number | null => (text === "" ? null : Number(text));

const textsOf = (limited: Limits): LimitTexts => ({
  requests_per_minute: textOf(limited.requests_per_minute),
  tokens_per_minute: textOf(limited.tokens_per_minute),
  concurrent_requests: textOf(limited.concurrent_requests),
  daily_spend_usd: textOf(limited.daily_spend_usd),
  monthly_spend_usd: textOf(limited.monthly_spend_usd),
});

const numbersOf = (texts: LimitTexts): Limits => ({
  requests_per_minute: limitOf(texts.requests_per_minute),
  tokens_per_minute: limitOf(texts.tokens_per_minute),
  concurrent_requests: limitOf(texts.concurrent_requests),
  daily_spend_usd: limitOf(texts.daily_spend_usd),
  monthly_spend_usd: limitOf(texts.monthly_spend_usd),
});

const noLimits: LimitTexts = {
  requests_per_minute: "",
  tokens_per_minute: "",
  concurrent_requests: "",
  daily_spend_usd: "",
  monthly_spend_usd: "",
};

export const emptyModelLimit = { model: "", ...noLimits };
export const emptyTier: TierValues = { name: "", description: "", ...noLimits, model_limits: [] };

export const valuesOfTier = (tier: Tier): TierValues => ({
  name: tier.name,
  description: tier.description,
  ...textsOf(tier),
  model_limits: tier.model_limits.map(({ model, ...limited }) => ({ model, ...textsOf(limited) })),
});

export const limitsOf = ({ description, model_limits, ...values }: TierValues) => ({
  description,
  ...numbersOf(values),
  model_limits: model_limits.map(({ model, ...texts }) => ({ model: model.trim(), ...numbersOf(texts) })),
});

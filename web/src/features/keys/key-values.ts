import { AllowedModels, ApiKeyScope, UsdLimit, type ApiKey } from "@llm-tuner/contract/api-keys.ts";
import { z } from "zod";

/** What the form of a key holds: an empty field is no bound. */
export const KeyValues = z.object({
  name: z.string().trim().min(1, "Give the key a name.").max(100),
  scopes: z.array(ApiKeyScope).min(1, "Choose at least one."),
  /** A day, as a date field holds it. */
  lastDay: z.union([z.literal(""), z.iso.date()]),
  models: z
    .string()
    .refine((text) => modelLines(text).length === 0 || AllowedModels.safeParse(modelLines(text)).success, {
      message: "At most 100 names of at most 200 characters.",
    }),
  limitUsd: z.string().refine((text) => text === "" || UsdLimit.safeParse(Number(text)).success, {
    message: "Between 0 and 1,000,000 US dollars.",
  }),
  period: z.enum(["total", "month", "day"]),
  tier: z.string(),
});
export type KeyValues = z.infer<typeof KeyValues>;

const modelLines = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");

export const emptyKey: KeyValues = {
  name: "",
  scopes: ["chat", "models:read"],
  lastDay: "",
  models: "",
  limitUsd: "",
  period: "month",
  tier: "",
};

const twoDigits = (part: number): string => String(part).padStart(2, "0");

/** The day on which a time falls where the person is. */
const dayOf = (time: string): string => {
  const date = new Date(time);
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
};

/** The last moment of a day where the person is: a key that is valid until Friday works on Friday. */
const endOfDay = (day: string): string => new Date(`${day}T23:59:59`).toISOString();

export const valuesOf = (key: ApiKey): KeyValues => ({
  name: key.name,
  scopes: key.scopes,
  lastDay: key.expires_at === null ? "" : dayOf(key.expires_at),
  models: (key.allowed_models ?? []).join("\n"),
  limitUsd: key.budget === null ? "" : String(key.budget.limit_usd),
  period: key.budget?.period ?? "month",
  tier: key.tier ?? "",
});

/** The request that makes a key be as the form says. An unchanged day keeps the exact time that the key has. */
export const requestOf = (values: KeyValues, present?: ApiKey) => {
  const models = modelLines(values.models);
  const keepsDay = present !== undefined && values.lastDay === valuesOf(present).lastDay;
  const newEnd = values.lastDay === "" ? null : endOfDay(values.lastDay);
  return {
    name: values.name,
    scopes: values.scopes,
    ...(keepsDay ? {} : { expires_at: newEnd }),
    allowed_models: models.length === 0 ? null : models,
    budget: values.limitUsd === "" ? null : { limit_usd: Number(values.limitUsd), period: values.period },
    ...(values.tier === (present?.tier ?? "") ? {} : { tier: values.tier === "" ? null : values.tier }),
  };
};

import { z } from "zod";
import { setting } from "../platform/config/setting.ts";

const nanoUsdPerToken = z.coerce.number().int().min(0).max(1_000_000_000);

export const usageSettings = {
  localInputNanoUsdPerToken: setting({
    env: "LOCAL_INPUT_NANO_USD_PER_TOKEN",
    description: "Price of one prompt token of a tuned model on this machine, in nano-USD (20 = 0.02 USD per million).",
    schema: nanoUsdPerToken.default(20),
  }),
  localOutputNanoUsdPerToken: setting({
    env: "LOCAL_OUTPUT_NANO_USD_PER_TOKEN",
    description:
      "Price of one answered token of a tuned model on this machine, in nano-USD (60 = 0.06 USD per million).",
    schema: nanoUsdPerToken.default(60),
  }),
  limitsDriver: setting({
    env: "LIMITS_DRIVER",
    description:
      "Where requests, tokens and answers at once are counted: memory where one process answers, postgres where several do, which then keep the limits together.",
    schema: z.enum(["memory", "postgres"]).default("memory"),
  }),
} as const;

import type { CreateApiKeyRequest, UpdateApiKeyRequest } from "@llm-tuner/contract/api-keys.ts";
import type { z } from "zod";
import { nanoUsdOf } from "./api-key-answer.ts";
import { expiryInThePast, unknownTier } from "./keys.errors.ts";
import type { KeySettings } from "./keys.store.ts";

export type TierExists = (name: string) => Promise<boolean>;

const initialSettings: Omit<KeySettings, "name" | "scopes"> = {
  allowed_models: null,
  budget_nano_usd: null,
  budget_period: null,
  tier: null,
  expires_at: null,
};

/** The settings with what a request names put in place of what was; null removes a bound. */
export function changedSettings(settings: KeySettings, change: z.output<typeof UpdateApiKeyRequest>): KeySettings {
  const { name, scopes, allowed_models, budget, tier, expires_at } = change;
  return {
    ...settings,
    ...(name === undefined ? {} : { name }),
    ...(scopes === undefined ? {} : { scopes: [...new Set(scopes)] }),
    ...(allowed_models === undefined ? {} : { allowed_models: allowed_models && [...new Set(allowed_models)] }),
    ...(budget === undefined
      ? {}
      : {
          budget_nano_usd: budget === null ? null : nanoUsdOf(budget.limit_usd),
          budget_period: budget?.period ?? null,
        }),
    ...(tier === undefined ? {} : { tier }),
    ...(expires_at === undefined ? {} : { expires_at: expires_at === null ? null : new Date(expires_at) }),
  };
}

/** Refuses what a key cannot be given: an end that has passed, a tier that does not exist. */
export async function refuseImpossible(
  { expires_at, tier }: Pick<z.output<typeof UpdateApiKeyRequest>, "expires_at" | "tier">,
  { now, tierExists }: { now: Date; tierExists: TierExists },
): Promise<void> {
  if (typeof expires_at === "string" && new Date(expires_at) <= now) throw expiryInThePast();
  if (typeof tier === "string" && !(await tierExists(tier))) throw unknownTier(tier);
}

export const settingsOfNewKey = ({ name, scopes, ...bounds }: z.output<typeof CreateApiKeyRequest>): KeySettings =>
  changedSettings({ name, scopes: [...new Set(scopes)], ...initialSettings }, bounds);

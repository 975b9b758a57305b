import type { GatewayCaller } from "@llm-tuner/gateway/ports.ts";
import type { AccountsModule } from "../accounts/accounts.module.ts";
import type { StoredCaller } from "../platform/http/stored-caller.ts";
import type { KeysModule } from "../keys/keys.module.ts";
import { AppError } from "../platform/errors.ts";
import type { Caller } from "../platform/http/caller.ts";

/** The caller as they may act now, or why they may not act any more. */
export type PresentCaller = { caller: GatewayCaller } | { refusal: string };

export interface StoredCallerDependencies {
  accounts: Pick<AccountsModule, "standingOf">;
  keys: Pick<KeysModule, "callerOfKey">;
}

/** As the gateway knows a caller; it has no scopes of its own within the process. */
export const gatewayCallerOf = ({
  userId,
  apiKeyId,
  scopes,
  tier,
  bounds,
}: Pick<Caller, "userId" | "apiKeyId" | "tier" | "bounds"> & { scopes: Iterable<string> }): GatewayCaller => ({
  accountId: userId,
  keyId: apiKeyId,
  scopes: new Set(scopes),
  tier,
  bounds,
  headers: {},
});

/** A key as it is now: one that was revoked does nothing more, and a budget that was raised is the new one. */
async function boundsOfKey(
  { callerOfKey }: StoredCallerDependencies["keys"],
  { apiKeyId, clientTokenId, bounds }: StoredCaller,
): Promise<Caller["bounds"]> {
  if (apiKeyId === null) return bounds;
  const current = await callerOfKey(apiKeyId);
  // A client token narrows its key; its own bounds are those that were signed.
  return clientTokenId === null ? current.bounds : bounds;
}

/** Whoever asked for work that is done only now: with the bounds and the standing that they have now. */
export async function presentCaller(
  { accounts, keys }: StoredCallerDependencies,
  stored: StoredCaller,
): Promise<PresentCaller> {
  const { isActive, tier } = await accounts.standingOf(stored.userId);
  if (!isActive) return { refusal: "The account is suspended or closed." };
  try {
    return { caller: gatewayCallerOf({ ...stored, tier, bounds: await boundsOfKey(keys, stored) }) };
  } catch (error) {
    if (error instanceof AppError && error.status === 401) return { refusal: error.message };
    throw error;
  }
}

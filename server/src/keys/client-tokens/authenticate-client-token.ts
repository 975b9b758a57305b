import { commonModels } from "@llm-tuner/gateway/admit/model-patterns.ts";
import { LRUCache } from "lru-cache";
import type { AccountsModule } from "../../accounts/accounts.module.ts";
import { AppError } from "../../platform/errors.ts";
import { type Caller, noBounds } from "../../platform/http/caller.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { ApiKeyGate } from "../authenticate-api-key.ts";
import { type ClientTokenPayload, openClientToken } from "./client-token-format.ts";
import {
  clientTokenExpired,
  clientTokenRevoked,
  invalidClientToken,
  originNotAllowed,
} from "./client-tokens.errors.ts";

export interface ClientTokenGate {
  /** `origin` is of the page that calls, when a browser says it. */
  authenticate: (token: string, origin: string | undefined) => Promise<Caller>;
}

interface ClientTokenGateDependencies {
  key: Uint8Array;
  apiKeys: Pick<ApiKeyGate, "callerOf">;
  accounts: Pick<AccountsModule, "standingOf" | "isSessionOpen">;
  clock: Clock;
}

/** All that the holder of a client token may ever do, whatever it was made with. */
const clientTokenScopes: Caller["scopes"] = new Set(["chat", "models:read"]);

interface OpenedToken {
  payload: ClientTokenPayload;
  /** The caller, and what it was derived from: as long as that is the same, so is the caller. */
  derived: { parent: Caller; caller: Caller } | undefined;
}

const maxTokens = 10_000;
const maxCharacters = 32 * 1024 * 1024;

/** What the token's own bounds leave of what its parent may do. */
function narrow(parent: Caller, payload: ClientTokenPayload): Caller {
  const { id, models, maxSpendNanoUsd, maxRequests, locked } = payload;
  const isCounted = maxSpendNanoUsd !== null || maxRequests !== null;
  const own = {
    subject: `client_token:${id}`,
    period: "total",
    limitNanoUsd: maxSpendNanoUsd,
    maxRequests,
  } as const;
  return {
    ...parent,
    role: "user",
    sessionId: null,
    clientTokenId: id,
    scopes: new Set([...parent.scopes].filter((scope) => clientTokenScopes.has(scope))),
    bounds: {
      allowedModels: commonModels(parent.bounds.allowedModels, models),
      spend: [...parent.bounds.spend, ...(isCounted ? [own] : [])],
      locked,
      tier: parent.bounds.tier,
    },
  };
}

/** Judges client tokens by what they say and by the present state of what they were made with; no token is stored. */
export function createClientTokenGate({ key, apiKeys, accounts, clock }: ClientTokenGateDependencies): ClientTokenGate {
  const opened = new LRUCache<string, OpenedToken>({
    max: maxTokens,
    maxSize: maxCharacters,
    sizeCalculation: (_token, text) => text.length,
  });

  function open(token: string): OpenedToken {
    const known = opened.get(token);
    if (known !== undefined) return known;
    const payload = openClientToken(token, key);
    if (payload === null) throw invalidClientToken();
    const fresh = { payload, derived: undefined };
    opened.set(token, fresh);
    return fresh;
  }

  async function keyParent(keyId: string): Promise<Caller> {
    try {
      return await apiKeys.callerOf(keyId);
    } catch (error) {
      if (error instanceof AppError && error.status === 401) throw clientTokenRevoked(error);
      throw error;
    }
  }

  async function sessionParent({ payload, derived }: OpenedToken): Promise<Caller> {
    const { userId, parent } = payload;
    if (!(await accounts.isSessionOpen(parent.id, userId))) throw clientTokenRevoked();
    const { tier } = await accounts.standingOf(userId);
    if (derived?.parent.tier === tier) return derived.parent;
    return {
      userId,
      role: "user",
      tier,
      sessionId: parent.id,
      apiKeyId: null,
      clientTokenId: null,
      scopes: clientTokenScopes,
      bounds: noBounds,
      notices: {},
    };
  }

  return {
    async authenticate(text, origin) {
      const token = open(text);
      const { payload } = token;
      if (payload.expiresAt <= clock.now().getTime()) throw clientTokenExpired();
      if (payload.origin !== null && payload.origin !== origin) throw originNotAllowed(payload.origin);
      const parent = payload.parent.kind === "key" ? await keyParent(payload.parent.id) : await sessionParent(token);
      if (token.derived?.parent !== parent) token.derived = { parent, caller: narrow(parent, payload) };
      return token.derived.caller;
    },
  };
}

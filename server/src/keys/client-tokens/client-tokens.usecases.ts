import type { CreateClientTokenRequest } from "@llm-tuner/contract/client-tokens.ts";
import { isModelAllowed, isWithin } from "@llm-tuner/gateway/admit/model-patterns.ts";
import type { z } from "zod";
import type { AccountsModule } from "../../accounts/accounts.module.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { newId } from "../../platform/ids.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { nanoUsdOf } from "../api-key-answer.ts";
import type { ApiKeyGate } from "../authenticate-api-key.ts";
import { type ClientTokenPayload, sealClientToken } from "./client-token-format.ts";
import {
  clientTokenCannotMakeTokens,
  clientTokenRevoked,
  clientTokenTooLong,
  modelsBeyondCredential,
  originNotListed,
} from "./client-tokens.errors.ts";

type Request = z.output<typeof CreateClientTokenRequest>;

export interface ClientTokenUsecases {
  create: (caller: Caller, request: Request) => Promise<{ id: string; client_token: string; expires_at: string }>;
}

interface ClientTokenDependencies {
  key: Uint8Array;
  apiKeys: Pick<ApiKeyGate, "endOf">;
  accounts: Pick<AccountsModule, "audit" | "endOfSession">;
  /** Of the pages that may call this server. */
  allowedOrigins: () => readonly string[];
  clock: Clock;
}

/** The token may do less than the credential that asks for it, never more. */
function refuseMore({ bounds }: Caller, { models, locked }: Request): void {
  if (models !== undefined && !isWithin(models, bounds.allowedModels)) throw modelsBeyondCredential("models");
  const { model } = locked ?? {};
  if (model === undefined) return;
  if (!isModelAllowed(bounds.allowedModels, model) || !isModelAllowed(models ?? null, model)) {
    throw modelsBeyondCredential("locked.model");
  }
}

export function createClientTokenUsecases(dependencies: ClientTokenDependencies): ClientTokenUsecases {
  const { key, apiKeys, accounts, allowedOrigins, clock } = dependencies;

  /** What the token is made with, and when that ends by itself. */
  async function parentOf(caller: Caller): Promise<{ parent: ClientTokenPayload["parent"]; endsAt: Date | null }> {
    const { apiKeyId, sessionId } = caller;
    if (apiKeyId !== null) return { parent: { kind: "key", id: apiKeyId }, endsAt: await apiKeys.endOf(apiKeyId) };
    const endsAt = sessionId === null ? undefined : await accounts.endOfSession(sessionId);
    // Signed out while the request was on its way.
    if (sessionId === null || endsAt === undefined) throw clientTokenRevoked();
    return { parent: { kind: "session", id: sessionId }, endsAt };
  }

  return {
    async create(caller, request) {
      if (caller.clientTokenId !== null) throw clientTokenCannotMakeTokens();
      const { models, max_requests, max_spend_usd, origin, locked } = request;
      if (origin !== undefined && !allowedOrigins().includes(origin)) throw originNotListed(origin);
      refuseMore(caller, request);
      const { parent, endsAt } = await parentOf(caller);
      const issuedAt = clock.now().getTime();
      const expiresAt = Math.min(issuedAt + request.ttl_seconds * 1000, endsAt?.getTime() ?? Number.POSITIVE_INFINITY);
      const payload = {
        id: newId("clientToken"),
        userId: caller.userId,
        parent,
        issuedAt,
        expiresAt,
        models: models ?? null,
        maxRequests: max_requests ?? null,
        maxSpendNanoUsd: max_spend_usd === undefined ? null : nanoUsdOf(max_spend_usd),
        origin: origin ?? null,
        locked: locked ?? null,
      };
      const token = sealClientToken(payload, key);
      if (token === null) throw clientTokenTooLong();
      const expires_at = new Date(expiresAt).toISOString();
      await accounts.audit.note({
        action: "client_token.created",
        target: { kind: "client_token", id: payload.id },
        details: { parent: parent.id, expires_at, origin: payload.origin, bounds: Object.keys(request) },
      });
      return { id: payload.id, client_token: token, expires_at };
    },
  };
}

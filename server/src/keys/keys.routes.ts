import { createApiKey, listApiKeys, revokeApiKey } from "@llm-tuner/contract/api-keys.ts";
import { type Route, route } from "../platform/http/route.ts";
import type { KeyUsecases } from "./keys.usecases.ts";

export const createKeyRoutes = (usecases: KeyUsecases): readonly Route[] => [
  route(createApiKey, async ({ caller, body }) => ({ status: 201, body: await usecases.create(caller.userId, body) })),
  route(listApiKeys, async ({ caller, query }) => ({ status: 200, body: await usecases.list(caller.userId, query) })),
  route(revokeApiKey, async ({ caller, params }) => ({
    status: 200,
    body: await usecases.revoke(caller.userId, params.id),
  })),
];

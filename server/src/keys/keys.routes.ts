import { createApiKey, listApiKeys, revokeApiKey, rotateApiKey, updateApiKey } from "@llm-tuner/contract/api-keys.ts";
import { type Route, route } from "../platform/http/route.ts";
import type { KeyUsecases } from "./keys.usecases.ts";

export const createKeyRoutes = (usecases: KeyUsecases): readonly Route[] => [
  route(createApiKey, async ({ caller, body }) => ({ status: 201, body: await usecases.create(caller.userId, body) })),
  route(listApiKeys, async ({ caller, query }) => ({ status: 200, body: await usecases.list(caller.userId, query) })),
  route(updateApiKey, async ({ caller, params, body }) => ({
    status: 200,
    body: await usecases.update(caller.userId, params.id, body),
  })),
  route(rotateApiKey, async ({ caller, params, body }) => ({
    status: 201,
    body: await usecases.rotate(caller.userId, params.id, body.grace_seconds),
  })),
  route(revokeApiKey, async ({ caller, params }) => ({
    status: 200,
    body: await usecases.revoke(caller.userId, params.id),
  })),
];

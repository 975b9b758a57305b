import { z } from "zod";
import { defineEndpoint, scopes } from "./endpoint.ts";
import { ApiKeyId } from "./ids.ts";
import { NextCursor, PageQuery, Timestamp } from "./paging.ts";

export const ApiKeyScope = z.enum(scopes);

export const ApiKey = z
  .strictObject({
    id: ApiKeyId,
    name: z.string(),
    prefix: z.string().meta({ description: "First characters of the secret, enough to recognise it." }),
    scopes: z.array(ApiKeyScope),
    created_at: Timestamp,
    expires_at: Timestamp.nullable(),
    last_used_at: Timestamp.nullable(),
    revoked_at: Timestamp.nullable(),
  })
  .meta({ id: "ApiKey" });
export type ApiKey = z.infer<typeof ApiKey>;

export const CreateApiKeyRequest = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(ApiKeyScope).min(1).max(scopes.length).default(["chat", "models:read"]),
  expires_at: Timestamp.optional(),
});

export const CreatedApiKey = z
  .strictObject({
    key: ApiKey,
    secret: z.string().meta({ description: "The whole key. It is shown this once and cannot be read again." }),
  })
  .meta({ id: "CreatedApiKey" });

const common = { tag: "API keys", dialect: "platform", access: "session" } as const;

export const createApiKey = defineEndpoint({
  ...common,
  id: "createApiKey",
  summary: "Create an API key; the secret is shown once",
  method: "POST",
  path: "/api/v1/api-keys",
  rateClass: "write",
  body: CreateApiKeyRequest,
  responses: { 201: { description: "The key with its secret", schema: CreatedApiKey } },
});

export const listApiKeys = defineEndpoint({
  ...common,
  id: "listApiKeys",
  summary: "Your API keys, newest first",
  method: "GET",
  path: "/api/v1/api-keys",
  rateClass: "read",
  query: PageQuery,
  responses: {
    200: {
      description: "A page of keys",
      schema: z.strictObject({ api_keys: z.array(ApiKey), next_cursor: NextCursor }).meta({ id: "ApiKeyList" }),
    },
  },
});

export const revokeApiKey = defineEndpoint({
  ...common,
  id: "revokeApiKey",
  summary: "Revoke an API key at once",
  method: "DELETE",
  path: "/api/v1/api-keys/{id}",
  rateClass: "write",
  params: z.strictObject({ id: ApiKeyId }),
  responses: { 200: { description: "The revoked key", schema: ApiKey } },
});

import { z } from "zod";
import { defineEndpoint, scopes } from "./endpoint.ts";
import { ApiKeyId } from "./ids.ts";
import { NextCursor, PageQuery, Timestamp } from "./paging.ts";

export const ApiKeyScope = z.enum(scopes);

/** US dollars with at most nine decimals, so that every value is a whole number of nano-USD. */
export const UsdLimit = z
  .number()
  .min(0)
  .max(1_000_000)
  .refine((usd) => Math.abs(usd * 1e9 - Math.round(usd * 1e9)) < 1e-3, "must have at most nine decimals");

/** What may be spent: in all, or in each calendar month or day (UTC). */
export const Budget = z
  .strictObject({ limit_usd: UsdLimit, period: z.enum(["total", "month", "day"]).default("month") })
  .meta({ id: "Budget" });

/** A name of a model as it stands in requests; `*` at the end stands for anything, such as `ft:*`. */
export const ModelPattern = z.string().trim().min(1).max(200);
export const AllowedModels = z.array(ModelPattern).min(1).max(100);

/** How long a key still works after its successor was made. */
export const rotationGraceSeconds = [0, 3600, 86_400, 604_800, 2_592_000] as const;

export const ApiKey = z
  .strictObject({
    id: ApiKeyId,
    name: z.string(),
    prefix: z.string().meta({ description: "First characters of the secret, enough to recognise it." }),
    scopes: z.array(ApiKeyScope),
    allowed_models: AllowedModels.nullable().meta({ description: "Null: every model." }),
    budget: Budget.nullable().meta({ description: "Null: bounded by the account's tier only." }),
    spent_usd: z.number().meta({ description: "In the budget's present period, holds of running requests included." }),
    tier: z.string().nullable().meta({ description: "Null: the account's own tier." }),
    family_id: ApiKeyId.meta({ description: "The first key of a line of rotations; budget and usage stay with it." }),
    replaced_by: ApiKeyId.nullable(),
    created_at: Timestamp,
    expires_at: Timestamp.nullable(),
    last_used_at: Timestamp.nullable(),
    revoked_at: Timestamp.nullable(),
  })
  .meta({ id: "ApiKey" });
export type ApiKey = z.infer<typeof ApiKey>;

const KeyName = z.string().trim().min(1).max(100);
const KeyScopes = z.array(ApiKeyScope).min(1).max(scopes.length);
export const TierName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, "must be lower-case letters, digits and hyphens, such as team-large");

/** The tier of everybody who was given no other; it is always there. */
export const standardTier = "standard";

export const CreateApiKeyRequest = z.strictObject({
  name: KeyName,
  scopes: KeyScopes.default(["chat", "models:read"]),
  expires_at: Timestamp.nullable().optional(),
  allowed_models: AllowedModels.nullable().optional(),
  budget: Budget.nullable().optional(),
  tier: TierName.nullable().optional(),
});

/** Only what is named changes; null removes a bound. */
export const UpdateApiKeyRequest = z
  .strictObject({
    name: KeyName.optional(),
    scopes: KeyScopes.optional(),
    expires_at: Timestamp.nullable().optional(),
    allowed_models: AllowedModels.nullable().optional(),
    budget: Budget.nullable().optional(),
    tier: TierName.nullable().optional(),
  })
  .refine((change) => Object.keys(change).length > 0, "changes nothing");

export const RotateApiKeyRequest = z.strictObject({
  grace_seconds: z
    .union(rotationGraceSeconds.map((seconds) => z.literal(seconds)))
    .default(86_400)
    .meta({ description: "Seconds for which the old key still works." }),
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

export const updateApiKey = defineEndpoint({
  ...common,
  id: "updateApiKey",
  summary: "Change what an API key may do; takes effect within a second",
  method: "PATCH",
  path: "/api/v1/api-keys/{id}",
  rateClass: "write",
  params: z.strictObject({ id: ApiKeyId }),
  body: UpdateApiKeyRequest,
  responses: { 200: { description: "The changed key", schema: ApiKey } },
});

export const rotateApiKey = defineEndpoint({
  ...common,
  id: "rotateApiKey",
  summary: "Make a successor with the same settings; the old key works until the grace period ends",
  method: "POST",
  path: "/api/v1/api-keys/{id}/rotate",
  rateClass: "write",
  params: z.strictObject({ id: ApiKeyId }),
  body: RotateApiKeyRequest,
  responses: { 201: { description: "The successor with its secret", schema: CreatedApiKey } },
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

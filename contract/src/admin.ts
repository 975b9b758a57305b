import { z } from "zod";
import { Email, FullName, Role, User } from "./accounts.ts";
import { ModelPattern, standardTier, TierName, UsdLimit } from "./api-keys.ts";
import { defineEndpoint } from "./endpoint.ts";
import { UserId } from "./ids.ts";
import { NextCursor, PageQuery, Timestamp } from "./paging.ts";

/** A person as an administrator sees them. */
export const AdminUser = z
  .strictObject({
    ...User.shape,
    open_sessions: z.int(),
    disabled_at: Timestamp.nullable(),
    has_password: z.boolean(),
  })
  .meta({ id: "AdminUser" });
export type AdminUser = z.infer<typeof AdminUser>;

const common = { tag: "Administration", dialect: "platform", access: "admin" } as const;
const byId = { params: z.strictObject({ id: UserId }) };

export const listUsers = defineEndpoint({
  ...common,
  id: "listUsers",
  summary: "Everybody with an account, newest first",
  method: "GET",
  path: "/api/admin/users",
  rateClass: "read",
  query: z.strictObject({
    ...PageQuery.shape,
    search: z.string().trim().max(254).optional().meta({ description: "Part of the address or of the name." }),
    role: Role.optional(),
    tier: TierName.optional(),
    status: z.enum(["active", "disabled"]).optional(),
  }),
  responses: {
    200: {
      description: "A page of people",
      schema: z.strictObject({ users: z.array(AdminUser), next_cursor: NextCursor }).meta({ id: "AdminUserList" }),
    },
  },
});

export const getUser = defineEndpoint({
  ...common,
  ...byId,
  id: "getUser",
  summary: "One person",
  method: "GET",
  path: "/api/admin/users/{id}",
  rateClass: "read",
  responses: { 200: { description: "The person", schema: AdminUser } },
});

export const inviteUser = defineEndpoint({
  ...common,
  id: "inviteUser",
  summary: "Create an account; its owner sets the password by a mailed link",
  method: "POST",
  path: "/api/admin/users",
  rateClass: "write",
  body: z.strictObject({
    email: Email,
    full_name: FullName.optional(),
    role: Role.default("user"),
    tier: TierName.default(standardTier),
  }),
  responses: { 201: { description: "The account; an invitation is on its way", schema: AdminUser } },
});

export const updateUser = defineEndpoint({
  ...common,
  ...byId,
  id: "updateUser",
  summary: "Change role or tier, disable or enable; takes effect on open sessions and keys within seconds",
  method: "PATCH",
  path: "/api/admin/users/{id}",
  rateClass: "write",
  body: z
    .strictObject({ role: Role.optional(), tier: TierName.optional(), is_active: z.boolean().optional() })
    .refine((change) => Object.keys(change).length > 0, "changes nothing"),
  responses: { 200: { description: "The changed person", schema: AdminUser } },
});

export const signOutUser = defineEndpoint({
  ...common,
  ...byId,
  id: "signOutUser",
  summary: "End all sessions of a person",
  method: "DELETE",
  path: "/api/admin/users/{id}/sessions",
  rateClass: "write",
  responses: {
    200: {
      description: "How many were ended",
      schema: z.strictObject({ revoked: z.int() }).meta({ id: "SignedOutUser" }),
    },
  },
});

const limit = (description: string) => z.int().min(1).max(1_000_000_000).nullable().meta({ description });

/** A named bundle of limits; null is no limit. */
const limits = {
  requests_per_minute: limit("Calls a minute that make a model answer."),
  tokens_per_minute: limit("Tokens a minute, in and out."),
  concurrent_requests: limit("Answers of models in progress at once, streams included."),
  daily_spend_usd: UsdLimit.nullable().meta({ description: "What may be spent in a calendar day (UTC)." }),
  monthly_spend_usd: UsdLimit.nullable().meta({ description: "What may be spent in a calendar month (UTC)." }),
};

const unlimited = {
  requests_per_minute: limits.requests_per_minute.default(null),
  tokens_per_minute: limits.tokens_per_minute.default(null),
  concurrent_requests: limits.concurrent_requests.default(null),
  daily_spend_usd: limits.daily_spend_usd.default(null),
  monthly_spend_usd: limits.monthly_spend_usd.default(null),
};

/** What all requests to models of one pattern share, besides the tier's own limits. */
const ModelLimit = z
  .strictObject({ model: ModelPattern.meta({ description: "A name, or a beginning and `*`." }), ...limits })
  .meta({ id: "ModelLimit" });

const NewModelLimits = z
  .array(z.strictObject({ model: ModelPattern, ...unlimited }))
  .max(50)
  .refine((all) => new Set(all.map(({ model }) => model)).size === all.length, "must name each pattern once");

const tierLimits = {
  ...limits,
  model_limits: z.array(ModelLimit).meta({ description: "For the models of a pattern, besides the limits above." }),
};

export const Tier = z
  .strictObject({
    name: TierName,
    description: z.string().max(300),
    ...tierLimits,
    users: z.int().meta({ description: "Accounts that have it." }),
    created_at: Timestamp,
  })
  .meta({ id: "Tier" });
export type Tier = z.infer<typeof Tier>;

export const listTiers = defineEndpoint({
  ...common,
  id: "listTiers",
  summary: "All tiers by name",
  method: "GET",
  path: "/api/admin/tiers",
  rateClass: "read",
  responses: {
    200: { description: "All tiers", schema: z.strictObject({ tiers: z.array(Tier) }).meta({ id: "TierList" }) },
  },
});

export const createTier = defineEndpoint({
  ...common,
  id: "createTier",
  summary: "Make a tier",
  method: "POST",
  path: "/api/admin/tiers",
  rateClass: "write",
  body: z.strictObject({
    name: TierName,
    description: z.string().trim().max(300).default(""),
    ...unlimited,
    model_limits: NewModelLimits.default([]),
  }),
  responses: { 201: { description: "The tier", schema: Tier } },
});

const byName = { params: z.strictObject({ name: TierName }) };

export const updateTier = defineEndpoint({
  ...common,
  ...byName,
  id: "updateTier",
  summary: "Change the limits of a tier for everybody who has it",
  method: "PATCH",
  path: "/api/admin/tiers/{name}",
  rateClass: "write",
  body: z
    .strictObject({
      description: z.string().trim().max(300).optional(),
      requests_per_minute: limits.requests_per_minute.optional(),
      tokens_per_minute: limits.tokens_per_minute.optional(),
      concurrent_requests: limits.concurrent_requests.optional(),
      daily_spend_usd: limits.daily_spend_usd.optional(),
      monthly_spend_usd: limits.monthly_spend_usd.optional(),
      model_limits: NewModelLimits.optional(),
    })
    .refine((change) => Object.keys(change).length > 0, "changes nothing"),
  responses: { 200: { description: "The changed tier", schema: Tier } },
});

export const deleteTier = defineEndpoint({
  ...common,
  ...byName,
  id: "deleteTier",
  summary: "Delete a tier that nobody has",
  method: "DELETE",
  path: "/api/admin/tiers/{name}",
  rateClass: "write",
  responses: { 200: { description: "The deleted tier", schema: Tier } },
});

const SigningKeys = z
  .strictObject({
    keys: z.array(
      z.strictObject({
        kid: z.string(),
        algorithm: z.enum(["EdDSA", "RS256"]),
        state: z.enum(["next", "signing", "verify_only"]),
        since: Timestamp,
      }),
    ),
  })
  .meta({ id: "SigningKeys" });

export const listSigningKeys = defineEndpoint({
  ...common,
  id: "listSigningKeys",
  summary: "The keys of access tokens that are published",
  method: "GET",
  path: "/api/admin/signing-keys",
  rateClass: "read",
  responses: { 200: { description: "The keys, oldest first", schema: SigningKeys } },
});

export const rotateSigningKeys = defineEndpoint({
  ...common,
  id: "rotateSigningKeys",
  summary: "Put the next signing key of access tokens into use; nobody is signed out",
  method: "POST",
  path: "/api/admin/signing-keys/rotate",
  rateClass: "write",
  responses: { 200: { description: "The keys afterwards", schema: SigningKeys } },
});

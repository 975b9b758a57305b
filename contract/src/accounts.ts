import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { UserId } from "./ids.ts";
import { Timestamp } from "./paging.ts";

/** Length in characters; nothing is cut and nothing is normalised before hashing. */
export const passwordLength = { min: 8, max: 256 } as const;

export const Email = z
  .email("must be an e-mail address such as ada@example.org")
  .max(254)
  .transform((address) => address.toLowerCase());

export const NewPassword = z
  .string()
  .min(passwordLength.min, `must have at least ${passwordLength.min} characters`)
  .max(passwordLength.max, `must have at most ${passwordLength.max} characters`);

export const User = z
  .strictObject({
    id: UserId,
    user_id: UserId,
    email: z.string(),
    full_name: z.string().nullable(),
    is_active: z.boolean(),
    is_verified: z.boolean(),
    provider: z.enum(["password", "google"]),
    picture: z.string().nullable(),
    created_at: Timestamp,
    last_login: Timestamp.nullable(),
    role: z.enum(["user", "admin"]),
    tier: z.string(),
  })
  .meta({ id: "User" });
export type User = z.infer<typeof User>;

export const Tokens = z
  .strictObject({
    user: User,
    access_token: z.string(),
    refresh_token: z.string(),
    token_type: z.literal("bearer"),
    expires_in: z.int().meta({ description: "Seconds until the access token expires." }),
  })
  .meta({ id: "Tokens" });
export type Tokens = z.infer<typeof Tokens>;

export const RegisterRequest = z.strictObject({
  email: Email,
  password: NewPassword,
  full_name: z.string().trim().min(1).max(200).optional(),
});

export const LoginRequest = z.strictObject({ email: Email, password: z.string().min(1).max(passwordLength.max) });

export const RefreshRequest = z.strictObject({ refresh_token: z.string().min(1).max(500) });

export const Message = z.strictObject({ message: z.string() }).meta({ id: "Message" });

const signIn = { tag: "Accounts", dialect: "platform", rateClass: "auth" } as const;

export const register = defineEndpoint({
  ...signIn,
  id: "register",
  summary: "Create an account and sign in",
  method: "POST",
  path: "/api/auth/register",
  access: "public",
  body: RegisterRequest,
  responses: { 201: { description: "The account and its first session", schema: Tokens } },
});

export const login = defineEndpoint({
  ...signIn,
  id: "login",
  summary: "Sign in with e-mail and password",
  method: "POST",
  path: "/api/auth/login",
  access: "public",
  body: LoginRequest,
  responses: { 200: { description: "A new session", schema: Tokens } },
});

export const refresh = defineEndpoint({
  ...signIn,
  id: "refresh",
  summary: "Exchange a refresh token for a new pair; reuse of a spent one ends the session",
  method: "POST",
  path: "/api/auth/refresh",
  access: "public",
  body: RefreshRequest,
  responses: { 200: { description: "A rotated pair", schema: Tokens } },
});

export const logout = defineEndpoint({
  ...signIn,
  id: "logout",
  summary: "End this session",
  method: "POST",
  path: "/api/auth/logout",
  access: "session",
  responses: { 200: { description: "The session is revoked", schema: Message } },
});

export const me = defineEndpoint({
  ...signIn,
  id: "me",
  summary: "The signed-in person",
  method: "GET",
  path: "/api/auth/me",
  access: "session",
  rateClass: "read",
  responses: { 200: { description: "The signed-in person", schema: User } },
});

/** A public key of the access tokens (RFC 7517, OKP). */
export const Jwks = z
  .object({ keys: z.array(z.record(z.string(), z.unknown())) })
  .meta({ id: "Jwks", description: "Public keys of the access tokens (RFC 7517)." });

export const jwks = defineEndpoint({
  ...signIn,
  id: "jwks",
  summary: "Public keys of the access tokens",
  method: "GET",
  path: "/.well-known/jwks.json",
  access: "public",
  rateClass: "read",
  responses: { 200: { description: "JSON Web Key Set", schema: Jwks } },
});

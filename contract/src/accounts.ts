import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { UserId } from "./ids.ts";
import { Timestamp } from "./paging.ts";
import { hashed } from "./texts.ts";

export const Message = z.strictObject({ message: z.string() }).meta({ id: "Message" });

/** Length in characters; nothing is cut and nothing is normalised before hashing. */
export const passwordLength = { min: 8, max: 256 } as const;

export const Email = z
  .email("must be an e-mail address such as ada@example.org")
  .max(254)
  .transform((address) => address.toLowerCase());

export const NewPassword = hashed(
  z
    .string()
    .min(passwordLength.min, `must have at least ${passwordLength.min} characters`)
    .max(passwordLength.max, `must have at most ${passwordLength.max} characters`),
);

/** A password that somebody gives to prove who they are. */
export const GivenPassword = hashed(z.string().min(1).max(passwordLength.max));

/** How an account came to be: with a password, through Google, or through another OpenID Connect provider. */
export const Provider = z.enum(["password", "google", "oidc"]);
export const Role = z.enum(["user", "admin"]);
export const FullName = z.string().trim().min(1).max(200);

export const User = z
  .strictObject({
    id: UserId,
    user_id: UserId,
    email: z.string(),
    full_name: z.string().nullable(),
    is_active: z.boolean(),
    is_verified: z.boolean(),
    provider: Provider,
    picture: z.string().nullable(),
    created_at: Timestamp,
    last_login: Timestamp.nullable(),
    role: Role,
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

/** A session that lives in HTTP-only cookies: its tokens are in no body that a script could read. */
export const CookieSession = z
  .strictObject({
    user: User,
    token_type: z.literal("cookie"),
    expires_in: z.int().meta({ description: "Seconds until the access cookie expires." }),
  })
  .meta({ id: "CookieSession" });

/**
 * A call that opens or renews a session answers by the header `X-Session-Mode`: `cookie` sets cookies, anything else
 * (or none) puts the tokens into the body.
 */
export const SignedIn = z.discriminatedUnion("token_type", [Tokens, CookieSession]).meta({ id: "SignedIn" });
export type SignedIn = z.infer<typeof SignedIn>;

/** Name and only value of the header by which the web client asks for cookies, and proves that its own script calls. */
export const sessionModeHeader = { name: "x-session-mode", cookie: "cookie" } as const;

export const RegisterRequest = z.strictObject({
  email: Email,
  password: NewPassword,
  full_name: FullName.optional(),
});

export const LoginRequest = z.strictObject({ email: Email, password: GivenPassword });

/** Without a token in the body the refresh cookie is taken. */
export const RefreshRequest = z.strictObject({ refresh_token: z.string().min(1).max(500).optional() });

export const UpdateMeRequest = z
  .strictObject({
    full_name: FullName.nullable().optional(),
    new_password: NewPassword.optional(),
    current_password: GivenPassword.optional(),
  })
  .refine((change) => change.full_name !== undefined || change.new_password !== undefined, "changes nothing");

/** Says the address once more, so that nobody deletes an account by a slip. */
export const DeleteMeRequest = z.strictObject({ email: Email });

const signIn = { tag: "Accounts", dialect: "platform", rateClass: "auth" } as const;

export const register = defineEndpoint({
  ...signIn,
  id: "register",
  summary: "Create an account and sign in",
  method: "POST",
  path: "/api/auth/register",
  access: "public",
  body: RegisterRequest,
  responses: {
    201: { description: "The account and its first session", schema: SignedIn },
    202: {
      description: "Where addresses must be verified first: a mail is on its way, whoever has the address",
      schema: Message,
    },
  },
});

export const login = defineEndpoint({
  ...signIn,
  id: "login",
  summary: "Sign in with e-mail and password",
  method: "POST",
  path: "/api/auth/login",
  access: "public",
  body: LoginRequest,
  responses: { 200: { description: "A new session", schema: SignedIn } },
});

export const refresh = defineEndpoint({
  ...signIn,
  id: "refresh",
  summary: "Exchange a refresh token for a new pair; reuse of a spent one ends the session",
  method: "POST",
  path: "/api/auth/refresh",
  access: "public",
  body: RefreshRequest,
  responses: { 200: { description: "A rotated pair", schema: SignedIn } },
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

export const updateMe = defineEndpoint({
  ...signIn,
  id: "updateMe",
  summary: "Change your name or password; a new password ends your other sessions",
  method: "PATCH",
  path: "/api/auth/me",
  access: "session",
  rateClass: "write",
  body: UpdateMeRequest,
  responses: { 200: { description: "The signed-in person", schema: User } },
});

export const deleteMe = defineEndpoint({
  ...signIn,
  id: "deleteMe",
  summary: "Delete your account with everything that is yours; needs a recent sign-in",
  method: "DELETE",
  path: "/api/auth/me",
  access: "session",
  rateClass: "write",
  body: DeleteMeRequest,
  responses: { 202: { description: "The account is closed; what it owned is being removed", schema: Message } },
});

export const exportMe = defineEndpoint({
  ...signIn,
  id: "exportMe",
  summary: "Everything that is kept of you, as a ZIP archive; needs a recent sign-in",
  method: "GET",
  path: "/api/auth/me/export",
  access: "session",
  rateClass: "upload",
  responses: { 200: { description: "ZIP archive of JSON documents and your files", contentType: "application/zip" } },
});

/** A public key of the access tokens (RFC 7517: OKP or RSA). */
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

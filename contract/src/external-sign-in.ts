import { z } from "zod";
import { GivenPassword, Message, SignedIn } from "./accounts.ts";
import { defineEndpoint } from "./endpoint.ts";

/** A path of this installation's own pages; never another host. */
export const ReturnTo = z
  .string()
  .max(500)
  .regex(/^\/(?![/\\])[\w\-./~?&=%+]*$/, "must be a path of this installation, such as /tuning");

/** What the page in the popup tells the page that opened it, and what a redirect carries as `outcome`. */
export const ExternalSignInOutcome = z.enum([
  "signed_in",
  "password_required",
  "verification_sent",
  "cancelled",
  "failed",
]);

/** Shape of the message between the two pages; the receiver checks origin, source and this. */
export const ExternalSignInMessage = z.strictObject({
  type: z.literal("llm-tuner.external-sign-in"),
  outcome: ExternalSignInOutcome,
  /** Error code when it failed. */
  code: z.string().max(60).nullable(),
});
export type ExternalSignInMessage = z.infer<typeof ExternalSignInMessage>;

const common = { tag: "Accounts", dialect: "platform", access: "public", rateClass: "auth" } as const;

export const startGoogleSignIn = defineEndpoint({
  ...common,
  id: "startGoogleSignIn",
  summary: "Begin to sign in with Google or another OpenID Connect provider",
  method: "GET",
  path: "/api/auth/google",
  query: z.strictObject({
    mode: z.enum(["popup", "redirect"]).default("redirect"),
    return_to: ReturnTo.default("/"),
  }),
  responses: {
    200: {
      description: "Where to send the browser; a cookie binds the transaction to it",
      schema: z.strictObject({ auth_url: z.url(), redirect_uri: z.url() }).meta({ id: "ExternalSignInStart" }),
    },
  },
});

export const finishGoogleSignIn = defineEndpoint({
  ...common,
  id: "finishGoogleSignIn",
  summary: "Where the provider sends the browser back to; also answered at /auth/google/callback",
  method: "GET",
  path: "/api/auth/google/callback",
  // What the provider sends is judged by the OpenID Connect client; parameters that nobody knows are ignored (RFC 6749).
  query: z.looseObject({}),
  responses: {
    200: { description: "The page of a popup, which tells its opener and closes", contentType: "text/html" },
    303: { description: "Back to the web client, with `outcome` in the query when it is not signed_in" },
  },
});

export const externalSignInScript = defineEndpoint({
  ...common,
  id: "externalSignInScript",
  summary: "The script of the popup's page",
  method: "GET",
  path: "/api/auth/google/popup.js",
  rateClass: "read",
  responses: { 200: { description: "Script", contentType: "text/javascript" } },
});

export const linkGoogleSignIn = defineEndpoint({
  ...common,
  id: "linkGoogleSignIn",
  summary: "Join a sign-in that waits in this browser to the account of the same address, by that account's password",
  method: "POST",
  path: "/api/auth/google/link",
  body: z.strictObject({ password: GivenPassword }),
  responses: { 200: { description: "Joined, and a new session", schema: SignedIn } },
});

export const signInOptions = defineEndpoint({
  ...common,
  id: "signInOptions",
  summary: "What the sign-in page offers",
  method: "GET",
  path: "/api/auth/options",
  rateClass: "read",
  responses: {
    200: {
      description: "Ways to sign in and to register",
      schema: z
        .strictObject({
          registration_open: z.boolean(),
          verification_required: z.boolean(),
          external_provider: z.strictObject({ name: z.string() }).nullable(),
          needs_first_admin: z.boolean(),
        })
        .meta({ id: "SignInOptions" }),
    },
  },
});

/** Which settings of sign-in are set: yes or no, and public words, never a value that is secret. */
export const signInDebug = defineEndpoint({
  ...common,
  id: "signInDebug",
  summary: "Which sign-in settings are configured: to administrators, or to anybody when not in production",
  method: "GET",
  path: "/api/auth/debug",
  rateClass: "read",
  responses: {
    200: {
      description: "Settings by name: whether they are configured",
      schema: z
        .strictObject({
          settings: z.record(z.string(), z.boolean()),
          redirect_uri: z.url().nullable(),
          provider_reachable: z.boolean().nullable(),
        })
        .meta({ id: "SignInDebug" }),
    },
  },
});

export const claimFirstAdmin = defineEndpoint({
  ...common,
  id: "claimFirstAdmin",
  summary: "Become the first administrator by the one-time setup token that the server printed",
  method: "POST",
  path: "/api/auth/setup",
  access: "session",
  body: z.strictObject({ setup_token: z.string().min(1).max(200) }),
  responses: { 200: { description: "You are an administrator", schema: Message } },
});

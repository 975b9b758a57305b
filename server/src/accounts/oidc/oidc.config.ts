import { z } from "zod";
import { setting } from "../../platform/config/setting.ts";

const Issuer = z
  .url({ protocol: /^https?$/, error: "must be an address such as https://accounts.google.com" })
  .max(500)
  .refine((text) => !/[?#]/.test(text), "must have no query and no fragment");

export const oidcSettings = {
  oidcIssuer: setting({
    env: "OIDC_ISSUER",
    description:
      "Issuer of the OpenID Connect provider that people may sign in with, as its discovery document names it.",
    schema: Issuer.default("https://accounts.google.com"),
  }),
  oidcClientId: setting({
    env: "OIDC_CLIENT_ID",
    description: "Id under which the provider knows this installation. Without it only passwords are offered.",
    schema: z.string().trim().min(1).max(500).optional(),
  }),
  oidcClientSecret: setting({
    env: "OIDC_CLIENT_SECRET",
    description: "The secret that the provider gave with the id.",
    schema: z.string().trim().min(1).max(1000).optional(),
    secret: true,
  }),
  oidcName: setting({
    env: "OIDC_NAME",
    description: "What the sign-in page calls the provider.",
    schema: z.string().trim().min(1).max(40).default("Google"),
  }),
  oidcRedirectPath: setting({
    env: "OIDC_REDIRECT_PATH",
    description:
      "Where the provider sends people back to; PUBLIC_URL with this path must be registered there as a redirect URI.",
    schema: z
      .enum(["/api/auth/google/callback", "/auth/google/callback", "/api/v1/auth/google/callback"])
      .default("/api/auth/google/callback"),
  }),
  oidcAllowHttp: setting({
    env: "OIDC_ALLOW_HTTP",
    description: "Set to true for trying out with a provider on this very machine that has no TLS.",
    schema: z.stringbool().default(false),
  }),
} as const;

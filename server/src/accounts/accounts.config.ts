import { z } from "zod";
import { signingAlgorithms } from "./access-tokens/signing-algorithms.ts";
import { setting } from "../platform/config/setting.ts";
import { oidcSettings } from "./oidc/oidc.config.ts";
import { mailedLinksSettings } from "./mailed-links/mailed-links.config.ts";
import { passwordsSettings } from "./passwords/passwords.config.ts";
import { sessionsSettings } from "./sessions/sessions.config.ts";

export const accountsSettings = {
  accessTokenMinutes: setting({
    env: "ACCESS_TOKEN_EXPIRE_MINUTES",
    description: "Lifetime of an access token in minutes.",
    schema: z.coerce.number().int().min(1).max(1440).default(30),
  }),
  sessionDays: setting({
    env: "REFRESH_TOKEN_EXPIRE_DAYS",
    description: "Days after signing in when a session ends, however often it was refreshed.",
    schema: z.coerce.number().int().min(1).max(365).default(7),
  }),
  ...sessionsSettings,
  refreshGraceSeconds: setting({
    env: "REFRESH_TOKEN_GRACE_SECONDS",
    description: "How long a spent refresh token still answers with its one successor (two tabs, a lost reply).",
    schema: z.coerce.number().int().min(0).max(60).default(10),
  }),
  sessionsPerUser: setting({
    env: "MAX_SESSIONS_PER_USER",
    description: "Open sessions that one person may have; signing in once more ends the one unused for longest.",
    schema: z.coerce.number().int().min(1).max(1000).default(100),
  }),
  tokenIssuer: setting({
    env: "TOKEN_ISSUER",
    description: "The `iss` claim of access tokens.",
    schema: z.string().min(1).default("llm-tuner"),
  }),
  tokenAudience: setting({
    env: "TOKEN_AUDIENCE",
    description: "The `aud` claim of access tokens.",
    schema: z.string().min(1).default("llm-tuner-api"),
  }),
  accessTokenAlgorithm: setting({
    env: "ACCESS_TOKEN_ALGORITHM",
    description:
      "Algorithm that access tokens are signed with: EdDSA or RS256. A change takes effect at the next start and signs nobody out.",
    schema: z.enum(signingAlgorithms).default("EdDSA"),
  }),
  signingKeyDays: setting({
    env: "SIGNING_KEY_ROTATION_DAYS",
    description: "Days after which the key that signs access tokens is replaced; nobody is signed out by it.",
    schema: z.coerce.number().int().min(1).max(365).default(30),
  }),
  ...mailedLinksSettings,
  ...passwordsSettings,
  ...oidcSettings,
  signInFreeFailures: setting({
    env: "SIGN_IN_FREE_FAILURES",
    description: "Failed sign-ins to one account that are not slowed down.",
    schema: z.coerce.number().int().min(1).max(100).default(5),
  }),
  signInMaxDelaySeconds: setting({
    env: "SIGN_IN_MAX_DELAY_SECONDS",
    description: "After the free failures each attempt must wait twice as long as the one before, at most this long.",
    schema: z.coerce.number().int().min(1).max(86_400).default(900),
  }),
  signInFailuresPerAddress: setting({
    env: "SIGN_IN_FAILURES_PER_ADDRESS",
    description: "Failed sign-ins from one address (IPv6: one /64) in 15 minutes, to whatever accounts.",
    schema: z.coerce.number().int().min(1).max(100_000).default(50),
  }),
  registrationsPerAddress: setting({
    env: "REGISTRATIONS_PER_ADDRESS",
    description: "Accounts that may be created from one address (IPv6: one /64) in an hour.",
    schema: z.coerce.number().int().min(1).max(100_000).default(60),
  }),
} as const;

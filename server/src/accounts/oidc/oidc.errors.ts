import { appError } from "../../platform/errors.ts";

export const externalSignInNotConfigured = () =>
  appError({
    code: "external_sign_in_not_configured",
    status: 404,
    message: "This installation offers no sign-in with another provider.",
    details: { remedy: "Sign in with a password. Whoever runs it can set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET." },
  });

export const providerUnavailable = (cause: unknown) =>
  appError({
    code: "sign_in_provider_unavailable",
    status: 503,
    message: "The provider of sign-in cannot be reached at this moment.",
    details: { retry_after_seconds: 10, remedy: "Try again in a moment, or sign in with a password." },
    headers: { "retry-after": "10" },
    cause,
  });

export const tooManyOpenSignIns = () =>
  appError({
    code: "sign_in_busy",
    status: 503,
    message: "Too many people are signing in at this moment.",
    details: { retry_after_seconds: 60 },
    headers: { "retry-after": "60" },
  });

/** One answer for a link that never waited, has ended, was used, or has no try left. */
export const noWaitingSignIn = () =>
  appError({
    code: "no_waiting_sign_in",
    status: 409,
    message: "No sign-in waits in this browser.",
    details: { remedy: "Begin to sign in with the provider again." },
  });

export const emailNotVerifiedYet = () =>
  appError({
    code: "email_not_verified",
    status: 403,
    message: "The address of this account is not verified yet.",
    details: { remedy: "Follow the link in the mail that was just sent, then sign in again." },
  });

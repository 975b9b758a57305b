import { appError } from "../platform/errors.ts";

/** Seconds as they stand in a Retry-After header: whole, and never 0. */
const wholeSeconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

const retryAfter = (ms: number) => ({
  details: { retry_after_seconds: wholeSeconds(ms) },
  headers: { "retry-after": String(wholeSeconds(ms)) },
});

export const emailTaken = () =>
  appError({
    code: "email_taken",
    status: 409,
    message: "An account with this e-mail address exists already.",
    details: { places: [{ field: "email" }], remedy: "Sign in, or register with another address." },
  });

export const weakPassword = (reason: string, field: "password" | "new_password" = "password") =>
  appError({
    code: "weak_password",
    status: 400,
    message: `This password is too easy to guess: ${reason}.`,
    details: {
      places: [{ field }],
      remedy: "Use several unrelated words, or a password manager's suggestion.",
    },
  });

/** One answer for an unknown address and for a wrong password. */
export const invalidCredentials = () =>
  appError({ code: "invalid_credentials", status: 401, message: "E-mail address or password is wrong." });

/** Only ever said to somebody who gave the right password. */
export const accountDisabled = () =>
  appError({
    code: "account_disabled",
    status: 403,
    message: "This account is disabled.",
    details: { remedy: "Ask an administrator of this installation." },
  });

export const tooManySignIns = (waitMs: number) =>
  appError({
    code: "too_many_sign_in_attempts",
    status: 429,
    message: "Too many failed attempts to sign in.",
    ...retryAfter(waitMs),
  });

export const tooManyRegistrations = (waitMs: number) =>
  appError({
    code: "too_many_registrations",
    status: 429,
    message: "Too many accounts were created from this address.",
    ...retryAfter(waitMs),
  });

export const passwordCheckBusy = () =>
  appError({
    code: "sign_in_busy",
    status: 503,
    message: "Too many people are signing in at this moment.",
    ...retryAfter(1000),
  });

const bearerChallenge = { "www-authenticate": 'Bearer error="invalid_token"' };

/** One answer for a token that is forged, cut, spent, revoked or past its end. */
export const invalidRefreshToken = () =>
  appError({
    code: "invalid_refresh_token",
    status: 401,
    message: "This refresh token does not hold.",
    details: { remedy: "Sign in again." },
    headers: bearerChallenge,
  });

export const invalidAccessToken = (cause?: unknown) =>
  appError({
    code: "invalid_access_token",
    status: 401,
    message: "This access token does not hold.",
    details: { remedy: "Refresh the token or sign in again." },
    headers: bearerChallenge,
    cause,
  });

export const accessTokenExpired = () =>
  appError({
    code: "access_token_expired",
    status: 401,
    message: "This access token has expired.",
    details: { remedy: "Exchange the refresh token for a new pair." },
    headers: bearerChallenge,
  });

/** A fault of this installation; the cause is for its log only. */
export const accessTokensUnavailable = (cause: string) =>
  appError({
    code: "access_tokens_unavailable",
    status: 503,
    message: "Access tokens cannot be issued or checked at this moment.",
    cause,
  });

import { appError } from "../../platform/errors.ts";

const challenge = { "www-authenticate": 'Bearer error="invalid_token"' };
const newTokenRemedy = "Ask your server for a new client token.";

/** One answer for a mistyped, a forged and another installation's token. */
export const invalidClientToken = () =>
  appError({
    code: "invalid_client_token",
    status: 401,
    message: "This client token is not valid.",
    details: { remedy: newTokenRemedy },
    headers: challenge,
  });

export const clientTokenExpired = () =>
  appError({
    code: "client_token_expired",
    status: 401,
    message: "This client token has expired.",
    details: { remedy: newTokenRemedy },
    headers: challenge,
  });

export const clientTokenRevoked = (cause?: unknown) =>
  appError({
    code: "client_token_revoked",
    status: 401,
    message: "The API key or session that this client token was made with no longer works.",
    details: { remedy: newTokenRemedy },
    headers: challenge,
    cause,
  });

export const originNotAllowed = (origin: string) =>
  appError({
    code: "origin_not_allowed",
    status: 403,
    message: `This client token may be used by pages of ${origin} only.`,
    details: { remedy: "Ask for a token that names the origin of this page, or none." },
  });

export const clientTokenCannotMakeTokens = () =>
  appError({
    code: "client_token_not_allowed",
    status: 403,
    message: "A client token cannot make client tokens.",
    details: { remedy: "Use an API key or an access token." },
  });

export const modelsBeyondCredential = (field: "models" | "locked.model") =>
  appError({
    code: "models_beyond_credential",
    status: 403,
    message: `${field} names a model that the token's holder may not use.`,
    details: { places: [{ field }], remedy: "Name models that the API key and the token's own list allow." },
  });

export const originNotListed = (origin: string) =>
  appError({
    code: "origin_not_listed",
    status: 400,
    message: `Pages of ${origin} may not call this server.`,
    details: {
      places: [{ field: "origin" }],
      remedy: "Ask whoever runs this installation to add the origin to the setting CORS_ORIGINS.",
    },
  });

export const clientTokenTooLong = () =>
  appError({
    code: "client_token_too_long",
    status: 400,
    message: "With these bounds the token would be longer than a header may be.",
    details: { places: [{ field: "locked" }], remedy: "Shorten the locked system prompt or the list of models." },
  });

import { appError } from "../platform/errors.ts";

const challenge = { "www-authenticate": 'Bearer error="invalid_token"' };
const newKeyRemedy = "Create a new key and use that one.";

/** One answer for a mistyped, an unknown and a wrong key. */
export const invalidApiKey = () =>
  appError({
    code: "invalid_api_key",
    status: 401,
    message: "This API key does not exist.",
    details: { remedy: "Check that the whole key was copied." },
    headers: challenge,
  });

export const apiKeyExpired = () =>
  appError({
    code: "api_key_expired",
    status: 401,
    message: "This API key has expired.",
    details: { remedy: newKeyRemedy },
    headers: challenge,
  });

export const apiKeyRevoked = () =>
  appError({
    code: "api_key_revoked",
    status: 401,
    message: "This API key was revoked.",
    details: { remedy: newKeyRemedy },
    headers: challenge,
  });

export const apiKeyNotFound = () =>
  appError({ code: "api_key_not_found", status: 404, message: "There is no such API key." });

export const expiryInThePast = () =>
  appError({
    code: "expiry_in_the_past",
    status: 400,
    message: "expires_at must lie in the future.",
    details: { places: [{ field: "expires_at" }] },
  });

export const tooManyApiKeys = (limit: number) =>
  appError({
    code: "api_key_limit_reached",
    status: 409,
    message: `You have ${limit} API keys in use, which is the limit.`,
    details: { remedy: "Revoke a key that is no longer needed." },
  });

export const unknownTier = (name: string) =>
  appError({
    code: "unknown_tier",
    status: 400,
    message: `There is no tier ${name}.`,
    details: { places: [{ field: "tier" }], remedy: "Name one of the installation's tiers, or leave it out." },
  });

export const apiKeyEnded = () =>
  appError({
    code: "api_key_ended",
    status: 409,
    message: "This API key is expired or revoked and can no longer be changed.",
    details: { remedy: newKeyRemedy },
  });

export const apiKeyReplaced = (successorId: string) =>
  appError({
    code: "api_key_replaced",
    status: 409,
    message: `This API key was already replaced by ${successorId}.`,
    details: { remedy: "Change or rotate its successor." },
  });

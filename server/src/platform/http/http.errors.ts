import type { ErrorPlace } from "@llm-tuner/contract/errors.ts";
import type { z } from "zod";
import { type AppError, appError } from "../errors.ts";
import { storableText } from "../text/storable-text.ts";

const challenge = (parameters = ""): Record<string, string> => ({
  "www-authenticate": `Bearer realm="llm-tuner"${parameters}`,
});

export const invalidRequest = ({
  message,
  places,
  remedy,
}: {
  message: string;
  places?: ErrorPlace[];
  remedy?: string;
}): AppError =>
  appError({
    code: "invalid_request",
    status: 400,
    message,
    details: { ...(places === undefined ? {} : { places }), ...(remedy === undefined ? {} : { remedy }) },
  });

/** A 400 for a text that no database keeps, with the text as it can be shown. */
export const invalidCharacters = ({ field, text, what }: { field: string; text: string; what: string }): AppError =>
  appError({
    code: "invalid_characters",
    status: 400,
    message: `${field === "" ? "The request" : storableText(field).slice(0, 300)} holds ${what}, which cannot be kept.`,
    details: {
      places: [{ field: storableText(field).slice(0, 300), excerpt: text.slice(0, 160).toWellFormed() }],
      remedy: "Take the character out of the text; it often comes from a file that was read in a wrong encoding.",
    },
  });

type Issue = z.core.$ZodIssue;

const fieldOf = (path: readonly PropertyKey[]): string => path.map(String).join(".");

function faultsOf(issue: Issue): { field: string; message: string }[] {
  if (issue.code !== "unrecognized_keys") return [{ field: fieldOf(issue.path), message: issue.message }];
  return issue.keys.map((key) => ({ field: fieldOf([...issue.path, key]), message: "is not a known field" }));
}

/** A 400 that names every faulty field of one part of the request. */
export function invalidPart(part: "path" | "query" | "body", issues: readonly Issue[]): AppError {
  const faults = issues.flatMap(faultsOf).slice(0, 20);
  const said = faults.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`)).join("; ");
  return invalidRequest({
    message: `The ${part} of the request is not valid: ${said}`,
    places: faults.map(({ field }) => ({ field: field === "" ? part : field.slice(0, 300) })),
  });
}

export const ambiguousCredentials = (): AppError =>
  appError({
    code: "ambiguous_credentials",
    status: 400,
    message: "The request carries two kinds of credentials.",
    details: { remedy: "Send one of Authorization, X-API-Key and the session's cookie; a script omits cookies." },
  });

export const malformedAuthorization = (): AppError =>
  appError({
    code: "invalid_credentials",
    status: 401,
    message: "The Authorization header is not of the form: Bearer <token>.",
    headers: challenge(', error="invalid_request"'),
  });

export const authenticationRequired = (): AppError =>
  appError({
    code: "authentication_required",
    status: 401,
    message: "This needs credentials.",
    details: { remedy: "Send Authorization: Bearer <access token or API key>." },
    headers: challenge(),
  });

export const csrfRefused = (): AppError =>
  appError({
    code: "csrf_refused",
    status: 403,
    message: "A call with cookies is taken from the pages of this installation only.",
    details: {
      remedy:
        "Open this server at the address that its setting PUBLIC_URL names; a program uses Authorization instead of cookies.",
    },
  });

export const sessionRequired = (): AppError =>
  appError({
    code: "session_required",
    status: 403,
    message: "An API key may not do this.",
    details: { remedy: "Sign in and use the access token." },
  });

export const adminRequired = (): AppError =>
  appError({
    code: "admin_required",
    status: 403,
    message: "Only an administrator may do this.",
    details: { remedy: "Ask an administrator of this installation." },
  });

export const clientTokenRefused = (): AppError =>
  appError({
    code: "client_token_not_allowed",
    status: 403,
    message: "A client token opens the addresses under /v1 only.",
    details: { remedy: "Use an API key or an access token." },
  });

export const insufficientScope = (scope: string): AppError =>
  appError({
    code: "insufficient_scope",
    status: 403,
    message: `This API key does not have the scope ${scope}.`,
    details: { remedy: "Use a key that has it; the scopes of a key are chosen when it is created." },
    headers: challenge(`, error="insufficient_scope", scope="${scope}"`),
  });

export const rateLimited = (limit: string, retryAfterSeconds: number): AppError =>
  appError({
    code: "rate_limited",
    status: 429,
    message: `Too many calls: the limit is ${limit}.`,
    details: { retry_after_seconds: retryAfterSeconds },
    headers: { "retry-after": String(retryAfterSeconds) },
  });

export const notFound = (): AppError =>
  appError({ code: "not_found", status: 404, message: "There is nothing at this address." });

export const methodNotAllowed = (allowed: readonly string[]): AppError =>
  appError({
    code: "method_not_allowed",
    status: 405,
    message: `This address takes ${allowed.join(", ")} only.`,
    headers: { allow: allowed.join(", ") },
  });

export const unsupportedMediaType = (expected: string): AppError =>
  appError({ code: "unsupported_media_type", status: 415, message: `The body must be sent as ${expected}.` });

export const bodyTooLarge = (): AppError =>
  appError({ code: "body_too_large", status: 413, message: "The request is larger than this server takes." });

export const addressTooLong = (): AppError =>
  appError({ code: "address_too_long", status: 414, message: "The address is longer than this server takes." });

export const headersTooLarge = (): AppError =>
  appError({
    code: "headers_too_large",
    status: 431,
    message: "The request has more headers, or longer ones, than this server takes.",
  });

export const malformedRequest = (): AppError =>
  appError({ code: "invalid_request", status: 400, message: "This is not a valid HTTP request." });

export const headersTimeout = (): AppError =>
  appError({ code: "request_timeout", status: 408, message: "The request did not arrive in time." });

export const bodyTimeout = (): AppError =>
  appError({ code: "request_timeout", status: 408, message: "The body did not arrive in time." });

export const internalError = (cause: unknown): AppError =>
  appError({
    code: "internal_error",
    status: 500,
    message: "Something went wrong on the server. The request id says which log line tells what.",
    cause,
  });

export const temporarilyUnavailable = (cause: unknown): AppError =>
  appError({
    code: "temporarily_unavailable",
    status: 503,
    message: "The server cannot reach its database at this moment.",
    details: { remedy: "Try again in some seconds.", retry_after_seconds: 5 },
    headers: { "retry-after": "5" },
    cause,
  });

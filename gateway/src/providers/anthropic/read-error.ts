import { GatewayError } from "../../errors.ts";
import { decodeJsonObject, isJsonObject, type JsonObject } from "../../json.ts";
import { type ErrorTerms, providerErrorOf, reportedText, retryAfterSeconds, termsOf } from "../error-terms.ts";
import type { UpstreamHeaders } from "../upstream.ts";
import { lookUp } from "../../look-up.ts";

const statusByType: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The money of the installation's own account with the provider is used up, or bounded: waiting does not help. */
const exhausted: ErrorTerms = {
  status: 503,
  code: "provider_quota_exhausted",
  type: "server_error",
  message: "The installation's account with the provider of this model has reached its spending limit.",
  retryable: false,
};

const isSpendLimit = (error: JsonObject, status: number): boolean => {
  const details = isJsonObject(error["details"]) ? error["details"] : {};
  if (status === 402 || error["type"] === "billing_error") return true;
  if (/spend_limit|billing_unavailable/.test(String(details["error_code"]))) return true;
  // A limit that an administrator has set comes as a fault of the request, which only its words tell apart.
  const message = String(error["message"]);
  return status === 400 && /credit balance is too low|reached your specified API usage limits/i.test(message);
};

const errorOf = (body: JsonObject | undefined, status: number, retryAfter?: number): GatewayError => {
  const error = isJsonObject(body?.["error"]) ? body["error"] : {};
  const message = reportedText(error["message"]);
  if (isSpendLimit(error, status)) return new GatewayError({ ...exhausted, cause: message });
  // Fields are named in the words of the message alone: `messages.0.content: …`.
  const param = message === undefined ? undefined : /^([a-z_]+)(?:[.:]|$)/.exec(message)?.[1];
  return providerErrorOf(termsOf(status), { message, code: undefined, param }, retryAfter);
};

/** An unsuccessful answer of any content type as an error for the client. Text that is not JSON is not passed on. */
export const readError = ({
  status,
  headers,
  body,
}: {
  status: number;
  headers: UpstreamHeaders;
  body: Uint8Array;
}): GatewayError => errorOf(decodeJsonObject(body), status, retryAfterSeconds(headers));

/** An error that came as an event of a stream, or as a body of status 200. */
export const readErrorObject = (body: JsonObject): GatewayError => {
  const error = isJsonObject(body["error"]) ? body["error"] : {};
  return errorOf(body, lookUp(statusByType, String(error["type"])) ?? 500);
};

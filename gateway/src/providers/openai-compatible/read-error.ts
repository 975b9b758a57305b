import { GatewayError, type GatewayErrorType } from "../../errors.ts";
import { decodeJsonObject, isJsonObject, type JsonObject } from "../../json.ts";
import type { UpstreamHeaders } from "../upstream.ts";

const maxMessageLength = 2_000;

interface ReportedError {
  message: string | undefined;
  code: string | undefined;
  param: string | undefined;
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value.slice(0, maxMessageLength) : undefined;

/** Servers of this dialect put an error under `error`, as a text or an object, at the top, or under `detail`. */
const reportedError = (body: JsonObject | undefined): ReportedError => {
  const error = isJsonObject(body?.["error"]) ? body["error"] : body;
  return {
    message: text(error?.["message"]) ?? text(body?.["error"]) ?? text(body?.["detail"]),
    code: text(error?.["code"]),
    param: text(error?.["param"]),
  };
};

interface Terms {
  status: number;
  code: string;
  type: GatewayErrorType;
  message: string;
  retryable: boolean;
}

const providerFault = (status: number, message: string, retryable: boolean): Terms => ({
  status,
  code: "provider_error",
  type: "server_error",
  message,
  retryable,
});

/** What a provider's status means for the client. Never its 401: that speaks of the gateway's key, not the client's. */
const termsOf = (status: number): Terms => {
  switch (status) {
    case 400:
    case 413:
    case 422:
      return {
        status,
        code: "invalid_request",
        type: "invalid_request_error",
        message: `The provider refused the request with status ${status}.`,
        retryable: false,
      };
    case 401:
    case 403:
      return {
        ...providerFault(502, "The provider of this model refused the gateway's credentials.", false),
        code: "provider_rejected_credentials",
      };
    case 408:
    case 504:
      return { ...providerFault(504, "The provider of this model timed out.", false), code: "provider_timeout" };
    case 429:
      return {
        status,
        code: "provider_rate_limited",
        type: "rate_limit_error",
        message: "The provider of this model limits the rate of requests.",
        retryable: true,
      };
    case 503:
    case 529:
      return { ...providerFault(503, "The provider of this model is overloaded.", true), code: "provider_overloaded" };
    default:
      return providerFault(502, `The provider of this model answered with status ${status}.`, status >= 500);
  }
};

const retryAfterSeconds = (headers: UpstreamHeaders): number | undefined => {
  const value = headers["retry-after"] ?? "";
  return /^\d{1,6}$/.test(value) ? Number(value) : undefined;
};

const errorOf = (terms: Terms, reported: ReportedError, retryAfter?: number): GatewayError => {
  // The provider's own words reach the client where the request is at fault; credentials are the operator's affair.
  const isPrivate = terms.code === "provider_rejected_credentials";
  const isClientFault = terms.type === "invalid_request_error";
  return new GatewayError({
    status: terms.status,
    type: terms.type,
    code: isClientFault ? (reported.code ?? terms.code) : terms.code,
    message: isPrivate ? terms.message : (reported.message ?? terms.message),
    param: isClientFault ? reported.param : undefined,
    retryable: terms.retryable,
    retryAfterSeconds: retryAfter,
    cause: reported.message,
  });
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
}): GatewayError => errorOf(termsOf(status), reportedError(decodeJsonObject(body)), retryAfterSeconds(headers));

const statusByType: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  BadRequestError: 400,
  authentication_error: 401,
  permission_error: 403,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  overloaded_error: 503,
};

/** The status that an error would have had outside a stream: its numeric code, or what its type stands for. */
const statusOf = (error: unknown): number => {
  if (!isJsonObject(error)) return 500;
  const code = Number(error["code"] ?? error["status"]);
  if (Number.isInteger(code) && code >= 400 && code < 600) return code;
  return statusByType[text(error["type"]) ?? ""] ?? 500;
};

/** An error that came as an event of a stream, or as a body of status 200. */
export const readErrorObject = (body: JsonObject): GatewayError =>
  errorOf(termsOf(statusOf(body["error"] ?? body)), reportedError(body));

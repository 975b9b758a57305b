import { GatewayError, type GatewayErrorType } from "../errors.ts";
import type { UpstreamHeaders } from "./upstream.ts";

const maxMessageLength = 2_000;

/** What a provider says about an error, in its own words. */
export interface ReportedError {
  message: string | undefined;
  code: string | undefined;
  /** Field of the request that is at fault. */
  param: string | undefined;
}

/** A text of a provider's error, cut to what is shown; undefined when it is none. */
export const reportedText = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value.slice(0, maxMessageLength) : undefined;

/** A provider's own code, where it is one: it stands in records and is compared by programs. */
export const reportedCode = (value: unknown): string | undefined =>
  typeof value === "string" && /^[\w.:-]{1,100}$/.test(value) ? value : undefined;

/** What an error means for the client. */
export interface ErrorTerms {
  status: number;
  code: string;
  type: GatewayErrorType;
  message: string;
  retryable: boolean;
}

const providerFault = (status: number, message: string, retryable: boolean): ErrorTerms => ({
  status,
  code: "provider_error",
  type: "server_error",
  message,
  retryable,
});

/** What a provider's status means for the client. Never its 401: that speaks of the gateway's key, not the client's. */
export const termsOf = (status: number): ErrorTerms => {
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

/** The waiting time of an answer in seconds, by the finer of the two headers; undefined when it names none. */
export const retryAfterSeconds = (headers: UpstreamHeaders): number | undefined => {
  const milliseconds = headers["retry-after-ms"] ?? "";
  if (/^\d{1,9}(\.\d{1,6})?$/.test(milliseconds)) return Number(milliseconds) / 1000;
  const value = headers["retry-after"] ?? "";
  return /^\d{1,6}$/.test(value) ? Number(value) : undefined;
};

/** Names of the operator's account at a provider, and ends of keys: they are on bills and in the log, and nobody else's affair. */
const accountNames = /\b(org-|proj_|sk-|project_number:|projects\/)(?=[\w-]*\d)[\w-]{6,}/g;

const withoutAccount = (message: string | undefined): string | undefined => message?.replaceAll(accountNames, "$1…");

/** A provider's error as the client gets it; its `cause` is what the provider said. */
export const providerErrorOf = (terms: ErrorTerms, reported: ReportedError, retryAfter?: number): GatewayError => {
  // The provider's own words reach the client; credentials are the operator's affair.
  const isPrivate = terms.code === "provider_rejected_credentials";
  const isClientFault = terms.type === "invalid_request_error";
  return new GatewayError({
    status: terms.status,
    type: terms.type,
    code: isClientFault ? (reported.code ?? terms.code) : terms.code,
    message: isPrivate ? terms.message : (withoutAccount(reported.message) ?? terms.message),
    param: isClientFault ? reported.param : undefined,
    retryable: terms.retryable,
    retryAfterSeconds: retryAfter,
    cause: reported.message,
  });
};

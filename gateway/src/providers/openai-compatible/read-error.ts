import type { GatewayError } from "../../errors.ts";
import { decodeJsonObject, isJsonObject, type JsonObject } from "../../json.ts";
import {
  type ErrorTerms,
  providerErrorOf,
  reportedCode,
  reportedText,
  retryAfterSeconds,
  termsOf,
  type ReportedError,
} from "../error-terms.ts";
import type { UpstreamHeaders } from "../upstream.ts";
import { lookUp } from "../../look-up.ts";

/** Servers of this dialect put an error under `error`, as a text or an object, at the top, or under `detail`. */
const reportedError = (body: JsonObject | undefined): ReportedError => {
  const error = isJsonObject(body?.["error"]) ? body["error"] : body;
  return {
    message: reportedText(error?.["message"]) ?? reportedText(body?.["error"]) ?? reportedText(body?.["detail"]),
    code: reportedCode(error?.["code"]),
    param: reportedText(error?.["param"]),
  };
};

/**
 * What a status means, with one exception: OpenAI says 429 also when the money of the gateway's own account is gone, which is
 * no limit of the caller's and does not pass by waiting.
 */
const termsOfReport = (status: number, { code }: ReportedError): ErrorTerms =>
  status === 429 && code === "insufficient_quota"
    ? { ...termsOf(401), message: "The gateway's account at the provider of this model has no credit left." }
    : termsOf(status);

const errorOf = (status: number, body: JsonObject | undefined, retryAfter?: number): GatewayError => {
  const reported = reportedError(body);
  return providerErrorOf(termsOfReport(status, reported), reported, retryAfter);
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
}): GatewayError => errorOf(status, decodeJsonObject(body), retryAfterSeconds(headers));

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
  return lookUp(statusByType, reportedText(error["type"]) ?? "") ?? 500;
};

/** An error that came as an event of a stream, or as a body of status 200. */
export const readErrorObject = (body: JsonObject): GatewayError => errorOf(statusOf(body["error"] ?? body), body);

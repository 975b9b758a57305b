import type { GatewayError } from "../../errors.ts";
import { decodeText, isJsonObject, type JsonObject } from "../../json.ts";
import { providerErrorOf, reportedText, retryAfterSeconds, termsOf } from "../error-terms.ts";
import type { UpstreamHeaders } from "../upstream.ts";
import { lookUp } from "../../look-up.ts";

/** Google's canonical codes, for errors whose number is missing or says less. */
const statusOfCode: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: 400,
  OUT_OF_RANGE: 400,
  // The region or the billing of the account: nothing that the caller could mend.
  FAILED_PRECONDITION: 412,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 500,
  INTERNAL: 500,
  UNKNOWN: 500,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

/** Names in Google's messages, and the field of the caller from which they were made. The longer stands first. */
const callerFields: readonly (readonly [RegExp, string])[] = [
  [/system_?instruction/i, "messages"],
  [/function_?calling_?config|tool_?config/i, "tool_choice"],
  [/function_?declarations|\btools\b/i, "tools"],
  [/response_?(json_?)?schema|response_?mime_?type/i, "response_format"],
  [/thinking_?(config|budget|level)/i, "reasoning_effort"],
  [/max_?output_?tokens/i, "max_tokens"],
  [/stop_?sequences/i, "stop"],
  [/candidate_?count/i, "n"],
  [/presence_?penalty/i, "presence_penalty"],
  [/frequency_?penalty/i, "frequency_penalty"],
  [/temperature/i, "temperature"],
  [/\btop_?p\b/i, "top_p"],
  [/\btop_?k\b/i, "top_k"],
  [/\bseed\b/i, "seed"],
  [/output_?dimensionality/i, "dimensions"],
  [/\bcontents?\b|\bparts\b|function_?(call|response)/i, "messages"],
];

const callerField = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : callerFields.find(([name]) => name.test(text))?.[1];

const objectsOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

const detailOf = (error: JsonObject, type: string): JsonObject | undefined =>
  objectsOf(error["details"]).find((detail) => String(detail["@type"]).endsWith(`google.rpc.${type}`));

/** A duration such as `34.07s`, in whole seconds and never too short. */
const secondsOf = (duration: unknown): number | undefined => {
  const match = typeof duration === "string" ? /^(\d{1,6}(?:\.\d+)?)s$/.exec(duration) : null;
  return match === null ? undefined : Math.ceil(Number(match[1]));
};

const statusOf = (error: JsonObject, httpStatus: number | undefined): number => {
  // A key that is wrong comes as a 400 that only its reason tells from a fault of the request.
  if (String(detailOf(error, "ErrorInfo")?.["reason"]).startsWith("API_KEY_")) return 401;
  const named = lookUp(statusOfCode, String(error["status"]));
  if (named !== undefined) return named;
  const code = Number(error["code"]);
  return httpStatus ?? (Number.isInteger(code) && code >= 400 && code < 600 ? code : 500);
};

const violationOf = (error: JsonObject): string | undefined => {
  const [violation] = objectsOf(detailOf(error, "BadRequest")?.["fieldViolations"]);
  return reportedText(violation?.["field"]);
};

const errorOf = (error: JsonObject, httpStatus: number | undefined, headers: UpstreamHeaders): GatewayError => {
  const message = reportedText(error["message"]);
  const reported = { message, code: undefined, param: callerField(violationOf(error)) ?? callerField(message) };
  const retryAfter = secondsOf(detailOf(error, "RetryInfo")?.["retryDelay"]) ?? retryAfterSeconds(headers);
  return providerErrorOf(termsOf(statusOf(error, httpStatus)), reported, retryAfter);
};

/** The `error` of a body, which Google sometimes puts into an array of one; undefined when there is none. */
export const errorIn = (body: unknown): JsonObject | undefined => {
  const holder: unknown = Array.isArray(body) ? body[0] : body;
  const error = isJsonObject(holder) ? holder["error"] : undefined;
  return isJsonObject(error) ? error : undefined;
};

const parse = (body: Uint8Array): unknown => {
  try {
    return JSON.parse(decodeText(body));
  } catch {
    return undefined;
  }
};

/** An unsuccessful answer of any content type as an error for the client. Text that is not JSON is not passed on. */
export const readError = (args: { status: number; headers: UpstreamHeaders; body: Uint8Array }): GatewayError =>
  errorOf(errorIn(parse(args.body)) ?? {}, args.status, args.headers);

/** An error that came as an event of a stream, or as a body of status 200. */
export const readErrorObject = (error: JsonObject): GatewayError => errorOf(error, undefined, {});

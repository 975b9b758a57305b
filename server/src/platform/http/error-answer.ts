import type { Dialect } from "@llm-tuner/contract/endpoint.ts";
import {
  anthropicErrorBody,
  type AnthropicError,
  type ApiError,
  type OpenAiError,
} from "@llm-tuner/contract/errors.ts";
import { isDatabaseUnreachable } from "../database/postgres-errors.ts";
import { AppError } from "../errors.ts";
import {
  bodyTooLarge,
  internalError,
  invalidRequest,
  notFound,
  temporarilyUnavailable,
  unsupportedMediaType,
} from "./http.errors.ts";

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

const invalidForm = (): AppError =>
  invalidRequest({ message: "The form is damaged, or ended before its last part was complete." });

/** What Fastify and its plugins throw, by code; whatever is not listed is a fault of the server. */
const frameworkErrors: Readonly<Record<string, (error: Error) => AppError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: bodyTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => unsupportedMediaType("application/json"),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    invalidRequest({ message: "The body is shorter or longer than its Content-Length." }),
  FST_ERR_CTP_INVALID_JSON_BODY: (error) => invalidRequest({ message: `The body is not valid JSON: ${error.message}` }),
  FST_ERR_BAD_URL: () => invalidRequest({ message: "The address is not a valid URL." }),
  FST_ERR_MAX_PARAM_LENGTH: notFound,
  FST_INVALID_MULTIPART_CONTENT_TYPE: () => unsupportedMediaType("multipart/form-data"),
  FST_REQ_FILE_TOO_LARGE: bodyTooLarge,
  FST_PARTS_LIMIT: bodyTooLarge,
  FST_FILES_LIMIT: bodyTooLarge,
  FST_FIELDS_LIMIT: bodyTooLarge,
  FST_PROTO_VIOLATION: () => invalidRequest({ message: "A field of the form has a forbidden name." }),
  FST_MP_PREMATURE_CLOSE: invalidForm,
};

// The parser of forms throws plain errors, which only their words tell apart.
const brokenForm = /multipart|Malformed part header|Part terminated early/i;

/** Every error as one that may be shown; an unknown one becomes a 500 that keeps it as its cause, for the log. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const known = frameworkErrors[codeOf(error) ?? ""];
  if (known !== undefined && error instanceof Error) return known(error);
  if (error instanceof Error && brokenForm.test(error.message)) return invalidForm();
  if (isDatabaseUnreachable(error)) return temporarilyUnavailable(error);
  return internalError(error);
}

const openAiTypes: Readonly<Record<number, string>> = {
  403: "permission_error",
  429: "rate_limit_error",
};

/** The body of an error in the dialect of its route. */
export function errorBody(
  error: AppError,
  dialect: Dialect,
  requestId: string,
): ApiError | OpenAiError | AnthropicError {
  const { code, message, details, status } = error;
  if (dialect === "platform") {
    return { error: { code, message, ...(details === undefined ? {} : { details }), request_id: requestId } };
  }
  const param = details?.places?.[0]?.field ?? null;
  if (dialect === "anthropic") return anthropicErrorBody({ status, code, message, param, requestId });
  const type = openAiTypes[status] ?? (status >= 500 ? "server_error" : "invalid_request_error");
  return { error: { message, type, param, code } };
}

import { z } from "zod";

/**
 * Where a fault lies, so that a person can mend it without searching: a line of a file, a column, a field of
 * the request body. `excerpt` is the offending text, shortened to at most 160 characters.
 */
export const ErrorPlace = z.strictObject({
  file: z.string().optional(),
  line: z.int().positive().optional().meta({ description: "1-based line of the uploaded file." }),
  column: z.string().optional(),
  field: z.string().optional().meta({ description: "Path in the request, such as hyperparameters.epochs." }),
  excerpt: z.string().max(200).optional(),
});
export type ErrorPlace = z.infer<typeof ErrorPlace>;

/** Details that an error may carry beside its message. */
export const ErrorDetails = z.strictObject({
  places: z.array(ErrorPlace).max(50).optional(),
  remedy: z.string().optional().meta({ description: "What to do next, in one sentence." }),
  retry_after_seconds: z.number().optional(),
  job_id: z
    .string()
    .optional()
    .meta({ description: "The job that was begun and failed: it can be looked at and retried." }),
  document_id: z.string().optional().meta({ description: "The document of that job." }),
});
export type ErrorDetails = z.infer<typeof ErrorDetails>;

/** The error body of every `/api` route. `code` is stable and made for programs; `message` is made for people. */
export const ApiError = z
  .strictObject({
    error: z.strictObject({
      code: z.string(),
      message: z.string(),
      details: ErrorDetails.optional(),
      request_id: z.string(),
    }),
  })
  .meta({ id: "ApiError" });
export type ApiError = z.infer<typeof ApiError>;

/** The error body of every `/v1` route in the OpenAI dialect: all four keys are always present. */
export const OpenAiError = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .meta({ id: "OpenAiError" });
export type OpenAiError = z.infer<typeof OpenAiError>;

/** The error body of every route in Anthropic's dialect. `details` are the platform's own, in the place that Anthropic has for them. */
export const AnthropicError = z
  .object({
    type: z.literal("error"),
    error: z.object({
      type: z.string(),
      message: z.string(),
      details: z.object({ error_code: z.string(), param: z.string().nullable() }),
    }),
    request_id: z.string(),
  })
  .meta({ id: "AnthropicError" });
export type AnthropicError = z.infer<typeof AnthropicError>;

const anthropicTypes: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};

/** The error body of Anthropic's dialect; its type follows from the status. */
export const anthropicErrorBody = ({
  status,
  code,
  message,
  param,
  requestId,
}: {
  status: number;
  code: string;
  message: string;
  param: string | null;
  requestId: string;
}): AnthropicError => ({
  type: "error",
  error: {
    type: anthropicTypes[status] ?? (status >= 500 ? "api_error" : "invalid_request_error"),
    message,
    details: { error_code: code, param },
  },
  request_id: requestId,
});

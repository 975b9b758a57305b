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

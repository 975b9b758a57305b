import type { OpenAiError } from "@llm-tuner/contract/errors.ts";
import type { GatewayError } from "../errors.ts";
import { encodeText } from "../json.ts";

/** The error body of the OpenAI dialect, all four keys always present. */
export const openAiErrorBody = ({ message, type, param, code }: GatewayError): OpenAiError => ({
  error: { message, type, param, code },
});

/** Headers of an error: whether a retry may help is always said, because the SDKs otherwise guess by the status. */
export const errorHeaders = (error: GatewayError): Record<string, string> => ({
  ...error.headers,
  "x-should-retry": String(error.retryable),
  ...(error.retryAfterSeconds === undefined ? {} : { "retry-after": String(Math.ceil(error.retryAfterSeconds)) }),
});

/** An error within a stream: one event, after which no `[DONE]` follows, so that no client takes it for the end. */
export const openAiErrorEvent = (error: GatewayError): Uint8Array =>
  encodeText(`data: ${JSON.stringify(openAiErrorBody(error))}\n\n`);

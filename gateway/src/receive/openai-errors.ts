import type { OpenAiError } from "@llm-tuner/contract/errors.ts";
import type { GatewayError } from "../errors.ts";
import { encodeText } from "../json.ts";

/** The error body of the OpenAI dialect, all four keys always present. */
export const openAiErrorBody = ({ message, type, param, code }: GatewayError): OpenAiError => ({
  error: { message, type, param, code },
});

/** An error within a stream: one event, after which no `[DONE]` follows, so that no client takes it for the end. */
export const openAiErrorEvent = (error: GatewayError): Uint8Array =>
  encodeText(`data: ${JSON.stringify(openAiErrorBody(error))}\n\n`);

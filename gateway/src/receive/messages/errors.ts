import { anthropicErrorBody } from "@llm-tuner/contract/errors.ts";
import type { GatewayError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";

/** The status of an error: an overloaded provider has one of its own in this dialect. */
export const anthropicStatus = ({ status, code }: GatewayError): number =>
  code === "provider_overloaded" ? 529 : status;

/** The error body of the Messages API. */
export const anthropicError = (error: GatewayError, requestId: string) => {
  const { code, message, param } = error;
  return anthropicErrorBody({ status: anthropicStatus(error), code, message, param, requestId });
};

/** An event of a stream, whose type stands in its data too. */
export const serverEvent = (type: string, data: JsonObject): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

/** An error within a stream. It is the last event: no `message_stop` follows. */
export const anthropicErrorEvent = (error: GatewayError, requestId: string): string => {
  const { type, ...body } = anthropicError(error, requestId);
  return serverEvent(type, body);
};

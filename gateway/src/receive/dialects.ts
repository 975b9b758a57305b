import type { GatewayError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { Dialect, Endpoint } from "./call.ts";
import { chatCompletionsDialect } from "./chat-completions/dialect.ts";
import { completionsDialect } from "./completions/dialect.ts";
import type { GatewayRequest } from "./exchange.ts";
import type { GenerationDialect } from "./generation-dialect.ts";
import { responsesDialect } from "./responses/dialect.ts";
import { messages } from "./messages/dialect.ts";
import { anthropicError, anthropicStatus } from "./messages/errors.ts";
import { openAiErrorBody } from "./openai-errors.ts";

/** The dialects of generated answers that have a neutral form; the others reach only providers that speak them. */
export const generationDialects: Readonly<Partial<Record<Endpoint, GenerationDialect>>> = {
  "chat/completions": chatCompletionsDialect,
  completions: completionsDialect,
  messages,
  responses: responsesDialect,
};

const errorBodies: Readonly<Record<Dialect, (error: GatewayError, requestId: string) => JsonObject>> = {
  openai: (error) => ({ ...openAiErrorBody(error) }),
  anthropic: (error, requestId) => ({ ...anthropicError(error, requestId) }),
};

/** The body of an error in the caller's own words. */
export const errorBody = (dialect: Dialect, error: GatewayError, requestId: string): JsonObject =>
  errorBodies[dialect](error, requestId);

/** The status of an error as the caller's SDK knows it. */
export const errorStatus = (dialect: Dialect, error: GatewayError): number =>
  dialect === "anthropic" ? anthropicStatus(error) : error.status;

/**
 * Whose words a request is answered in: by its path, also where no operation of that path exists. Where both dialects have
 * an operation, by the header that Anthropic's clients send.
 */
export const dialectOfRequest = ({ url, header }: Pick<GatewayRequest, "url" | "header">): Dialect => {
  if (url.startsWith("/v1/messages")) return "anthropic";
  return url.startsWith("/v1/models") && header("anthropic-version") !== undefined ? "anthropic" : "openai";
};

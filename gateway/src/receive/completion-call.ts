import { ChatCompletionRequest, CompletionRequest } from "@llm-tuner/contract/ecosystem.ts";
import type { z } from "zod";
import { invalidRequest, type GatewayError } from "../errors.ts";
import { encodeJson, type JsonObject } from "../json.ts";
import { estimateChatTokens, estimatePromptTokens } from "../meter/estimate.ts";
import type { CallerBounds } from "../ports.ts";
import { applyLocks } from "./locked-parameters.ts";
import { parseRequestBody } from "./request-body.ts";
import type { CompletionEndpoint } from "./routes.ts";

/** A request for a generated answer: what the gateway needs of it, and the whole of it. */
export interface CompletionCall {
  endpoint: CompletionEndpoint;
  model: string;
  stream: boolean;
  /** Whether the client asked for the usage of a stream. */
  includeUsage: boolean;
  estimatedInputTokens: number;
  /** Over all choices and prompts; null when the caller set no bound. */
  maxOutputTokens: number | null;
  /** How many answers are generated: choices times prompts. */
  answers: number;
  /** The parsed body, unknown fields included. */
  body: JsonObject;
  /** The body as it was sent, or written anew where the caller is bound. */
  bytes: Uint8Array;
}

/** `["messages", 0, "role"]` as `messages[0].role`, which is how OpenAI names a field. */
const fieldName = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name === "" ? String(key) : `${name}.${String(key)}`;
  }, "");

const schemaError = (error: z.ZodError): GatewayError => {
  const [issue] = error.issues;
  const field = fieldName(issue?.path ?? []);
  return invalidRequest(`Invalid \`${field}\`: ${issue?.message ?? "not valid"}.`, { param: field });
};

const positiveInteger = (value: unknown): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 1;

/** The answers that may be generated, and the bound on one of them times their number. */
const outputOf = (perAnswer: number | null | undefined, body: JsonObject, prompts: number) => {
  const answers = prompts * Math.max(positiveInteger(body["n"]), positiveInteger(body["best_of"]));
  return { answers, maxOutputTokens: perAnswer === null || perAnswer === undefined ? null : perAnswer * answers };
};

const promptCount = (prompt: CompletionRequest["prompt"]): number => {
  if (typeof prompt === "string") return 1;
  const [first] = prompt;
  return typeof first === "number" ? 1 : Math.max(1, prompt.length);
};

type CallFields = Omit<CompletionCall, "endpoint" | "body" | "bytes">;

const readChat = (body: JsonObject): CallFields => {
  const parsed = ChatCompletionRequest.safeParse(body);
  if (!parsed.success) throw schemaError(parsed.error);
  const { model, messages, stream, stream_options, max_tokens, max_completion_tokens } = parsed.data;
  return {
    model,
    stream: stream ?? false,
    includeUsage: stream_options?.include_usage ?? false,
    estimatedInputTokens: estimateChatTokens(messages, body["tools"]),
    ...outputOf(max_completion_tokens ?? max_tokens, body, 1),
  };
};

const readCompletion = (body: JsonObject): CallFields => {
  const parsed = CompletionRequest.safeParse(body);
  if (!parsed.success) throw schemaError(parsed.error);
  const { model, prompt, stream, stream_options, max_tokens } = parsed.data;
  return {
    model,
    stream: stream ?? false,
    includeUsage: stream_options?.include_usage ?? false,
    estimatedInputTokens: estimatePromptTokens(prompt),
    ...outputOf(max_tokens, body, promptCount(prompt)),
  };
};

/**
 * Reads a request body of the OpenAI dialect, with the caller's locked parameters put into it. Only the fields that the
 * gateway acts on are checked; the provider checks the rest. Throws a 400 with the field at fault.
 */
export const parseCompletionCall = ({
  endpoint,
  bytes,
  maxDepth,
  bounds,
}: {
  endpoint: CompletionEndpoint;
  bytes: Uint8Array;
  maxDepth: number;
  bounds: CallerBounds;
}): CompletionCall => {
  const { locked, allowedModels, spend } = bounds;
  const sent = parseRequestBody(bytes, maxDepth);
  const body = locked === null ? sent : applyLocks(sent, { endpoint, locked });
  const fields = endpoint === "chat/completions" ? readChat(body) : readCompletion(body);
  // Of a field that is named twice the provider may see the one that was not checked.
  const isBound = locked !== null || allowedModels !== null || spend.some(({ limitNanoUsd }) => limitNanoUsd !== null);
  return { ...fields, endpoint, body, bytes: isBound ? encodeJson(body) : bytes };
};

/** The call with a bound on its output, where it has none of its own. */
export const withOutputBound = (call: CompletionCall, maxOutputTokens: number | undefined): CompletionCall => {
  if (maxOutputTokens === undefined || call.maxOutputTokens !== null) return call;
  const perAnswer = Math.max(1, Math.floor(maxOutputTokens / call.answers));
  const body = { ...call.body, max_tokens: perAnswer };
  return { ...call, body, bytes: encodeJson(body), maxOutputTokens: perAnswer * call.answers };
};

import { ChatCompletionRequest, CompletionRequest } from "@llm-tuner/contract/ecosystem.ts";
import type { JsonObject } from "../../json.ts";
import { estimateChatTokens, estimatePromptTokens } from "../../meter/estimate.ts";
import { type CallFields, noPieces } from "../call.ts";
import { schemaError } from "../schema-error.ts";

/** Some servers take numbers that are written as texts. */
const positiveInteger = (value: unknown): number => {
  const count = Number(value);
  return Number.isSafeInteger(count) && count > 0 ? count : 1;
};

/** The answers that may be generated, and the bound on one of them times their number. */
const outputOf = (perAnswer: number | null | undefined, body: JsonObject, prompts: number) => {
  const answers = prompts * Math.max(positiveInteger(body["n"]), positiveInteger(body["best_of"]));
  return { answers, maxOutputTokens: perAnswer === null || perAnswer === undefined ? null : perAnswer * answers };
};

/** Of two names for one bound a server may know either, so that the larger value is what may be generated. */
const largest = (first: number | null | undefined, second: number | null | undefined): number | null => {
  const bounds = [first, second].filter((bound) => bound !== null && bound !== undefined);
  return bounds.length === 0 ? null : Math.max(...bounds);
};

const promptCount = (prompt: CompletionRequest["prompt"]): number => {
  if (typeof prompt === "string") return 1;
  const [first] = prompt;
  return typeof first === "number" ? 1 : Math.max(1, prompt.length);
};

/** What the gateway acts on in a chat completion request. Throws a 400 with the field at fault. */
export const readChatFields = (body: JsonObject): CallFields => {
  const parsed = ChatCompletionRequest.safeParse(body);
  if (!parsed.success) throw schemaError(parsed.error);
  const { model, messages, stream, stream_options, max_tokens, max_completion_tokens } = parsed.data;
  return {
    model,
    stream: stream ?? false,
    includeUsage: stream_options?.include_usage ?? false,
    outputField: "max_tokens",
    pieces: noPieces,
    estimatedInputTokens: estimateChatTokens(messages, body["tools"]),
    ...outputOf(largest(max_completion_tokens, max_tokens), body, 1),
  };
};

/** The same of a completion request. */
export const readCompletionFields = (body: JsonObject): CallFields => {
  const parsed = CompletionRequest.safeParse(body);
  if (!parsed.success) throw schemaError(parsed.error);
  const { model, prompt, stream, stream_options, max_tokens } = parsed.data;
  return {
    model,
    stream: stream ?? false,
    includeUsage: stream_options?.include_usage ?? false,
    outputField: "max_tokens",
    pieces: noPieces,
    estimatedInputTokens: estimatePromptTokens(prompt),
    ...outputOf(max_tokens, body, promptCount(prompt)),
  };
};

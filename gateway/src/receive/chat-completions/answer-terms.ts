import type { FinishReason } from "../../conversation/answer.ts";
import type { JsonObject } from "../../json.ts";
import type { AnswerFrame } from "../generation-dialect.ts";

const finishReasons: Readonly<Record<FinishReason, string>> = {
  stop: "stop",
  "stop-sequence": "stop",
  length: "length",
  "context-window": "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
  refusal: "content_filter",
  // The answer is not whole, and this is the only word for that.
  pause: "length",
};

export const writeFinishReason = (reason: FinishReason): string => finishReasons[reason];

/** An id of the dialect, from that of the request, which is unique and can be looked up. */
export const answerId = (prefix: "chatcmpl" | "cmpl", requestId: string): string =>
  `${prefix}-${requestId.slice(requestId.indexOf("_") + 1)}`;

/** What every answer and every chunk begins with; the model is named as the caller named it. */
export const answerFrame = (
  { call, requestId, createdAt }: AnswerFrame,
  prefix: "chatcmpl" | "cmpl",
  object: string,
): JsonObject => ({
  id: answerId(prefix, requestId),
  object,
  created: Math.floor(createdAt.getTime() / 1000),
  model: call.model,
});

/** Arguments of a call without any are an empty object, so that every client can parse them. */
export const argumentsOrEmpty = (text: string): string => (text === "" ? "{}" : text);

/** OpenAI has no word for pictures in a chat; this is how OpenRouter and the SDKs around it put them. */
export const writeImage = (mediaType: string, data: string, index: number): JsonObject => ({
  index,
  type: "image_url",
  image_url: { url: `data:${mediaType};base64,${data}` },
});

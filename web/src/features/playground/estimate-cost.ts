import type { ChatRequest } from "./chat-request.ts";
import type { ModelChoice } from "../../ui/model-choices.ts";

/** Letters of a Latin text in one token, a little fewer than usual; a sign of Chinese or Japanese counts as one. */
const lettersPerToken = 3.5;
const wideSign = /[\u3000-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF]/gu;
/** What providers commonly count for a picture of usual size. */
const tokensPerPicture = 1500;

const tokensIn = (text: string): number => {
  const wide = text.match(wideSign)?.length ?? 0;
  return wide + (text.length - wide) / lettersPerToken;
};

const inputTokens = ({ messages }: ChatRequest): number =>
  Math.ceil(
    messages
      .flatMap(({ content }) => (typeof content === "string" ? [{ type: "text" as const, text: content }] : content))
      .reduce((sum, part) => sum + (part.type === "text" ? tokensIn(part.text) : tokensPerPicture), 0),
  );

/** About the most that an answer can cost, in nano-USD; null when the model has no price or writes without a bound. */
export const estimateNanoUsd = (request: ChatRequest, model: ModelChoice): number | null => {
  const { inputPrice, outputPrice, maxOutputTokens } = model;
  const most = Math.min(request.max_completion_tokens ?? Infinity, maxOutputTokens ?? Infinity);
  if (inputPrice === null || outputPrice === null || !Number.isFinite(most)) return null;
  // One dollar for a million tokens is a thousand nano-dollars for one.
  return Math.round((inputTokens(request) * inputPrice + most * outputPrice) * 1000);
};

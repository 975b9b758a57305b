import type { ChatCompletionRequest, CompletionRequest } from "@llm-tuner/contract/ecosystem.ts";

// Rules of thumb of the field: four characters of English per token, a few tokens of frame per message, and about a
// thousand for an image. They size holds and limits, and bills only where a provider reports no count at all.
const charactersPerToken = 4;
const tokensPerMessage = 4;
const tokensPerOtherPart = 1000;

export const estimateTextTokens = (characters: number): number => Math.ceil(characters / charactersPerToken);

type Content = ChatCompletionRequest["messages"][number]["content"];

const contentTokens = (content: Content): number => {
  if (content === null || content === undefined) return 0;
  if (typeof content === "string") return estimateTextTokens(content.length);
  let tokens = 0;
  for (const part of content) {
    const text = part["text"];
    tokens += typeof text === "string" ? estimateTextTokens(text.length) : tokensPerOtherPart;
  }
  return tokens;
};

/** Tokens of a chat request: its messages and the descriptions of its tools. */
export const estimateChatTokens = (messages: ChatCompletionRequest["messages"], tools: unknown): number => {
  let tokens = tools === undefined || tools === null ? 0 : estimateTextTokens(JSON.stringify(tools).length);
  for (const message of messages) tokens += tokensPerMessage + contentTokens(message.content);
  return tokens;
};

/** Tokens of a completion request, whose prompt is text, token ids, or several of either. */
export const estimatePromptTokens = (prompt: CompletionRequest["prompt"]): number => {
  if (typeof prompt === "string") return estimateTextTokens(prompt.length);
  let tokens = 0;
  for (const part of prompt) {
    if (typeof part === "number") tokens += 1;
    else tokens += typeof part === "string" ? estimateTextTokens(part.length) : part.length;
  }
  return tokens;
};

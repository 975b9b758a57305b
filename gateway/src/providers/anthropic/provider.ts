import type { Provider } from "../provider.ts";
import { buildRequest } from "./build-request.ts";
import { passCountThrough, passMessagesThrough } from "./pass-through.ts";
import { readAnswer } from "./read-answer.ts";
import { readError } from "./read-error.ts";
import { MessageStreamReader } from "./read-stream.ts";

/** Anthropic, and servers that speak its Messages API under `/v1`. */
export const anthropic: Provider = {
  adapter: "anthropic",
  operations: { messages: passMessagesThrough, "messages/count_tokens": passCountThrough },
  generation: {
    // It fetches what lies behind https itself.
    inlinesMedia: (url) => !url.startsWith("https:"),
    buildRequest,
    readAnswer: (body) => readAnswer(body),
    streamReader: ({ maxEventBytes }) => new MessageStreamReader(maxEventBytes),
  },
  readError,
};

import type { GenerationDialect } from "../generation-dialect.ts";
import { readChatRequest } from "./read-request.ts";
import { ChatStreamWriter } from "./stream-writer.ts";
import { writeChatAnswer } from "./write-answer.ts";

/** OpenAI's chat completions. */
export const chatCompletionsDialect: GenerationDialect = {
  readRequest: readChatRequest,
  writeAnswer: writeChatAnswer,
  streamWriter: (frame, notes) => new ChatStreamWriter(frame, notes),
};

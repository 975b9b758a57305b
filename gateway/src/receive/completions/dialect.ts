import type { GenerationDialect } from "../generation-dialect.ts";
import { readCompletionRequest } from "./read-request.ts";
import { CompletionStreamWriter } from "./stream-writer.ts";
import { writeCompletionAnswer } from "./write-answer.ts";

/** OpenAI's completions of a text, the predecessor of its chat. */
export const completionsDialect: GenerationDialect = {
  readRequest: readCompletionRequest,
  writeAnswer: writeCompletionAnswer,
  streamWriter: (frame, notes) => new CompletionStreamWriter(frame, notes),
};

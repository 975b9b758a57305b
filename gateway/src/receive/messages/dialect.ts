import type { GenerationDialect } from "../generation-dialect.ts";
import { readRequest } from "./read-request.ts";
import { MessageStreamWriter } from "./stream-writer.ts";
import { messageId, writeBlock, writeFrame, writeStop } from "./write-parts.ts";

/** Anthropic's Messages API. */
export const messages: GenerationDialect = {
  readRequest,
  writeAnswer({ call, requestId }, answer, usage, notes) {
    const [choice] = answer.choices;
    const blocks = choice?.blocks ?? [];
    if (blocks.some(({ type }) => type === "image")) {
      notes.lost("content", "pictures have no place in the answers of the Messages API");
    }
    return {
      ...writeFrame({ id: messageId(requestId), model: call.model, usage: usage.counts }),
      content: blocks.map(writeBlock).filter((block) => block !== undefined),
      ...writeStop(choice ?? { finish: "stop" }),
    };
  },
  streamWriter: (frame, notes) => new MessageStreamWriter(frame, notes),
};

import type { GenerationDialect } from "../generation-dialect.ts";
import { readRequest } from "./read-request.ts";
import { ResponseStreamWriter } from "./stream-writer.ts";
import { endOf, itemIdOf, itemOf, responseObject, usageObject } from "./write-items.ts";

/** OpenAI's Responses as a dialect of the neutral form: the part of it that needs no state at the provider. */
export const responsesDialect: GenerationDialect = {
  readRequest,
  writeAnswer(frame, { choices }, usage) {
    const [choice] = choices;
    const { status, details } = endOf(choice?.finish ?? "stop");
    const output = (choice?.blocks ?? []).map((block, index) =>
      itemOf(block, itemIdOf(frame, block, index), "completed"),
    );
    return responseObject(frame, { status, details, output, usage: usageObject(usage.counts) });
  },
  streamWriter: (frame) => new ResponseStreamWriter(frame),
};

import { unsupportedParameter } from "../../conversation/notes.ts";
import type { GenerationRequest } from "../../conversation/request.ts";
import { BodyFields, isAbsent } from "../body-fields.ts";
import type { Call } from "../call.ts";
import { readChoices, readEndUser, readSampling, unmappedOf } from "../chat-completions/read-options.ts";

const mapped = new Set(
  "model prompt stream stream_options temperature top_p top_k n stop seed max_tokens presence_penalty frequency_penalty logprobs user safety_identifier suffix echo best_of".split(
    " ",
  ),
);

/** A prompt is one turn of a conversation; what no conversation can say is refused. */
const readPrompt = ({ value: { prompt } }: BodyFields): string => {
  const prompts: unknown[] = Array.isArray(prompt) ? prompt : [prompt];
  const [first] = prompts;
  if (prompts.length === 1 && typeof first === "string") return first;
  const why = prompts.every((entry) => typeof entry === "string") ? "one prompt at a time" : "text, and no token ids";
  throw unsupportedParameter("prompt", `it takes ${why}`);
};

const refuseContinuations = (body: BodyFields): void => {
  if (body.optionalBoolean("echo") === true) throw unsupportedParameter("echo", "answers begin after the prompt");
  if (!isAbsent(body.value["suffix"]) && body.value["suffix"] !== "") {
    throw unsupportedParameter("suffix", "answers end as they end");
  }
  if ((body.optionalCount("best_of") ?? 1) > 1) throw unsupportedParameter("best_of", "answers cannot be compared");
};

/** A completion request in the neutral form: its prompt is what a user says. Throws a 400 with the field at fault. */
export const readCompletionRequest = ({ body: sent }: Call): GenerationRequest => {
  const body = new BodyFields(sent);
  refuseContinuations(body);
  return {
    turns: [{ role: "user", parts: [{ type: "text", text: readPrompt(body) }] }],
    tools: [],
    toolChoice: undefined,
    parallelToolCalls: undefined,
    output: { type: "text" },
    reasoning: undefined,
    sampling: readSampling(body, body.optionalCount("logprobs")),
    maxOutputTokens: body.optionalCount("max_tokens"),
    choices: readChoices(body),
    endUser: readEndUser(body),
    unmapped: unmappedOf(body, mapped),
  };
};

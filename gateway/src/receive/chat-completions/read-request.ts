import type { GenerationRequest } from "../../conversation/request.ts";
import { BodyFields } from "../body-fields.ts";
import type { Call } from "../call.ts";
import { readMessages } from "./read-messages.ts";
import {
  readChoices,
  readEndUser,
  readOutput,
  readReasoningWish,
  readSampling,
  refuseHosted,
  unmappedOf,
} from "./read-options.ts";
import { readTools } from "./read-tools.ts";

const mapped = new Set(
  "model messages stream stream_options temperature top_p top_k n stop seed max_tokens max_completion_tokens presence_penalty frequency_penalty logprobs top_logprobs response_format tools tool_choice parallel_tool_calls functions function_call reasoning_effort user safety_identifier audio".split(
    " ",
  ),
);

const topLogprobs = (body: BodyFields): number | undefined =>
  body.optionalBoolean("logprobs") === true ? (body.optionalCount("top_logprobs") ?? 0) : undefined;

/** A chat completion request in the neutral form. Throws a 400 with the field at fault. */
export const readChatRequest = ({ body: sent }: Call): GenerationRequest => {
  const body = new BodyFields(sent);
  refuseHosted(body);
  const { turns, unmapped } = readMessages(body.objects("messages"));
  return {
    turns,
    ...readTools(body),
    output: readOutput(body),
    reasoning: readReasoningWish(body),
    sampling: readSampling(body, topLogprobs(body)),
    maxOutputTokens: body.optionalCount("max_completion_tokens") ?? body.optionalCount("max_tokens"),
    choices: readChoices(body),
    endUser: readEndUser(body),
    unmapped: [...unmapped, ...unmappedOf(body, mapped)],
  };
};

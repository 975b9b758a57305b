import { ResponseRequest } from "@llm-tuner/contract/responses.ts";
import { invalidRequest } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { estimateTextTokens } from "../../meter/estimate.ts";
import { type CallFields, noPieces } from "../call.ts";
import { schemaError } from "../schema-error.ts";

// Frames of a message and of media, as for the other dialects.
const tokensPerItem = 4;
const tokensPerMedia = 1000;
const textFields = ["content", "text", "output", "arguments", "refusal"] as const;

/** Tokens of input items or their parts, by the length of their texts. */
const estimateItems = (items: readonly unknown[]): number => {
  let tokens = 0;
  for (const item of items) {
    if (!isJsonObject(item)) continue;
    tokens += tokensPerItem;
    const type = item["type"];
    if (type === "input_image" || type === "input_file" || type === "input_audio") tokens += tokensPerMedia;
    for (const field of textFields) {
      const value = item[field];
      if (typeof value === "string") tokens += estimateTextTokens(value.length);
      else if (Array.isArray(value)) tokens += estimateItems(value);
    }
  }
  return tokens;
};

const estimate = ({ input, instructions, tools }: ResponseRequest): number =>
  estimateTextTokens((instructions ?? "").length) +
  (typeof input === "string" ? tokensPerItem + estimateTextTokens(input.length) : estimateItems(input)) +
  (tools === undefined || tools === null ? 0 : estimateTextTokens(JSON.stringify(tools).length));

/** Parts of the API that need a server which keeps the state, beyond what the gateway keeps itself. */
const refuseStateful = (body: JsonObject): void => {
  if (body["background"] === true) {
    throw invalidRequest("`background` is not possible here; ask for a stream instead.", { param: "background" });
  }
  const { conversation } = body;
  if (conversation !== undefined && conversation !== null) {
    throw invalidRequest("`conversation` is not possible here; use `store` and `previous_response_id`.", {
      param: "conversation",
    });
  }
};

/** What the gateway acts on in a request of the Responses dialect. Throws a 400 with the field at fault. */
export const readResponseFields = (body: JsonObject): CallFields => {
  const parsed = ResponseRequest.safeParse(body);
  if (!parsed.success) throw schemaError(parsed.error);
  refuseStateful(body);
  const { model, stream, max_output_tokens } = parsed.data;
  return {
    model,
    stream: stream ?? false,
    includeUsage: true,
    estimatedInputTokens: estimate(parsed.data),
    maxOutputTokens: max_output_tokens ?? null,
    outputField: "max_output_tokens",
    answers: 1,
    pieces: noPieces,
  };
};

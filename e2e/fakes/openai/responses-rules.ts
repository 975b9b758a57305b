import { isGiven, objectOr, objectsOr, textOr, type JsonObject } from "../json.ts";
import { ProviderError } from "../reply.ts";
import { digest } from "../seeded.ts";
import { checkStrictSchema } from "./chat-rules.ts";
import { invalid } from "./errors.ts";
import { isReasoningModel } from "./models.ts";
import type { OpenAiState } from "./state.ts";

export const encryptedReasoning = (id: string): string =>
  Buffer.from(`fake:${digest(`reasoning ${id}`)}`).toString("base64");

const idsOf = (items: readonly JsonObject[], type: string): string[] =>
  items.filter((item) => item["type"] === type).map((item) => textOr(item["call_id"]));

const checkCalls = (items: readonly JsonObject[]): void => {
  const [calls, outputs] = [idsOf(items, "function_call"), idsOf(items, "function_call_output")];
  const orphan = outputs.find((id) => !calls.includes(id));
  if (orphan !== undefined)
    throw invalid(`No tool call found for function call output with call_id ${orphan}.`, "input");
  const open = calls.find((id) => !outputs.includes(id));
  if (open !== undefined) throw invalid(`No tool output found for function call ${open}.`, "input");
};

const checkReasoningItem = (item: JsonObject, next: JsonObject | undefined, { reasoning }: OpenAiState): void => {
  const id = textOr(item["id"]);
  const { encrypted_content } = item;
  if (isGiven(encrypted_content)) {
    if (encrypted_content !== encryptedReasoning(id)) {
      throw invalid(
        `The encrypted content for item ${id} could not be verified.`,
        "input",
        "invalid_encrypted_content",
      );
    }
  } else if (reasoning.get(id)?.isStored !== true) {
    const why =
      "Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.";
    throw new ProviderError(404, `Item with id '${id}' not found. ${why}`, {
      type: "invalid_request_error",
      param: "input",
    });
  }
  if (next === undefined || next["type"] === "reasoning" || next["role"] === "user") {
    throw invalid(`Item '${id}' of type 'reasoning' was provided without its required following item.`, "input");
  }
};

/** Reasoning comes back together with what followed it, and the other way round. */
const checkReasoning = (items: readonly JsonObject[], state: OpenAiState): void => {
  for (const [at, item] of items.entries()) {
    if (item["type"] === "reasoning") checkReasoningItem(item, items[at + 1], state);
    const needed = [...state.reasoning].find(([, { nextId }]) => nextId !== undefined && nextId === item["id"])?.[0];
    if (needed === undefined || items[at - 1]?.["id"] === needed) continue;
    const why = `was provided without its required 'reasoning' item: '${needed}'.`;
    throw invalid(`Item '${textOr(item["id"])}' of type '${textOr(item["type"])}' ${why}`, "input");
  }
};

const checkModelRules = (body: JsonObject, model: string): void => {
  const { effort, summary } = objectOr(body["reasoning"]);
  if (!isReasoningModel(model)) {
    if (!isGiven(effort) && !isGiven(summary)) return;
    const param = isGiven(effort) ? "reasoning.effort" : "reasoning.summary";
    throw invalid(
      `Unsupported parameter: '${param}' is not supported with this model.`,
      param,
      "unsupported_parameter",
    );
  }
  if (effort === "none") return;
  for (const name of ["temperature", "top_p", "top_logprobs"]) {
    if (!isGiven(body[name]) || body[name] === 1) continue;
    throw invalid(`Unsupported parameter: '${name}' is not supported with this model.`, name, "unsupported_parameter");
  }
};

/** Rules that hold between fields; each field alone was checked before. `items` is all that the model reads. */
export const checkResponseRules = (
  body: JsonObject,
  items: readonly JsonObject[],
  model: string,
  state: OpenAiState,
): void => {
  checkModelRules(body, model);
  if (items.length === 0) throw invalid("Missing required parameter: 'input'.", "input", "missing_required_parameter");
  if (isGiven(body["stream_options"]) && body["stream"] !== true) {
    throw invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  }
  if (isGiven(body["conversation"]) && isGiven(body["previous_response_id"])) {
    throw invalid("'previous_response_id' and 'conversation' cannot both be set.", "previous_response_id");
  }
  for (const { name, parameters, strict, type } of objectsOr(body["tools"])) {
    if (type === "function" && strict === true)
      checkStrictSchema(parameters, { what: `function '${textOr(name)}'`, param: "tools" });
  }
  const { name, schema, strict } = objectOr(objectOr(body["text"])["format"]);
  if (strict === true)
    checkStrictSchema(schema, { what: `response_format '${textOr(name)}'`, param: "text.format.schema" });
  checkCalls(items);
  checkReasoning(items, state);
};

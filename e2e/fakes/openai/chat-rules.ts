import { listOr, objectOr, objectsOr, textOr, type JsonObject, isGiven } from "../json.ts";
import { invalid } from "./errors.ts";
import { isReasoningModel } from "./models.ts";

const idsOf = (message: JsonObject): string[] => objectsOr(message["tool_calls"]).map(({ id }) => textOr(id));

/** Each call is answered right after the message that holds it, and nothing else is. */
const checkToolMessages = (messages: readonly JsonObject[]): void => {
  const end: JsonObject = {};
  let open: string[] = [];
  for (const [at, message] of [...messages, end].entries()) {
    if (message["role"] === "tool") {
      const id = textOr(message["tool_call_id"]);
      if (!open.includes(id)) {
        const why = "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
        throw invalid(`Invalid parameter: ${why}`, `messages.[${at}].role`);
      }
      open = open.filter((one) => one !== id);
      continue;
    }
    if (open.length > 0) {
      const why =
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.";
      throw invalid(
        `${why} The following tool_call_ids did not have response messages: ${open.join(", ")}`,
        `messages.[${at}].role`,
      );
    }
    open = idsOf(message);
  }
};

const checkReasoningModel = (body: JsonObject, model: string): void => {
  if (!isReasoningModel(model)) {
    if (!isGiven(body["reasoning_effort"])) return;
    throw invalid("Unrecognized request argument supplied: reasoning_effort");
  }
  if (isGiven(body["max_tokens"])) {
    const why =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    throw invalid(why, "max_tokens", "unsupported_parameter");
  }
  // A model that is told not to think takes what the others take.
  if (body["reasoning_effort"] === "none") return;
  for (const name of ["stop", "logit_bias", "logprobs", "top_logprobs"]) {
    if (!isGiven(body[name]) || body[name] === false) continue;
    throw invalid(`Unsupported parameter: '${name}' is not supported with this model.`, name, "unsupported_parameter");
  }
  for (const [name, usual] of [
    ["temperature", 1],
    ["top_p", 1],
    ["presence_penalty", 0],
    ["frequency_penalty", 0],
  ] as const) {
    if (!isGiven(body[name]) || body[name] === usual) continue;
    const why = `'${name}' does not support ${JSON.stringify(body[name])} with this model. Only the default (${usual}) value is supported.`;
    throw invalid(`Unsupported value: ${why}`, name, "unsupported_value");
  }
};

/** The rules of strict schemas: every object closed, every property required. */
export const checkStrictSchema = (
  schema: unknown,
  where: { what: string; param: string },
  context: string[] = [],
): void => {
  const { properties, required, additionalProperties, items, anyOf, $defs } = objectOr(schema);
  const refuse = (why: string): never => {
    const place = `In context=(${context.map((step) => `'${step}'`).join(", ")}), ${why}`;
    throw invalid(
      `Invalid schema for ${where.what}: ${place}`,
      where.param,
      where.param === "tools" ? "invalid_function_parameters" : undefined,
    );
  };
  if (properties !== undefined || objectOr(schema)["type"] === "object") {
    if (additionalProperties !== false) refuse("'additionalProperties' is required to be supplied and to be false.");
    const missing = Object.keys(objectOr(properties)).find((name) => !listOr(required).includes(name));
    if (missing !== undefined) {
      refuse(
        `'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`,
      );
    }
    for (const [name, one] of Object.entries(objectOr(properties))) {
      checkStrictSchema(one, where, [...context, "properties", name]);
    }
  }
  if (items !== undefined) checkStrictSchema(items, where, [...context, "items"]);
  for (const [at, one] of listOr(anyOf).entries()) checkStrictSchema(one, where, [...context, "anyOf", String(at)]);
  for (const [name, one] of Object.entries(objectOr($defs))) checkStrictSchema(one, where, [...context, "$defs", name]);
};

const checkSchemas = (body: JsonObject): void => {
  for (const tool of objectsOr(body["tools"])) {
    const { name, parameters, strict } = objectOr(tool["function"]);
    if (strict === true) checkStrictSchema(parameters, { what: `function '${textOr(name)}'`, param: "tools" });
  }
  const format = objectOr(body["response_format"]);
  const { name, schema, strict } = objectOr(format["json_schema"]);
  if (strict === true)
    checkStrictSchema(schema, { what: `response_format '${textOr(name)}'`, param: "response_format" });
  if (format["type"] === "json_object" && !/json/i.test(JSON.stringify(body["messages"]))) {
    const why = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
    throw invalid(why, "messages");
  }
};

/** Rules that hold between fields; each field alone was checked before. */
export const checkChatRules = (body: JsonObject, model: string): void => {
  checkReasoningModel(body, model);
  if (isGiven(body["stream_options"]) && body["stream"] !== true) {
    throw invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  }
  if (isGiven(body["max_tokens"]) && isGiven(body["max_completion_tokens"])) {
    throw invalid("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.", "max_tokens");
  }
  for (const name of ["tool_choice", "parallel_tool_calls"]) {
    if (body[name] === undefined || body["tools"] !== undefined) continue;
    throw invalid(`Invalid value for '${name}': '${name}' is only allowed when 'tools' are specified.`, name);
  }
  if (isGiven(body["top_logprobs"]) && body["logprobs"] !== true) {
    throw invalid("'logprobs' must be true when 'top_logprobs' is set.", "top_logprobs");
  }
  if (listOr(body["modalities"]).includes("audio") !== isGiven(body["audio"])) {
    throw invalid("'audio' is required, and allowed, only when 'modalities' includes 'audio'.", "audio");
  }
  checkToolMessages(objectsOr(body["messages"]));
  checkSchemas(body);
};

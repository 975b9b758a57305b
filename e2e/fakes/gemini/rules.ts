import { listOr, objectOr, objectsOr, textOr, type JsonObject } from "../json.ts";
import { invalid } from "./errors.ts";
import { checksSignatures, thinks } from "./models.ts";
import { isSigned } from "./signatures.ts";

export const partsOf = (content: unknown): JsonObject[] => objectsOr(objectOr(content)["parts"]);

const having = (content: unknown, name: string): JsonObject[] =>
  partsOf(content).flatMap((part) => (part[name] === undefined ? [] : [objectOr(part[name])]));

const data = [
  "text",
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
  "executableCode",
  "codeExecutionResult",
];

const checkParts = (contents: readonly JsonObject[]): void => {
  for (const [at, content] of contents.entries()) {
    const role = content["role"];
    if (role !== undefined && role !== "user" && role !== "model" && role !== "function") {
      throw invalid("Please use a valid role: user, model.");
    }
    const parts = partsOf(content);
    if (parts.length === 0) {
      throw invalid(`* GenerateContentRequest.contents[${at}].parts: contents.parts must not be empty.\n`);
    }
    for (const [index, part] of parts.entries()) {
      const held = data.filter((name) => part[name] !== undefined);
      // A part may hold nothing but the signature of a thought.
      if (held.length === 1 || (held.length === 0 && part["thoughtSignature"] !== undefined)) continue;
      const why = "required oneof field 'data' must have one initialized field";
      throw invalid(`* GenerateContentRequest.contents[${at}].parts[${index}].data: ${why}\n`);
    }
  }
};

const checkFunctionTurns = (contents: readonly JsonObject[]): void => {
  for (const [at, content] of contents.entries()) {
    const calls = having(content, "functionCall");
    const responses = having(content, "functionResponse");
    const before = having(contents[at - 1], "functionCall");
    if (responses.length > 0 && before.length === 0) {
      throw invalid("Please ensure that function response turn comes immediately after a function call turn.");
    }
    if (before.length > 0 && responses.length !== before.length) {
      throw invalid(
        "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
      );
    }
    if (calls.length > 0 && (at === 0 || contents[at - 1]?.["role"] === "model")) {
      throw invalid(
        "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
      );
    }
  }
  const last = contents.at(-1);
  if (last?.["role"] === "model" && having(last, "functionCall").length > 0) {
    throw invalid("Please ensure that function call turn is followed by a function response turn.");
  }
};

const hasPlainText = (content: JsonObject): boolean =>
  content["role"] !== "model" && having(content, "functionResponse").length === 0;

/** In the turn that goes on, the first call of each step is signed. Signatures that are there must be right in any turn. */
const checkSignatures = (contents: readonly JsonObject[]): void => {
  const turn = contents.findLastIndex(hasPlainText);
  for (const [at, content] of contents.entries()) {
    let isFirst = true;
    for (const { functionCall, thoughtSignature } of partsOf(content)) {
      if (functionCall === undefined) continue;
      const { name, args } = objectOr(functionCall);
      if (typeof thoughtSignature === "string" && !isSigned(thoughtSignature, { name, args: args ?? {} })) {
        throw invalid("Corrupted thought signature.");
      }
      if (isFirst && at > turn && thoughtSignature === undefined) {
        const why =
          "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance.";
        throw invalid(
          `${why} Additional data, function call \`default_api:${textOr(name)}\` , position ${at + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
        );
      }
      isFirst = false;
    }
  }
};

const checkSchema = (schema: unknown, place: string): void => {
  const { type, properties, items, required, anyOf } = objectOr(schema);
  const kind = textOr(type).toUpperCase();
  const fail = (why: string): never => {
    throw invalid(`* GenerateContentRequest.${place}.${why}\n`);
  };
  if (kind === "ARRAY" && items === undefined) fail("items: missing field.");
  if (kind === "OBJECT" && Object.keys(objectOr(properties)).length === 0)
    fail("properties: should be non-empty for OBJECT type");
  if (objectOr(schema)["enum"] !== undefined && kind !== "STRING") fail("enum: only allowed for STRING type");
  for (const [at, name] of listOr(required).entries()) {
    if (objectOr(properties)[String(name)] === undefined) fail(`required[${at}]: property is not defined`);
  }
  for (const [name, one] of Object.entries(objectOr(properties))) checkSchema(one, `${place}.properties[${name}]`);
  if (items !== undefined) checkSchema(items, `${place}.items`);
  for (const [at, one] of listOr(anyOf).entries()) checkSchema(one, `${place}.any_of[${at}]`);
};

export const declarationsOf = (body: JsonObject): JsonObject[] =>
  objectsOr(body["tools"]).flatMap((tool) => objectsOr(tool["functionDeclarations"]));

const checkConfig = (body: JsonObject, model: string): void => {
  const config = objectOr(body["generationConfig"]);
  const { responseSchema, responseJsonSchema, responseMimeType, candidateCount } = config;
  if (Number(candidateCount ?? 1) > 1) throw invalid("Multiple candidates is not enabled for this model");
  if (responseSchema !== undefined && responseJsonSchema !== undefined) {
    throw invalid("Only one of response_schema and response_json_schema can be set.");
  }
  if (
    (responseSchema ?? responseJsonSchema) !== undefined &&
    responseMimeType !== "application/json" &&
    responseMimeType !== "text/x.enum"
  ) {
    throw invalid("response_mime_type must be application/json or text/x.enum when a response schema is set.");
  }
  if (responseSchema !== undefined) checkSchema(responseSchema, "generation_config.response_schema");
  if (responseMimeType === "application/json" && declarationsOf(body).length > 0 && !checksSignatures(model)) {
    throw invalid("Function calling with a response mime type: 'application/json' is unsupported");
  }
  const { thinkingBudget, thinkingLevel } = objectOr(config["thinkingConfig"]);
  if (thinkingBudget !== undefined && thinkingLevel !== undefined) {
    throw invalid("You can only set only one of thinking budget and thinking level.");
  }
  if (config["thinkingConfig"] !== undefined && !thinks(model)) throw invalid("Thinking is not enabled for this model");
  if (thinkingLevel !== undefined && !checksSignatures(model))
    throw invalid("Thinking level is not supported for this model.");
  if (thinkingBudget === 0 && model.includes("pro")) {
    throw invalid("Budget 0 is invalid. This model only works in thinking mode.");
  }
};

/** Rules that hold between fields; each field alone was checked before. */
export const checkRules = (body: JsonObject, model: string): void => {
  const contents = objectsOr(body["contents"]);
  const names = declarationsOf(body).map(({ name }) => textOr(name));
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw invalid(`Duplicate function declaration found: ${twice}`);
  for (const [at, { parameters, parametersJsonSchema }] of declarationsOf(body).entries()) {
    if (parameters !== undefined && parametersJsonSchema !== undefined) {
      throw invalid("Only one of parameters and parameters_json_schema can be set.");
    }
    if (parameters !== undefined) checkSchema(parameters, `tools[0].function_declarations[${at}].parameters`);
  }
  const { mode, allowedFunctionNames } = objectOr(objectOr(body["toolConfig"])["functionCallingConfig"]);
  if (allowedFunctionNames !== undefined && mode !== "ANY" && mode !== "VALIDATED") {
    throw invalid("Function calling config is set with allowed_function_names, but mode is not ANY or VALIDATED.");
  }
  if (mode === "ANY" && names.length === 0) {
    throw invalid("Function calling mode ANY requires at least one function declaration.");
  }
  const strange = listOr(allowedFunctionNames).find((name) => !names.includes(String(name)));
  if (strange !== undefined)
    throw invalid(`allowed_function_names contains an undeclared function: ${textOr(strange)}`);
  if (
    body["cachedContent"] !== undefined &&
    ["systemInstruction", "tools", "toolConfig"].some((name) => body[name] !== undefined)
  ) {
    throw invalid(
      "CachedContent can not be used with GenerateContent request setting system_instruction, tools or tool_config.",
    );
  }
  checkParts(contents);
  checkFunctionTurns(contents);
  if (checksSignatures(model)) checkSignatures(contents);
  checkConfig(body, model);
};

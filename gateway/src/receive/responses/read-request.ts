import type {
  GenerationRequest,
  OutputFormat,
  ReasoningWish,
  Sampling,
  ToolChoice,
  ToolDefinition,
  Turn,
} from "../../conversation/request.ts";
import { invalidRequest } from "../../errors.ts";
import { isJsonObject } from "../../json.ts";
import { BodyFields, isAbsent, unreadFields, wrongField } from "../body-fields.ts";
import type { Call } from "../call.ts";
import { readEndUser, unmappedOf } from "../chat-completions/read-options.ts";
import { readItems, type Unmapped } from "./read-items.ts";

const mappedFields = new Set(
  `model input instructions stream stream_options store previous_response_id max_output_tokens temperature top_p tools
   tool_choice parallel_tool_calls text reasoning user safety_identifier top_logprobs include metadata background
   conversation truncation`.split(/\s+/),
);

const mappedOfTool: ReadonlySet<string> = new Set(["type", "name", "description", "parameters", "strict"]);
const mappedOfReasoning: ReadonlySet<string> = new Set(["effort", "summary", "generate_summary"]);
const mappedOfText: ReadonlySet<string> = new Set(["format"]);

/** Tools of the dialect that OpenAI runs itself exist nowhere else. */
const readTool = (tool: BodyFields): ToolDefinition => {
  const type = tool.optionalText("type") ?? "undefined";
  if (type !== "function") {
    throw invalidRequest(`Tools of the type \`${type}\` exist only at OpenAI; the model that you ask is elsewhere.`, {
      param: tool.pathOf("type"),
      code: "unsupported_parameter",
    });
  }
  const name = tool.optionalText("name") ?? "";
  if (name === "") throw invalidRequest("A tool needs a name.", { param: tool.pathOf("name") });
  const description = tool.optionalText("description");
  const strict = tool.optionalBoolean("strict");
  return {
    name,
    parameters: tool.optionalObject("parameters")?.value ?? { type: "object", properties: {} },
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
  };
};

const readToolChoice = (body: BodyFields): ToolChoice | undefined => {
  const choice = body.value["tool_choice"];
  if (isAbsent(choice)) return undefined;
  if (choice === "auto" || choice === "none" || choice === "required") return { type: choice };
  const { type, name } = isJsonObject(choice) ? choice : {};
  if (type === "function" && typeof name === "string") return { type: "tool", name };
  throw invalidRequest("`tool_choice` must be `auto`, `none`, `required` or one function of `tools`.", {
    param: "tool_choice",
    code: "unsupported_parameter",
  });
};

const readOutput = (body: BodyFields): OutputFormat => {
  const format = body.optionalObject("text")?.optionalObject("format");
  const type = format?.text("type") ?? "text";
  if (format === undefined || type === "text") return { type: "text" };
  if (type === "json_object") return { type: "json" };
  if (type !== "json_schema") throw wrongField(format.pathOf("type"), "text, json_object or json_schema");
  const schema = format.optionalObject("schema")?.value;
  if (schema === undefined) throw invalidRequest("A JSON schema is needed.", { param: format.pathOf("schema") });
  const description = format.optionalText("description");
  const strict = format.optionalBoolean("strict");
  return {
    type: "json-schema",
    name: format.optionalText("name") ?? "answer",
    schema,
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
  };
};

const readReasoning = (body: BodyFields): ReasoningWish | undefined => {
  const reasoning = body.optionalObject("reasoning");
  const effort = reasoning?.optionalText("effort");
  const visible = (reasoning?.optionalText("summary") ?? reasoning?.optionalText("generate_summary")) !== undefined;
  if (effort === undefined && !visible) return undefined;
  if (effort === "none") return { disabled: true };
  return { ...(effort === undefined ? {} : { effort }), ...(visible ? { visible } : {}) };
};

const readSampling = (body: BodyFields): Sampling => {
  const temperature = body.optionalNumber("temperature");
  const topP = body.optionalNumber("top_p");
  const topLogprobs = body.optionalCount("top_logprobs");
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topLogprobs === undefined ? {} : { topLogprobs }),
  };
};

/** Fields that are not mapped, and parts of mapped ones. Of `include` only the encrypted thoughts have a neutral form. */
const readUnmapped = (body: BodyFields): Unmapped => {
  const [reasoning, text] = [body.optionalObject("reasoning"), body.optionalObject("text")];
  const unmapped: Unmapped = [
    ...unmappedOf(body, mappedFields),
    ...(reasoning === undefined ? [] : unreadFields(reasoning, mappedOfReasoning)),
    ...(text === undefined ? [] : unreadFields(text, mappedOfText)),
    ...body.objects("tools").flatMap((tool) => unreadFields(tool, mappedOfTool)),
  ];
  for (const value of body.optionalTexts("include") ?? []) {
    if (value !== "reasoning.encrypted_content") unmapped.push({ field: "include", value });
  }
  const truncation = body.optionalText("truncation") ?? "disabled";
  if (truncation !== "disabled") unmapped.push({ field: "truncation", value: truncation });
  return unmapped;
};

const readTurns = (body: BodyFields, unmapped: Unmapped): Turn[] => {
  const system = body.optionalText("instructions") ?? "";
  const { input } = body.value;
  const turns = typeof input === "string" ? textTurns("user", input) : readItems(body.objects("input"), unmapped);
  return [...textTurns("system", system), ...turns];
};

const textTurns = (role: Turn["role"], text: string): Turn[] =>
  text === "" ? [] : [{ role, parts: [{ type: "text", text }] }];

/** A request of the Responses dialect in the neutral form. Throws a 400 with the field at fault. */
export const readRequest = ({ body: sent, maxOutputTokens }: Call): GenerationRequest => {
  const body = new BodyFields(sent);
  const tools = body.objects("tools").map(readTool);
  const unmapped = readUnmapped(body);
  return {
    turns: readTurns(body, unmapped),
    tools,
    toolChoice: readToolChoice(body),
    parallelToolCalls: body.optionalBoolean("parallel_tool_calls"),
    output: readOutput(body),
    reasoning: readReasoning(body),
    sampling: readSampling(body),
    maxOutputTokens: maxOutputTokens ?? undefined,
    choices: 1,
    endUser: readEndUser(body),
    unmapped,
  };
};

import { unsupportedParameter } from "../../conversation/notes.ts";
import type {
  GenerationRequest,
  OutputFormat,
  ReasoningWish,
  Sampling,
  ToolChoice,
  ToolDefinition,
  Turn,
} from "../../conversation/request.ts";
import { BodyFields, unreadFields, wrongField } from "../body-fields.ts";
import type { Call } from "../call.ts";
import { readCacheMark, readContent, readTexts, type Unmapped } from "./read-content.ts";

const readTurn = (message: BodyFields, unmapped: Unmapped): Turn => {
  const role = message.text("role");
  if (role === "system") return { role, parts: readTexts(message, "content") };
  if (role !== "user" && role !== "assistant") throw wrongField(message.pathOf("role"), "user or assistant");
  return { role, parts: readContent(message, role, unmapped) };
};

const readTurns = (body: BodyFields, unmapped: Unmapped): Turn[] => {
  const system = readTexts(body, "system");
  const turns = body.objects("messages").map((message) => readTurn(message, unmapped));
  return system.length === 0 ? turns : [{ role: "system", parts: system }, ...turns];
};

/** A tool of the caller's own. Those that Anthropic defines or runs have no likeness elsewhere. */
const readTool = (tool: BodyFields): ToolDefinition => {
  const type = tool.optionalText("type") ?? "custom";
  if (type !== "custom") {
    throw unsupportedParameter(tool.pathOf("type"), `the tool \`${type}\` is one of Anthropic's own`);
  }
  const description = tool.optionalText("description");
  const strict = tool.optionalBoolean("strict");
  return {
    name: tool.text("name"),
    parameters: tool.object("input_schema").value,
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
    ...readCacheMark(tool),
  };
};

const readToolChoice = (choice: BodyFields): ToolChoice => {
  const type = choice.text("type");
  if (type === "auto" || type === "none") return { type };
  if (type === "any") return { type: "required" };
  if (type === "tool") return { type, name: choice.text("name") };
  throw wrongField(choice.pathOf("type"), "auto, any, tool or none");
};

const readThinking = (thinking: BodyFields): ReasoningWish => {
  const type = thinking.text("type");
  const display = thinking.optionalText("display");
  const visible = display === undefined ? {} : { visible: display !== "omitted" };
  if (type === "disabled") return { disabled: true };
  if (type === "adaptive" || type === "between_tools") return { adaptive: true, ...visible };
  if (type !== "enabled") throw wrongField(thinking.pathOf("type"), "enabled, adaptive or disabled");
  const budgetTokens = thinking.optionalCount("budget_tokens");
  if (budgetTokens === undefined) throw wrongField(thinking.pathOf("budget_tokens"), "a number of tokens");
  return { budgetTokens, ...visible };
};

const readReasoning = (body: BodyFields): ReasoningWish | undefined => {
  const thinking = body.optionalObject("thinking");
  const effort = body.optionalObject("output_config")?.optionalText("effort");
  if (thinking === undefined && effort === undefined) return undefined;
  return { ...(thinking === undefined ? {} : readThinking(thinking)), ...(effort === undefined ? {} : { effort }) };
};

/** `output_config.format`, or `output_format` as it was called in its beta. */
const readOutput = (body: BodyFields): OutputFormat => {
  const format = body.optionalObject("output_config")?.optionalObject("format") ?? body.optionalObject("output_format");
  if (format === undefined) return { type: "text" };
  if (format.text("type") !== "json_schema") throw wrongField(format.pathOf("type"), "json_schema");
  return { type: "json-schema", name: "answer", schema: format.object("schema").value, strict: true };
};

const readSampling = (body: BodyFields): Sampling => {
  const temperature = body.optionalNumber("temperature");
  const topP = body.optionalNumber("top_p");
  const topK = body.optionalCount("top_k");
  const stop = body.optionalTexts("stop_sequences");
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop }),
  };
};

const mappedFields = new Set(
  "model messages system max_tokens stream stop_sequences temperature top_p top_k tools tool_choice thinking output_config output_format metadata".split(
    " ",
  ),
);

const mappedOfParts = [
  ["thinking", new Set(["type", "budget_tokens", "display"])],
  ["output_config", new Set(["effort", "format"])],
  ["metadata", new Set(["user_id"])],
] as const satisfies readonly (readonly [string, ReadonlySet<string>])[];

const mappedOfTool: ReadonlySet<string> = new Set("type name description input_schema strict cache_control".split(" "));

/** For instance where an answer is made and how dear it may be, which the gateway's routes decide for other providers. */
const unmappedFields = (body: BodyFields): Unmapped => [
  ...unreadFields(body, mappedFields),
  ...mappedOfParts.flatMap(([field, mapped]) => {
    const part = body.optionalObject(field);
    return part === undefined ? [] : unreadFields(part, mapped);
  }),
  ...body.objects("tools").flatMap((tool) => unreadFields(tool, mappedOfTool)),
];

/** A request of the Messages API. Throws a 400 with the field at fault, also for what only Anthropic's models can do. */
export const readRequest = (call: Call): GenerationRequest => {
  const body = new BodyFields(call.body);
  const unmapped = unmappedFields(body);
  const maxOutputTokens = body.optionalCount("max_tokens");
  if (maxOutputTokens === 0) throw unsupportedParameter("max_tokens", "0 warms the cache of Anthropic's models alone");
  const choice = body.optionalObject("tool_choice");
  return {
    turns: readTurns(body, unmapped),
    tools: body.objects("tools").map(readTool),
    toolChoice: choice === undefined ? undefined : readToolChoice(choice),
    parallelToolCalls: choice?.optionalBoolean("disable_parallel_tool_use") === true ? false : undefined,
    output: readOutput(body),
    reasoning: readReasoning(body),
    sampling: readSampling(body),
    maxOutputTokens,
    choices: 1,
    endUser: body.optionalObject("metadata")?.optionalText("user_id"),
    unmapped,
  };
};

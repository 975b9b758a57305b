import { unsupportedParameter } from "../../conversation/notes.ts";
import type { GenerationRequest, ToolChoice, ToolDefinition } from "../../conversation/request.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { type BodyFields, isAbsent, wrongField } from "../body-fields.ts";
import { readCache } from "../cache-mark.ts";

const noParameters: JsonObject = { type: "object", properties: {} };

const readFunction = (definition: BodyFields): ToolDefinition => {
  const description = definition.optionalText("description");
  const strict = definition.optionalBoolean("strict");
  return {
    name: definition.text("name"),
    parameters: definition.optionalObject("parameters")?.value ?? noParameters,
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
  };
};

const readTool = (tool: BodyFields): ToolDefinition => {
  const type = tool.text("type");
  if (type !== "function") throw unsupportedParameter(tool.pathOf("type"), `tools of the type \`${type}\``);
  return { ...readFunction(tool.object("function")), ...readCache(tool) };
};

const modes = ["auto", "none", "required"] as const;

const readMode = (value: unknown, field: string): ToolChoice => {
  const type = modes.find((mode) => mode === value);
  if (type === undefined) throw wrongField(field, "auto, none, required or the name of a tool");
  return { type };
};

type Tools = Pick<GenerationRequest, "tools" | "toolChoice" | "parallelToolCalls">;

const named = (name: string, tools: readonly ToolDefinition[], field: string): ToolChoice => {
  if (!tools.some((tool) => tool.name === name)) throw wrongField(field, "the name of one of the tools");
  return { type: "tool", name };
};

/** Only some of the tools may be called: the others are not told to the model at all. */
const allowedTools = (choice: BodyFields, tools: readonly ToolDefinition[]): Pick<Tools, "tools" | "toolChoice"> => {
  const allowed = choice.object("allowed_tools");
  const names = new Set(allowed.objects("tools").map((tool) => readAllowedName(tool)));
  return {
    tools: tools.filter(({ name }) => names.has(name)),
    toolChoice: readMode(allowed.value["mode"], allowed.pathOf("mode")),
  };
};

const readAllowedName = (tool: BodyFields): string => {
  if (tool.text("type") !== "function") {
    throw unsupportedParameter(tool.pathOf("type"), "tools of other types than `function`");
  }
  return tool.object("function").text("name");
};

const readToolChoice = (body: BodyFields, tools: readonly ToolDefinition[]): Pick<Tools, "tools" | "toolChoice"> => {
  const choice = body.value["tool_choice"];
  if (isAbsent(choice)) return { tools, toolChoice: undefined };
  if (!isJsonObject(choice)) return { tools, toolChoice: readMode(choice, "tool_choice") };
  const fields = body.object("tool_choice");
  const type = fields.text("type");
  if (type === "allowed_tools") return allowedTools(fields, tools);
  if (type !== "function") throw unsupportedParameter(fields.pathOf("type"), `tools of the type \`${type}\``);
  const chosen = fields.object("function");
  return { tools, toolChoice: named(chosen.text("name"), tools, chosen.pathOf("name")) };
};

/** `functions`, the predecessor of `tools`: one call at a time. */
const readFunctions = (body: BodyFields): Tools => {
  const tools = body.objects("functions").map(readFunction);
  const choice = body.value["function_call"];
  const toolChoice = (): ToolChoice | undefined => {
    if (isAbsent(choice)) return undefined;
    if (!isJsonObject(choice)) return readMode(choice, "function_call");
    const chosen = body.object("function_call");
    return named(chosen.text("name"), tools, chosen.pathOf("name"));
  };
  return { tools, toolChoice: toolChoice(), parallelToolCalls: false };
};

/** Whether the caller speaks of functions as it was done before there were tools, and is to be answered so. */
export const speaksOfFunctions = (body: JsonObject): boolean => isAbsent(body["tools"]) && !isAbsent(body["functions"]);

/** The tools of a chat and which of them may or must be called. Throws a 400 with the field at fault. */
export const readTools = (body: BodyFields): Tools => {
  if (speaksOfFunctions(body.value)) return readFunctions(body);
  for (const old of ["functions", "function_call"]) {
    if (!isAbsent(body.value[old])) throw wrongField(old, "nothing beside `tools` or without `functions`");
  }
  return {
    ...readToolChoice(body, body.objects("tools").map(readTool)),
    parallelToolCalls: body.optionalBoolean("parallel_tool_calls"),
  };
};

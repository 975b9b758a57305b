import type { TranslationNotes } from "../../conversation/notes.ts";
import type { GenerationRequest, OutputFormat, ToolDefinition } from "../../conversation/request.ts";
import { describedSchema } from "../../conversation/described-schema.ts";
import type { JsonObject } from "../../json.ts";
import { writeCache } from "./cache.ts";
import { fitSchema } from "./fit-schema.ts";
import type { ModelFamily } from "./model-family.ts";

/** The tool by which models that know no output format are made to answer in one. Its calls are read back as text. */
export const answerTool = "gateway_json_answer";

interface ToolArgs {
  request: GenerationRequest;
  family: ModelFamily;
  /** Tools that earlier turns called; the provider wants to know them even when no tool may be called any more. */
  calledTools: ReadonlySet<string>;
  notes: TranslationNotes;
}

const toldKeywords = (told: ReadonlySet<string>): string =>
  `${[...told].map((keyword) => `\`${keyword}\``).join(", ")} cannot be enforced and stand in the description`;

const writeTool = (tool: ToolDefinition, index: number, { family, notes }: ToolArgs): JsonObject => {
  const { name, description, parameters, strict } = tool;
  const isStrict = strict === true && family.hasSchemas;
  if (strict === true && !isStrict) notes.lost(`tools[${index}].strict`, "this model does not enforce schemas");
  let schema = parameters;
  if (isStrict) {
    const fitted = fitSchema(parameters);
    schema = fitted.schema;
    if (fitted.told.size > 0) notes.lost(`tools[${index}].parameters`, toldKeywords(fitted.told));
  }
  return {
    name,
    ...(description === undefined ? {} : { description }),
    input_schema: { type: "object", ...schema },
    ...(isStrict ? { strict } : {}),
    ...writeCache(tool.cache),
  };
};

/** Whether the answer is bound to a schema by a tool that has to be called. */
export const usesAnswerTool = (output: OutputFormat, { hasSchemas }: ModelFamily): boolean =>
  output.type === "json-schema" && !hasSchemas;

const writeAnswerTool = (output: OutputFormat): JsonObject[] => {
  if (output.type !== "json-schema") return [];
  const description = output.description ?? "Give your answer by calling this tool.";
  return [{ name: answerTool, description, input_schema: { type: "object", ...output.schema } }];
};

const writeChoice = (args: ToolArgs, toolCount: number): JsonObject => {
  const { request, family } = args;
  const { toolChoice, parallelToolCalls, tools, output } = request;
  if (toolCount === 0) return {};
  const flag = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  if (usesAnswerTool(output, family)) {
    if (toolChoice?.type === "tool") return { tool_choice: { ...toolChoice, ...flag } };
    const answersAtOnce = tools.length === 0 || toolChoice?.type === "none";
    return { tool_choice: answersAtOnce ? { type: "tool", name: answerTool } : { type: "any", ...flag } };
  }
  if (toolChoice?.type === "none" || tools.length === 0) return { tool_choice: { type: "none" } };
  if (toolChoice?.type === "tool") return { tool_choice: { ...toolChoice, ...flag } };
  if (toolChoice?.type === "required") return { tool_choice: { type: "any", ...flag } };
  return toolChoice === undefined && parallelToolCalls !== false ? {} : { tool_choice: { type: "auto", ...flag } };
};

/** `tools` and `tool_choice`; nothing when there are none. */
export const writeTools = (args: ToolArgs): JsonObject => {
  const { request, family, calledTools } = args;
  const tools = request.tools.map((tool, index) => writeTool(tool, index, args));
  if (usesAnswerTool(request.output, family)) tools.push(...writeAnswerTool(request.output));
  if (tools.length === 0) {
    tools.push(...[...calledTools].map((name) => ({ name, input_schema: { type: "object" } })));
  }
  return tools.length === 0 ? {} : { tools, ...writeChoice(args, tools.length) };
};

/** `format` of `output_config`; undefined when the answer is free, or bound by a tool. */
export const writeFormat = (
  { output }: GenerationRequest,
  { family, notes }: { family: ModelFamily; notes: TranslationNotes },
): JsonObject | undefined => {
  if (output.type === "json") {
    notes.lost("response_format", "this provider takes a JSON schema only; the model was not bound to answer in JSON");
  }
  if (output.type !== "json-schema" || usesAnswerTool(output, family)) return undefined;
  const { schema, told } = fitSchema(describedSchema(output));
  if (told.size > 0) notes.lost("response_format", toldKeywords(told));
  return { type: "json_schema", schema };
};

import type { TranslationNotes } from "../../conversation/notes.ts";
import type { GenerationRequest, ToolChoice, ToolDefinition } from "../../conversation/request.ts";
import type { JsonObject } from "../../json.ts";
import { convertSchema } from "./convert-schema.ts";

/** A tool without parameters must not have a schema of an object without members. */
const hasParameters = ({ parameters }: ToolDefinition): boolean => {
  const { properties, $ref, anyOf, oneOf, allOf } = parameters;
  const isEmpty = typeof properties === "object" && properties !== null && Object.keys(properties).length === 0;
  return (properties !== undefined && !isEmpty) || [$ref, anyOf, oneOf, allOf].some((keyword) => keyword !== undefined);
};

const declarationOf = (tool: ToolDefinition, index: number, notes: TranslationNotes): JsonObject => ({
  name: tool.name,
  ...(tool.description === undefined ? {} : { description: tool.description }),
  ...(hasParameters(tool)
    ? { parametersJsonSchema: convertSchema(tool.parameters, `tools[${index}].parameters`, notes) }
    : {}),
});

const modeOf = (choice: ToolChoice | undefined, tools: readonly ToolDefinition[]): JsonObject | undefined => {
  switch (choice?.type) {
    case "none":
      return { mode: "NONE" };
    case "required":
      return { mode: "ANY" };
    case "tool":
      return { mode: "ANY", allowedFunctionNames: [choice.name] };
    case "auto":
    case undefined:
      // Left to itself the model may stray from the schema; this mode keeps it to it.
      if (tools.some(({ strict }) => strict === true)) return { mode: "VALIDATED" };
      return choice === undefined ? undefined : { mode: "AUTO" };
    default:
      return choice satisfies never;
  }
};

/** `tools` and `toolConfig`; empty when the request has no tools. */
export const toolFields = (
  { tools, toolChoice, parallelToolCalls }: GenerationRequest,
  notes: TranslationNotes,
): JsonObject => {
  if (tools.length === 0) return {};
  if (tools.some(({ cache }) => cache !== undefined)) {
    notes.lost("tools.cache_control", "Gemini decides itself what it keeps");
  }
  if (parallelToolCalls === false) notes.lost("parallel_tool_calls", "Gemini cannot be kept to one call at a time");
  const mode = modeOf(toolChoice, tools);
  return {
    tools: [{ functionDeclarations: tools.map((tool, index) => declarationOf(tool, index, notes)) }],
    ...(mode === undefined ? {} : { toolConfig: { functionCallingConfig: mode } }),
  };
};

import type { Question } from "../answer.ts";
import { isGiven, listOr, objectOr, objectsOr, textOr, type JsonObject } from "../json.ts";
import { seededId } from "../seeded.ts";
import { segmentOf, type Segment } from "../segments.ts";
import { countTokens, tokensOfFile, tokensOfImage, tokensOfMessage } from "../tokens.ts";
import { promptOfMessages } from "./chat-input.ts";
import { reasoningWords } from "./models.ts";

const prefixes: Readonly<Record<string, string>> = {
  message: "msg_",
  function_call: "fc_",
  function_call_output: "fco_",
  reasoning: "rs_",
};

const contentOf = (role: unknown, content: unknown): JsonObject[] => {
  if (typeof content !== "string") return objectsOr(content);
  return [
    role === "assistant"
      ? { type: "output_text", text: content, annotations: [] }
      : { type: "input_text", text: content },
  ];
};

/** The input as a list of items with ids, as `input_items` lists it. */
export const itemsOf = (body: JsonObject, call: number): JsonObject[] => {
  const given =
    typeof body["input"] === "string" ? [{ role: "user", content: body["input"] }] : objectsOr(body["input"]);
  return given.map((item: JsonObject, at) => {
    const type = textOr(item["type"], "message");
    const id = item["id"] ?? seededId(prefixes[type] ?? "item_", `${call} input ${at}`);
    if (type !== "message") return { ...item, type, id };
    return { ...item, type, id, content: contentOf(item["role"], item["content"]), status: "completed" };
  });
};

/** Pictures are among the other tokens: a response does not report them apart. */
const partsTokens = (content: unknown): number => {
  if (typeof content === "string") return countTokens(content);
  const parts = objectsOr(content);
  const files = parts.filter(({ type }) => type === "input_file").length;
  const images = parts.filter(({ type }) => type === "input_image").length;
  const text = parts.reduce((sum, part) => sum + countTokens(textOr(part["text"] ?? part["refusal"])), 0);
  return text + files * tokensOfFile + images * tokensOfImage;
};

/** What is the same in an item that came in and one that went out. */
const itemSegment = (item: JsonObject): Segment => {
  switch (item["type"]) {
    case "message":
      return segmentOf([item["role"], item["content"]], { text: partsTokens(item["content"]) + tokensOfMessage });
    case "function_call": {
      const { name, arguments: given } = item;
      return segmentOf([name, given], {
        text: countTokens(textOr(name)) + countTokens(textOr(given)) + tokensOfMessage,
      });
    }
    case "function_call_output":
      return segmentOf([item["call_id"], item["output"]], { text: partsTokens(item["output"]) + tokensOfMessage });
    default:
      // Reasoning that is handed back costs nothing here.
      return segmentOf(item["type"], {});
  }
};

export const responseSegments = (body: JsonObject, items: readonly JsonObject[]): Segment[] => {
  const format = objectOr(objectOr(body["text"])["format"]);
  const { instructions } = body;
  return [
    ...listOr(body["tools"]).map((tool) => segmentOf(tool, { text: countTokens(JSON.stringify(tool)) })),
    ...(format["type"] === "json_schema" ? [segmentOf(format, { text: countTokens(JSON.stringify(format)) })] : []),
    ...(isGiven(instructions)
      ? [segmentOf(instructions, { text: countTokens(textOr(instructions)) + tokensOfMessage })]
      : []),
    ...items.map(itemSegment),
  ];
};

const choiceOf = (choice: unknown): Question["choice"] => {
  if (choice === "none" || choice === "required") return choice;
  const { type, name, tools } = objectOr(choice);
  if (type === "function") return { names: [textOr(name)] };
  return type === "allowed_tools" ? { names: objectsOr(tools).map((tool) => textOr(tool["name"])) } : "auto";
};

export const responseQuestion = (body: JsonObject, items: readonly JsonObject[], model: string): Question => {
  const { type, schema } = objectOr(objectOr(body["text"])["format"]);
  const maxTokens = body["max_output_tokens"];
  return {
    model,
    prompt: items.at(-1)?.["type"] === "message" ? promptOfMessages(items) : "",
    tools: objectsOr(body["tools"])
      .filter((tool) => tool["type"] === "function")
      .map(({ name, parameters }) => ({ name: textOr(name), schema: parameters })),
    choice: choiceOf(body["tool_choice"]),
    parallel: body["parallel_tool_calls"] !== false,
    ...(type === "json_schema" || type === "json_object" ? { json: { schema } } : {}),
    reasoningWords: reasoningWords(model, objectOr(body["reasoning"])["effort"]),
    maxTokens: typeof maxTokens === "number" ? maxTokens : undefined,
    stops: [],
  };
};

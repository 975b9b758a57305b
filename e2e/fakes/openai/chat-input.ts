import type { Question } from "../answer.ts";
import { listOr, objectOr, objectsOr, textOr, type JsonObject } from "../json.ts";
import { segmentOf, type Segment } from "../segments.ts";
import { countTokens, tokensOfAudio, tokensOfFile, tokensOfImage, tokensOfMessage } from "../tokens.ts";
import { reasoningWords } from "./models.ts";

const partTexts = (content: unknown): string[] =>
  typeof content === "string" ? [content] : objectsOr(content).map((part) => textOr(part["text"] ?? part["refusal"]));

const countOf = (content: unknown, type: string): number =>
  objectsOr(content).filter((part) => part["type"] === type).length;

const messageSegment = (message: JsonObject): Segment => {
  const { content, refusal } = message;
  const calls = objectsOr(message["tool_calls"]).flatMap((call) => {
    const { name, arguments: given, input } = objectOr(call["function"] ?? call["custom"]);
    return [textOr(name), textOr(given ?? input)];
  });
  const texts = [...partTexts(content), textOr(refusal), ...calls];
  const text = texts.reduce((sum, one) => sum + countTokens(one), tokensOfMessage);
  return segmentOf(message, {
    text: text + countOf(content, "file") * tokensOfFile,
    image: countOf(content, "image_url") * tokensOfImage,
    audio: countOf(content, "input_audio") * tokensOfAudio,
  });
};

/** The prompt in pieces: tools and schema first, since they stay the same from call to call. */
export const chatSegments = (body: JsonObject): Segment[] => {
  const format = objectOr(body["response_format"])["json_schema"];
  const before = [...listOr(body["tools"]), ...(format === undefined ? [] : [format])];
  return [
    ...before.map((one) => segmentOf(one, { text: countTokens(JSON.stringify(one)) })),
    ...objectsOr(body["messages"]).map(messageSegment),
  ];
};

const choiceOf = (choice: unknown): Question["choice"] => {
  if (choice === "none" || choice === "required") return choice;
  const { type, function: named, allowed_tools } = objectOr(choice);
  if (type === "function") return { names: [textOr(objectOr(named)["name"])] };
  if (type !== "allowed_tools") return "auto";
  return {
    names: objectsOr(objectOr(allowed_tools)["tools"]).map((tool) => textOr(objectOr(tool["function"])["name"])),
  };
};

export const stopsOf = (stop: unknown): string[] =>
  (Array.isArray(stop) ? stop : [stop]).filter((one): one is string => typeof one === "string");

export const promptOfMessages = (messages: readonly JsonObject[]): string => {
  const last = messages.at(-1);
  return last === undefined || last["role"] === "assistant" || last["role"] === "tool"
    ? ""
    : partTexts(last["content"]).join("\n");
};

export const chatQuestion = (body: JsonObject, model: string): Question => {
  const format = objectOr(body["response_format"]);
  const { schema } = objectOr(format["json_schema"]);
  const maxTokens = body["max_completion_tokens"] ?? body["max_tokens"];
  const isJson = format["type"] === "json_object" || format["type"] === "json_schema";
  return {
    model,
    prompt: promptOfMessages(objectsOr(body["messages"])),
    tools: objectsOr(body["tools"])
      .filter((tool) => tool["type"] === "function")
      .map((tool) => objectOr(tool["function"]))
      .map(({ name, parameters }) => ({ name: textOr(name), schema: parameters })),
    choice: choiceOf(body["tool_choice"]),
    parallel: body["parallel_tool_calls"] !== false,
    ...(isJson ? { json: { schema } } : {}),
    reasoningWords: reasoningWords(model, body["reasoning_effort"]),
    maxTokens: typeof maxTokens === "number" ? maxTokens : undefined,
    stops: stopsOf(body["stop"]),
  };
};

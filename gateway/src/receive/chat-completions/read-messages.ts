import { unsupportedParameter } from "../../conversation/notes.ts";
import type {
  GenerationRequest,
  ImagePart,
  Part,
  ToolCallPart,
  ToolResultPart,
  Turn,
} from "../../conversation/request.ts";
import { type BodyFields, wrongField } from "../body-fields.ts";
import { readMediaSource } from "../media-source.ts";
import { readExtraContent, readReasoning } from "./extra-content.ts";
import { readContent, readTexts } from "./read-content.ts";

type Unmapped = GenerationRequest["unmapped"][number];

const readToolCall = (call: BodyFields): ToolCallPart => {
  const type = call.optionalText("type") ?? "function";
  if (type !== "function") throw unsupportedParameter(call.pathOf("type"), "tool calls of other types than `function`");
  const called = call.object("function");
  const signature = readExtraContent(call.value);
  return {
    type: "tool-call",
    id: call.text("id"),
    name: called.text("name"),
    arguments: called.optionalText("arguments") ?? "",
    ...(signature === undefined ? {} : { signature }),
  };
};

/** Pictures that the model made, as the answers of this dialect carry them. */
const readImages = (message: BodyFields): ImagePart[] =>
  message.objects("images").map((entry) => {
    const image = entry.object("image_url");
    return { type: "image", source: readMediaSource(image.text("url"), image.pathOf("url")) };
  });

/** Reads the messages of one request, in which calls of the old kind have no ids and are told apart by their places. */
class MessageReader {
  readonly turns: Turn[] = [];
  readonly unmapped: Unmapped[] = [];
  readonly #functionCalls = new Map<string, string>();
  #results: ToolResultPart[] | undefined;

  read(message: BodyFields): void {
    const role = message.text("role");
    if (role === "tool") return this.#addResult(message, message.text("tool_call_id"));
    if (role === "function") return this.#addResult(message, this.#idOfFunction(message));
    this.#results = undefined;
    this.turns.push(this.#readTurn(role, message));
    const name = message.optionalText("name");
    if (name !== undefined) this.unmapped.push({ field: message.pathOf("name"), value: name });
  }

  #readTurn(role: string, message: BodyFields): Turn {
    switch (role) {
      case "system":
      case "developer":
        return { role: "system", parts: readTexts(message) };
      case "user":
        return { role, parts: readContent(message) };
      case "assistant":
        return { role, parts: this.#readAssistant(message) };
      default:
        throw wrongField(message.pathOf("role"), "system, developer, user, assistant, tool or function");
    }
  }

  #readAssistant(message: BodyFields): Part[] {
    if (message.optionalObject("audio") !== undefined) {
      throw unsupportedParameter(message.pathOf("audio"), "spoken answers are known to the provider that gave them");
    }
    const signature = readExtraContent(message.value);
    // Clients send an empty text beside tool calls, which some providers refuse.
    const content = readContent(message).filter((part) => part.type !== "text" || part.text !== "");
    const parts: Part[] = [...readReasoning(message), ...content];
    const last = parts.at(-1);
    if (signature !== undefined && last?.type === "text") parts.splice(-1, 1, { ...last, signature });
    const refusal = message.optionalText("refusal") ?? "";
    if (refusal !== "") parts.push({ type: "refusal", text: refusal });
    parts.push(...readImages(message), ...message.objects("tool_calls").map(readToolCall));
    const called = message.optionalObject("function_call");
    if (called !== undefined) parts.push(this.#readFunctionCall(called, message));
    return parts.length === 0 ? [{ type: "text", text: "" }] : parts;
  }

  #readFunctionCall(called: BodyFields, message: BodyFields): ToolCallPart {
    const name = called.text("name");
    const id = `call_${this.#functionCalls.size}_${name}`;
    this.#functionCalls.set(name, id);
    const signature = readExtraContent(message.value);
    return {
      type: "tool-call",
      id,
      name,
      arguments: called.optionalText("arguments") ?? "",
      ...(signature === undefined ? {} : { signature }),
    };
  }

  #idOfFunction(message: BodyFields): string {
    const id = this.#functionCalls.get(message.text("name"));
    if (id === undefined) throw wrongField(message.pathOf("name"), "the name of a function that was called before");
    return id;
  }

  /** All results that follow one another answer one turn of the model. */
  #addResult(message: BodyFields, callId: string): void {
    const result: ToolResultPart = { type: "tool-result", callId, content: readTexts(message) };
    if (this.#results !== undefined) return void this.#results.push(result);
    this.#results = [result];
    this.turns.push({ role: "user", parts: this.#results });
  }
}

/** The messages of a chat as turns. Throws a 400 with the field at fault. */
export const readMessages = (messages: readonly BodyFields[]): { turns: Turn[]; unmapped: Unmapped[] } => {
  const reader = new MessageReader();
  for (const message of messages) reader.read(message);
  return reader;
};

import type { FilePart, GenerationRequest, ImagePart, Part, TextPart, Turn } from "../../conversation/request.ts";
import { invalidRequest, type GatewayError } from "../../errors.ts";
import { lookUp } from "../../look-up.ts";
import { type BodyFields, isAbsent, unreadFields, wrongField } from "../body-fields.ts";
import { readCache } from "../cache-mark.ts";
import { readMediaSource } from "../media-source.ts";
import { decodeSignature } from "./signatures.ts";

/** What of a request has no neutral form, by its path. */
export type Unmapped = GenerationRequest["unmapped"][number][];

const unsupported = (field: string, what: string): GatewayError =>
  invalidRequest(`${what} can be used only with a model of OpenAI.`, { param: field, code: "unsupported_parameter" });

/** What is read of each kind of part, and what answers carry that means nothing when it comes back. */
const readOfParts: Readonly<Record<string, ReadonlySet<string>>> = {
  input_text: new Set(["type", "text", "prompt_cache_breakpoint"]),
  output_text: new Set(["type", "text", "annotations", "logprobs"]),
  input_image: new Set(["type", "image_url", "detail", "prompt_cache_breakpoint"]),
  input_file: new Set(["type", "file_data", "file_url", "filename", "prompt_cache_breakpoint"]),
};

/** The same of each kind of item. */
const readOfItems: Readonly<Record<string, ReadonlySet<string>>> = {
  message: new Set(["type", "id", "status", "role", "content", "phase"]),
  function_call: new Set(["type", "id", "status", "call_id", "name", "arguments"]),
  function_call_output: new Set(["type", "id", "status", "call_id", "output"]),
};

const addUnread = (
  holder: BodyFields,
  { type, known, unmapped }: { type: string; known: typeof readOfItems; unmapped: Unmapped },
): void => {
  const read = lookUp(known, type);
  if (read !== undefined) unmapped.push(...unreadFields(holder, read));
};

const readImage = (part: BodyFields): ImagePart => {
  const url = part.optionalText("image_url");
  if (url === undefined) throw unsupported(part.pathOf("file_id"), "An image by its file id");
  const source = readMediaSource(url, part.pathOf("image_url"));
  const detail = part.optionalText("detail") ?? "auto";
  return { type: "image", source, ...(detail === "auto" ? {} : { detail }), ...readCache(part) };
};

const readFile = (part: BodyFields): FilePart => {
  const [url, data] = [part.optionalText("file_url"), part.optionalText("file_data")];
  const address = url ?? data;
  if (address === undefined) throw unsupported(part.pathOf("file_id"), "A file by its id");
  const source = readMediaSource(address, part.pathOf(url === undefined ? "file_data" : "file_url"));
  const name = part.optionalText("filename");
  return { type: "file", source, ...(name === undefined ? {} : { name }), ...readCache(part) };
};

const readPart = (part: BodyFields, unmapped: Unmapped): Part => {
  const type = part.optionalText("type") ?? "";
  addUnread(part, { type, known: readOfParts, unmapped });
  switch (type) {
    case "input_text":
    case "output_text":
    case "text":
      return { type: "text", text: part.text("text"), ...readCache(part) };
    case "refusal":
      return { type: "refusal", text: part.text("refusal") };
    case "input_image":
      return readImage(part);
    case "input_file":
      return readFile(part);
    default:
      throw unsupported(part.pathOf("type"), `Content of the type \`${type}\``);
  }
};

const readContent = (holder: BodyFields, key: string, unmapped: Unmapped): Part[] => {
  const content = holder.value[key];
  if (typeof content === "string") return [{ type: "text", text: content }];
  return holder.objects(key).map((part) => readPart(part, unmapped));
};

const isToolContent = (part: Part): part is TextPart | ImagePart | FilePart =>
  part.type === "text" || part.type === "image" || part.type === "file";

const roles: Readonly<Record<string, Turn["role"]>> = {
  user: "user",
  assistant: "assistant",
  system: "system",
  developer: "system",
};

const readMessage = (item: BodyFields, unmapped: Unmapped): Turn => {
  const role = lookUp(roles, item.optionalText("role") ?? "");
  if (role === undefined) {
    throw invalidRequest("A message's role is `user`, `assistant`, `system` or `developer`.", {
      param: item.pathOf("role"),
    });
  }
  const parts = readContent(item, "content", unmapped);
  const wrong = role === "system" ? parts.findIndex(({ type }) => type !== "text") : -1;
  if (wrong !== -1) throw wrongField(`${item.pathOf("content")}[${wrong}].type`, "text in a message of the system");
  return { role, parts };
};

const textsOf = (item: BodyFields, key: string): string =>
  item
    .objects(key)
    .map((part) => part.optionalText("text") ?? "")
    .join("\n\n");

const readReasoning = (item: BodyFields): Part => {
  const text = textsOf(item, "summary") || textsOf(item, "content");
  const encrypted = item.optionalText("encrypted_content");
  if (encrypted === undefined) return { type: "reasoning", text };
  const redacted = text === "" ? { redacted: true } : {};
  return { type: "reasoning", text, signature: decodeSignature(encrypted), ...redacted };
};

const readCall = (item: BodyFields): Part => ({
  type: "tool-call",
  id: item.text("call_id"),
  name: item.text("name"),
  arguments: item.optionalText("arguments") ?? "",
});

const readResult = (item: BodyFields, unmapped: Unmapped): Part => {
  if (isAbsent(item.value["output"])) throw wrongField(item.pathOf("output"), "a string or a list of content parts");
  const parts = readContent(item, "output", unmapped);
  const wrong = parts.findIndex((part) => !isToolContent(part));
  if (wrong !== -1) throw wrongField(`${item.pathOf("output")}[${wrong}].type`, "text, an image or a file");
  return { type: "tool-result", callId: item.text("call_id"), content: parts.filter(isToolContent) };
};

const readItem = (item: BodyFields, unmapped: Unmapped): Turn => {
  const type = item.optionalText("type") ?? "message";
  addUnread(item, { type, known: readOfItems, unmapped });
  switch (type) {
    case "message":
      return readMessage(item, unmapped);
    case "reasoning":
      return { role: "assistant", parts: [readReasoning(item)] };
    case "function_call":
      return { role: "assistant", parts: [readCall(item)] };
    case "function_call_output":
      return { role: "user", parts: [readResult(item, unmapped)] };
    default:
      throw unsupported(item.pathOf("type"), `Input of the type \`${type}\``);
  }
};

/** Input items as turns: what the model did between two messages of others is one turn of it. */
export const readItems = (items: readonly BodyFields[], unmapped: Unmapped): Turn[] => {
  const turns: Turn[] = [];
  for (const item of items) {
    const turn = readItem(item, unmapped);
    const last = turns.at(-1);
    if (last?.role === turn.role && turn.role !== "system") {
      turns[turns.length - 1] = { role: turn.role, parts: [...last.parts, ...turn.parts] };
    } else turns.push(turn);
  }
  return turns;
};

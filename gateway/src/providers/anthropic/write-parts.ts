import type { TranslationNotes } from "../../conversation/notes.ts";
import type {
  FilePart,
  ImagePart,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from "../../conversation/request.ts";
import { decodeBase64 } from "../../base64.ts";
import { decodeText, isJsonObject, type JsonObject } from "../../json.ts";
import { writeCache } from "./cache.ts";

const writeImage = ({ source, detail, cache }: ImagePart, notes: TranslationNotes): JsonObject => {
  if (detail !== undefined) notes.lost("image_url.detail", "this provider looks at every picture in the same way");
  return {
    type: "image",
    source:
      source.kind === "url"
        ? { type: "url", url: source.url }
        : { type: "base64", media_type: source.mediaType, data: source.data },
    ...writeCache(cache),
  };
};

const writeFileSource = ({ source }: FilePart, notes: TranslationNotes): JsonObject => {
  if (source.kind === "url") return { type: "url", url: source.url };
  const { mediaType, data } = source;
  if (mediaType === "application/pdf") return { type: "base64", media_type: mediaType, data };
  if (!mediaType.startsWith("text/"))
    notes.refuse("messages", `this provider cannot read files of the type ${mediaType}`);
  const bytes = decodeBase64(data);
  if (bytes === undefined) return notes.refuse("messages", "a file in it is not valid base64");
  return { type: "text", media_type: "text/plain", data: decodeText(bytes) };
};

const writeFile = (part: FilePart, notes: TranslationNotes): JsonObject => ({
  type: "document",
  source: writeFileSource(part, notes),
  ...(part.name === undefined ? {} : { title: part.name }),
  ...writeCache(part.cache),
});

/** White space alone is refused, and says nothing. */
export const writeText = ({ text, cache }: Pick<TextPart, "text" | "cache">): JsonObject[] =>
  text.trim() === "" ? [] : [{ type: "text", text, ...writeCache(cache) }];

/** Ids of other providers may hold characters that are refused; the call and its result change alike. */
const writeId = (id: string): string => id.replaceAll(/[^\w-]/g, "_");

const readInput = (text: string, notes: TranslationNotes): JsonObject => {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Told below, as any other text that is no object.
  }
  notes.lost("tool_calls.arguments", "they are not a JSON object, and stand as text under `arguments`");
  return { arguments: text };
};

const writeToolCall = (part: ToolCallPart, notes: TranslationNotes): JsonObject => ({
  type: "tool_use",
  id: writeId(part.id),
  name: part.name,
  input: readInput(part.arguments, notes),
  ...writeCache(part.cache),
});

const writeToolResult = (part: ToolResultPart, notes: TranslationNotes): JsonObject => {
  const content = part.content.flatMap((inner) => {
    if (inner.type === "text") return writeText(inner);
    return [inner.type === "image" ? writeImage(inner, notes) : writeFile(inner, notes)];
  });
  return {
    type: "tool_result",
    tool_use_id: writeId(part.callId),
    ...(content.length === 0 ? {} : { content }),
    ...(part.isError === true ? { is_error: true } : {}),
    ...writeCache(part.cache),
  };
};

/** Thoughts that the provider signed; undefined for those of others, which it would refuse. */
export const writeReasoning = ({ text, signature, redacted }: ReasoningPart): JsonObject | undefined => {
  if (signature?.by !== "anthropic") return undefined;
  if (redacted === true) return { type: "redacted_thinking", data: signature.value };
  return { type: "thinking", thinking: text, signature: signature.value };
};

/** A part of a user's turn. */
export const writeUserPart = (part: Part, notes: TranslationNotes): JsonObject[] => {
  switch (part.type) {
    case "text":
    case "refusal":
      return writeText(part);
    case "image":
      return [writeImage(part, notes)];
    case "file":
      return [writeFile(part, notes)];
    case "tool-result":
      return [writeToolResult(part, notes)];
    case "audio":
      return notes.refuse("messages", "this provider cannot hear audio");
    case "reasoning":
    case "tool-call":
      return [];
  }
};

/** A part of a model's turn, without its thoughts. */
export const writeAssistantPart = (part: Part, notes: TranslationNotes): JsonObject[] => {
  if (part.type === "text" || part.type === "refusal") return writeText(part);
  if (part.type === "tool-call") return [writeToolCall(part, notes)];
  if (part.type !== "reasoning")
    notes.lost("messages", `the model's own turns cannot hold a part of the kind ${part.type}`);
  return [];
};

import { unsupportedParameter } from "../../conversation/notes.ts";
import type {
  CacheMark,
  FilePart,
  ImagePart,
  MediaSource,
  Part,
  TextPart,
  ToolResultPart,
} from "../../conversation/request.ts";
import { type BodyFields, isAbsent, unreadFields, wrongField } from "../body-fields.ts";
import { lookUp } from "../../look-up.ts";
import { readMediaSource } from "../media-source.ts";
import { reasoningPart } from "./signatures.ts";

/** What of a request has no neutral form, by its path. */
export type Unmapped = { field: string; value: unknown }[];

/** What is read of each kind of block; what else it says goes to `unmapped`. */
const readOfBlocks: Readonly<Record<string, ReadonlySet<string>>> = {
  text: new Set(["type", "text", "cache_control"]),
  image: new Set(["type", "source", "cache_control"]),
  document: new Set(["type", "source", "title", "cache_control"]),
  search_result: new Set(["type", "source", "title", "content", "cache_control"]),
  tool_use: new Set(["type", "id", "name", "input", "cache_control"]),
  tool_result: new Set(["type", "tool_use_id", "content", "is_error", "cache_control"]),
  thinking: new Set(["type", "thinking", "signature"]),
  redacted_thinking: new Set(["type", "data"]),
};

const addUnread = (block: BodyFields, unmapped: Unmapped): void => {
  const type = block.text("type");
  const read = lookUp(readOfBlocks, type);
  if (read === undefined) return;
  const kind = type === "document" ? block.object("source").text("type") : undefined;
  // It is said before the text of a document; there is no place for it beside a file.
  const readsContext = kind === "text" || kind === "content";
  unmapped.push(...unreadFields(block, readsContext ? new Set([...read, "context"]) : read));
};

export const readCacheMark = (block: BodyFields): { cache?: CacheMark } => {
  const control = block.optionalObject("cache_control");
  if (control === undefined) return {};
  return { cache: { lifetime: control.optionalText("ttl") === "1h" ? "1h" : "5m" } };
};

const readSource = (block: BodyFields): MediaSource => {
  const source = block.object("source");
  const kind = source.text("type");
  if (kind === "base64") return { kind, mediaType: source.text("media_type"), data: source.text("data") };
  if (kind === "url") return readMediaSource(source.text("url"), source.pathOf("url"));
  if (kind === "file") {
    throw unsupportedParameter(source.pathOf("type"), "files that were uploaded to Anthropic are known there alone");
  }
  throw wrongField(source.pathOf("type"), "base64 or url");
};

const readImage = (block: BodyFields): ImagePart => ({
  type: "image",
  source: readSource(block),
  ...readCacheMark(block),
});

/** A document of plain text, or of content blocks, is text to any model; any other one is a file. */
const readDocument = (block: BodyFields): (TextPart | ImagePart | FilePart)[] => {
  const source = block.object("source");
  const title = block.optionalText("title");
  const kind = source.text("type");
  if (kind === "text" || kind === "content") {
    const heading = [title, block.optionalText("context")].filter((text) => text !== undefined).join("\n");
    const parts: (TextPart | ImagePart)[] =
      kind === "text" ? [{ type: "text", text: source.text("data") }] : readTextsAndImages(source);
    return [...(heading === "" ? [] : [{ type: "text" as const, text: heading }]), ...withCache(parts, block)];
  }
  return [
    {
      type: "file",
      source: readSource(block),
      ...(title === undefined ? {} : { name: title }),
      ...readCacheMark(block),
    },
  ];
};

/** The mark of a block on the last of the parts that it became. */
const withCache = <P extends TextPart | ImagePart>(parts: readonly P[], block: BodyFields): P[] =>
  parts.map((part, index) => (index === parts.length - 1 ? { ...part, ...readCacheMark(block) } : part));

const readTextsAndImages = (holder: BodyFields): (TextPart | ImagePart)[] => {
  const content = holder.value["content"];
  if (typeof content === "string") return [{ type: "text", text: content }];
  return holder.objects("content").map((block): TextPart | ImagePart => {
    const type = block.text("type");
    if (type === "text") return { type, text: block.text("text"), ...readCacheMark(block) };
    if (type === "image") return readImage(block);
    throw wrongField(block.pathOf("type"), "text or image");
  });
};

/** A passage that was found, in words. */
const readSearchResult = (block: BodyFields): TextPart[] => {
  const heading: TextPart = { type: "text", text: `${block.text("title")}\n${block.text("source")}` };
  return withCache([heading, ...readTexts(block, "content")], block);
};

/** Text as a string, or as a list of text blocks. */
export const readTexts = (holder: BodyFields, key: string): TextPart[] => {
  const content = holder.value[key];
  if (isAbsent(content)) return [];
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return holder.objects(key).map((block): TextPart => {
    if (block.text("type") !== "text") throw wrongField(block.pathOf("type"), "text");
    return { type: "text", text: block.text("text"), ...readCacheMark(block) };
  });
};

const readToolResult = (block: BodyFields, unmapped: Unmapped): ToolResultPart => {
  const content: (TextPart | ImagePart | FilePart)[] = [];
  if (typeof block.value["content"] === "string") content.push(...readTexts(block, "content"));
  else {
    for (const entry of block.objects("content")) {
      const type = entry.text("type");
      addUnread(entry, unmapped);
      if (type === "text") content.push({ type, text: entry.text("text"), ...readCacheMark(entry) });
      else if (type === "image") content.push(readImage(entry));
      else if (type === "document") content.push(...readDocument(entry));
      else if (type === "search_result") content.push(...readSearchResult(entry));
      else unmapped.push({ field: `${entry.pathOf("type")} ${type}`, value: entry.value });
    }
  }
  return {
    type: "tool-result",
    callId: block.text("tool_use_id"),
    content,
    ...(block.optionalBoolean("is_error") === true ? { isError: true } : {}),
    ...readCacheMark(block),
  };
};

const readToolUse = (block: BodyFields): Part => ({
  type: "tool-call",
  id: block.text("id"),
  name: block.text("name"),
  arguments: JSON.stringify(block.value["input"] ?? {}),
  ...readCacheMark(block),
});

/** Blocks that one side of a conversation alone can say. */
const speakers: Readonly<Record<string, "user" | "assistant">> = {
  tool_use: "assistant",
  thinking: "assistant",
  redacted_thinking: "assistant",
  tool_result: "user",
};

const readBlock = (block: BodyFields, role: "user" | "assistant", unmapped: Unmapped): Part[] => {
  const type = block.text("type");
  if ((lookUp(speakers, type) ?? role) !== role) {
    throw wrongField(block.pathOf("type"), `a block that the ${role} can say, which \`${type}\` is not`);
  }
  addUnread(block, unmapped);
  switch (type) {
    case "text":
      return [{ type, text: block.text("text"), ...readCacheMark(block) }];
    case "image":
      return [readImage(block)];
    case "document":
      return readDocument(block);
    case "search_result":
      return readSearchResult(block);
    case "tool_use":
      return [readToolUse(block)];
    case "tool_result":
      return [readToolResult(block, unmapped)];
    case "thinking":
      return [reasoningPart(block.text("thinking"), block.optionalText("signature") ?? "", false)];
    case "redacted_thinking":
      return [reasoningPart("", block.text("data"), true)];
    default:
      // What Anthropic's own tools wrote into an earlier turn, for instance: other models cannot read it.
      unmapped.push({ field: `${block.pathOf("type")} ${type}`, value: block.value });
      return [];
  }
};

/** The content of a message; blocks that have no neutral form go to `unmapped`. */
export const readContent = (message: BodyFields, role: "user" | "assistant", unmapped: Unmapped): Part[] => {
  const content = message.value["content"];
  if (typeof content === "string") return [{ type: "text", text: content }];
  return message.objects("content").flatMap((block) => readBlock(block, role, unmapped));
};

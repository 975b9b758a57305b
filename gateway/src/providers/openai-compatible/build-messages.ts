import type { TranslationNotes } from "../../conversation/notes.ts";
import type {
  AudioPart,
  FilePart,
  ImagePart,
  MediaSource,
  Part,
  RefusalPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  Turn,
} from "../../conversation/request.ts";
import type { JsonObject } from "../../json.ts";
import type { ChatServer } from "./chat-server.ts";
import { lookUp } from "../../look-up.ts";

type SpokenPart = TextPart | ImagePart | FilePart | AudioPart | RefusalPart;

const urlOf = (source: MediaSource): string =>
  source.kind === "url" ? source.url : `data:${source.mediaType};base64,${source.data}`;

const audioFormats: Readonly<Record<string, string>> = {
  "audio/wav": "wav",
  "audio/x-wav": "wav",
  "audio/mpeg": "mp3",
  "audio/mp3": "mp3",
};

const isCall = (part: Part): part is ToolCallPart => part.type === "tool-call";
const isResult = (part: Part): part is ToolResultPart => part.type === "tool-result";
const isMarked = (part: Part): boolean => "cache" in part && part.cache !== undefined;
const isText = (part: Part): part is TextPart => part.type === "text";
const isSpoken = (part: Part): part is SpokenPart =>
  part.type !== "tool-call" && part.type !== "tool-result" && part.type !== "reasoning";

const writeCall = ({ id, name, arguments: text }: ToolCallPart): JsonObject => ({
  id,
  type: "function",
  function: { name, arguments: text === "" ? "{}" : text },
});

/** Writes turns as messages of a chat. Each kind of loss is told once, however often it happens. */
class MessageWriter {
  readonly messages: JsonObject[] = [];
  readonly #server: ChatServer;
  readonly #notes: TranslationNotes;
  readonly #told = new Set<string>();

  constructor(server: ChatServer, notes: TranslationNotes) {
    this.#server = server;
    this.#notes = notes;
  }

  write({ role, parts }: Turn): void {
    if (parts.some((part) => isMarked(part) || (isResult(part) && part.content.some(isMarked)))) {
      this.#lose("cache_control", "the provider decides by itself what it keeps");
    }
    if (role === "system") this.messages.push({ role, content: this.#content(parts.filter(isSpoken)) });
    else if (role === "assistant") this.messages.push(this.#assistant(parts));
    else this.#user(parts);
  }

  /** Results of tools are messages of their own and must follow the calls at once, so they come first. */
  #user(parts: readonly Part[]): void {
    const moved: SpokenPart[] = [];
    for (const result of parts.filter(isResult)) {
      const texts = result.content.filter(isText).map(({ text }) => text);
      moved.push(...result.content.filter((part) => part.type !== "text"));
      if (result.isError === true) this.#lose("is_error", "only the text of a result says that it is an error");
      this.messages.push({ role: "tool", tool_call_id: result.callId, content: texts.join("\n") });
    }
    if (moved.length > 0) this.#lose("tool_result.content", "pictures and files follow in a message of the user");
    const spoken = [...moved, ...parts.filter(isSpoken)];
    if (spoken.length > 0) this.messages.push({ role: "user", content: this.#content(spoken) });
  }

  #assistant(parts: readonly Part[]): JsonObject {
    const calls = parts.filter(isCall).map(writeCall);
    const spoken = parts.filter((part) => part.type === "text" || part.type === "refusal");
    const content = spoken.filter((part) => part.text !== "");
    if (parts.some(({ type }) => type === "image" || type === "file" || type === "audio")) {
      this.#lose("messages", "pictures that the model made are not shown to it again");
    }
    return {
      role: "assistant",
      // Beside calls an empty text would be refused by some servers and read out by others.
      content: content.length === 0 ? (calls.length === 0 ? "" : null) : this.#content(content),
      ...this.#thoughts(parts),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    };
  }

  /** Thoughts go back to where they came from: those with a signature are another provider's. */
  #thoughts(parts: readonly Part[]): JsonObject {
    const thoughts = parts.filter((part) => part.type === "reasoning");
    const own = thoughts.filter(({ signature }) => signature === undefined && this.#server.takesThoughts);
    if (own.length < thoughts.length) this.#lose("reasoning", "thoughts of earlier turns are not taken back");
    const text = own.map((thought) => thought.text).join("");
    return text === "" ? {} : { reasoning_content: text };
  }

  #content(parts: readonly SpokenPart[]): string | JsonObject[] {
    const [first] = parts;
    if (first === undefined) return "";
    return parts.length === 1 && first.type === "text" ? first.text : parts.map((part) => this.#part(part));
  }

  #part(part: SpokenPart): JsonObject {
    switch (part.type) {
      case "text":
        return { type: "text", text: part.text };
      case "refusal":
        return { type: "refusal", refusal: part.text };
      case "image": {
        const detail = part.detail === undefined ? {} : { detail: part.detail };
        return { type: "image_url", image_url: { url: urlOf(part.source), ...detail } };
      }
      case "file":
        return this.#file(part);
      case "audio":
        return this.#audio(part);
    }
  }

  #file({ source, name }: FilePart): JsonObject {
    if (source.kind === "url")
      return this.#notes.refuse("file", "it takes documents by their bytes and not by an address");
    const filename = name ?? `document.${source.mediaType.slice(source.mediaType.indexOf("/") + 1)}`;
    return { type: "file", file: { filename, file_data: urlOf(source) } };
  }

  #audio({ source }: AudioPart): JsonObject {
    if (source.kind === "url") return this.#notes.refuse("audio", "it takes sound by its bytes and not by an address");
    const format = lookUp(audioFormats, source.mediaType);
    if (format === undefined) return this.#notes.refuse("audio", `it takes wav and mp3 and not ${source.mediaType}`);
    return { type: "input_audio", input_audio: { data: source.data, format } };
  }

  #lose(field: string, why: string): void {
    if (this.#told.has(field)) return;
    this.#told.add(field);
    this.#notes.lost(field, why);
  }
}

/** Turns as messages of a chat. */
export const buildMessages = (turns: readonly Turn[], server: ChatServer, notes: TranslationNotes): JsonObject[] => {
  const writer = new MessageWriter(server, notes);
  for (const turn of turns) writer.write(turn);
  return writer.messages;
};

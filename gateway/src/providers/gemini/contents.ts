import type { TranslationNotes } from "../../conversation/notes.ts";
import type {
  FilePart,
  ImagePart,
  MediaSource,
  Part,
  ReasoningPart,
  Signature,
  ToolCallPart,
  ToolResultPart,
  Turn,
} from "../../conversation/request.ts";
import { decodeJsonObject, encodeText, type JsonObject } from "../../json.ts";
import type { ModelFamily } from "./model-family.ts";

/**
 * Google's documented word for a call that the model did not make itself, or whose signature was lost on the way. Models
 * of Gemini 3 refuse the first call of an answer without any.
 */
const skipSignature = "skip_thought_signature_validator";

/** Addresses that Gemini reads itself. */
export const isGeminiFile = (url: string): boolean =>
  url.startsWith("https://generativelanguage.googleapis.com/") || url.startsWith("gs://");

interface Content {
  role: "user" | "model";
  parts: JsonObject[];
}

const signatureFields = (signature: Signature | undefined): JsonObject =>
  signature?.by === "gemini" ? { thoughtSignature: signature.value } : {};

const mediaPart = (source: MediaSource, notes: TranslationNotes): JsonObject => {
  if (source.kind === "base64") return { inlineData: { mimeType: source.mediaType, data: source.data } };
  if (isGeminiFile(source.url)) return { fileData: { fileUri: source.url } };
  return notes.refuse("messages", "Gemini takes no addresses; send the content as a data URL");
};

const argumentsOf = (call: ToolCallPart, notes: TranslationNotes): JsonObject => {
  if (call.arguments.trim() === "") return {};
  const parsed = decodeJsonObject(encodeText(call.arguments));
  if (parsed !== undefined) return parsed;
  notes.lost("tool_calls", `the arguments of ${call.id} are no JSON object and were left out`);
  return {};
};

/** Writes turns as Gemini's contents: neighbours of one role are one content, and results are the user's. */
class ContentsWriter {
  readonly #family: ModelFamily;
  readonly #notes: TranslationNotes;
  readonly #contents: Content[] = [];
  readonly #system: JsonObject[] = [];
  readonly #toolNames = new Map<string, string>();
  readonly #told = new Set<string>();

  constructor(family: ModelFamily, notes: TranslationNotes) {
    this.#family = family;
    this.#notes = notes;
  }

  write(turns: readonly Turn[]): JsonObject {
    for (const turn of turns) {
      if (turn.role === "system") this.#systemTurn(turn);
      else this.#turn(turn);
    }
    if (this.#family.isThird) for (const content of this.#contents) signFirstCall(content);
    const contents = this.#contents.filter(({ parts }) => parts.length > 0);
    if (contents.length === 0) this.#notes.refuse("messages", "there is nothing to answer besides system messages");
    return { contents, ...(this.#system.length === 0 ? {} : { systemInstruction: { parts: this.#system } }) };
  }

  #tellOnce(field: string, why: string): void {
    if (this.#told.has(field)) return;
    this.#told.add(field);
    this.#notes.lost(field, why);
  }

  #systemTurn({ parts }: Turn): void {
    if (this.#contents.length > 0) {
      this.#tellOnce("system", "Gemini takes system messages at the beginning only, so a later one was moved there");
    }
    for (const part of parts) {
      if (part.type !== "text")
        this.#notes.refuse("system", `Gemini takes text in system messages, and no ${part.type}`);
      this.#tellOfCache(part);
      if (part.text !== "") this.#system.push({ text: part.text });
    }
  }

  #turn({ role, parts }: Turn): void {
    const wanted = role === "assistant" ? "model" : "user";
    const last = this.#contents.at(-1);
    const content: Content = last?.role === wanted ? last : { role: wanted, parts: [] };
    if (content !== last) this.#contents.push(content);
    for (const part of parts) content.parts.push(...this.#part(part));
  }

  #tellOfCache(part: Part): void {
    if ("cache" in part && part.cache !== undefined) {
      this.#tellOnce("cache_control", "Gemini decides itself what it keeps");
    }
  }

  #part(part: Part): JsonObject[] {
    this.#tellOfCache(part);
    switch (part.type) {
      case "text":
        // Empty text is refused, unless it carries a signature.
        return part.text === "" && part.signature?.by !== "gemini"
          ? []
          : [{ text: part.text, ...signatureFields(part.signature) }];
      case "image":
      case "file":
        return [this.#media(part)];
      case "audio":
        return [mediaPart(part.source, this.#notes)];
      case "reasoning":
        return this.#reasoning(part);
      case "tool-call":
        return [this.#call(part)];
      case "tool-result":
        return this.#result(part);
      case "refusal":
        return part.text === "" ? [] : [{ text: part.text }];
      default:
        return part satisfies never;
    }
  }

  #media(part: ImagePart | FilePart): JsonObject {
    if (part.type === "image" && part.detail !== undefined && part.detail !== "auto") {
      this.#tellOnce("detail", "Gemini chooses itself how closely it looks at an image");
    }
    if (part.type === "file" && part.name !== undefined)
      this.#tellOnce("filename", "Gemini is not told names of files");
    return mediaPart(part.source, this.#notes);
  }

  #reasoning({ text, signature, redacted }: ReasoningPart): JsonObject[] {
    const isForeign = signature !== undefined && signature.by !== "gemini";
    if (isForeign || (redacted === true && signature === undefined)) {
      this.#tellOnce("reasoning", "thoughts of another provider's model were left out");
      return [];
    }
    if (text === "" && signature === undefined) return [];
    return [{ text, thought: true, ...signatureFields(signature) }];
  }

  #call(call: ToolCallPart): JsonObject {
    this.#toolNames.set(call.id, call.name);
    return {
      functionCall: { id: call.id, name: call.name, args: argumentsOf(call, this.#notes) },
      ...signatureFields(call.signature),
    };
  }

  #result({ callId, content, isError }: ToolResultPart): JsonObject[] {
    const name = this.#toolNames.get(callId);
    if (name === undefined) {
      return this.#notes.refuse("tool_call_id", `no call ${callId} stands before its result, so its tool is not known`);
    }
    for (const part of content) this.#tellOfCache(part);
    const text = content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
    const media = content.flatMap((part) => (part.type === "text" ? [] : [this.#media(part)]));
    // The text as it is: reading it as JSON would change long numbers.
    const response = isError === true ? { error: text } : { output: text };
    const inside = this.#family.isThird && media.every((part) => "inlineData" in part);
    const functionResponse = { id: callId, name, response, ...(inside && media.length > 0 ? { parts: media } : {}) };
    return inside ? [{ functionResponse }] : [{ functionResponse }, ...media];
  }
}

/** Of calls made at once only the first is signed; a signature that is there is the best. */
const signFirstCall = ({ role, parts }: Content): void => {
  if (role !== "model") return;
  const first = parts.find((part) => "functionCall" in part);
  if (first !== undefined) first["thoughtSignature"] ??= skipSignature;
};

/** `contents` and `systemInstruction` of a conversation. */
export const writeContents = (turns: readonly Turn[], family: ModelFamily, notes: TranslationNotes): JsonObject =>
  new ContentsWriter(family, notes).write(turns);

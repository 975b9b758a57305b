import { MessageCountRequest, MessageRequest } from "@llm-tuner/contract/messages.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { estimateTextTokens } from "../../meter/estimate.ts";
import { type CallFields, noPieces } from "../call.ts";
import { schemaError } from "../schema-error.ts";

const tokensPerMessage = 4;
/** Of a picture, and of a document at least. */
const tokensPerMedium = 1000;
// A page of a PDF has about two thousand tokens, and seldom less than fifty kilobytes of base64.
const charactersPerDocumentToken = 25;

const lengthOfData = (block: JsonObject): number => {
  const source = block["source"];
  const data = isJsonObject(source) ? source["data"] : undefined;
  return typeof data === "string" ? data.length : 0;
};

const blockTokens = (block: unknown): number => {
  if (!isJsonObject(block)) return 0;
  if (block["type"] === "image") return tokensPerMedium;
  if (block["type"] === "document") {
    return Math.max(tokensPerMedium, Math.ceil(lengthOfData(block) / charactersPerDocumentToken));
  }
  if (block["type"] === "tool_result") return contentTokens(block["content"]);
  const text = block["text"];
  return estimateTextTokens(typeof text === "string" ? text.length : JSON.stringify(block).length);
};

const contentTokens = (content: unknown): number => {
  if (typeof content === "string") return estimateTextTokens(content.length);
  if (!Array.isArray(content)) return 0;
  const blocks: unknown[] = content;
  return blocks.reduce<number>((tokens, block) => tokens + blockTokens(block), 0);
};

/** Tokens of a prompt of the Messages API, by the length of its text and the number of its pictures and documents. */
export const estimateMessageTokens = ({ system, messages, tools }: JsonObject): number => {
  let tokens = contentTokens(system);
  if (Array.isArray(tools)) tokens += estimateTextTokens(JSON.stringify(tools).length);
  if (!Array.isArray(messages)) return tokens;
  const entries: unknown[] = messages;
  for (const message of entries) {
    tokens += tokensPerMessage + (isJsonObject(message) ? contentTokens(message["content"]) : 0);
  }
  return tokens;
};

/** What the gateway acts on in a request of the Messages API. Throws a 400 with the field at fault. */
export const readMessageFields = (body: JsonObject): CallFields => {
  const parsed = MessageRequest.safeParse(body);
  if (!parsed.success) throw schemaError(parsed.error);
  const { model, stream, max_tokens } = parsed.data;
  return {
    model,
    stream: stream ?? false,
    includeUsage: true,
    estimatedInputTokens: estimateMessageTokens(body),
    maxOutputTokens: max_tokens,
    outputField: "max_tokens",
    answers: 1,
    pieces: noPieces,
  };
};

/** The same of a request to count its tokens. It generates nothing and costs nothing, so nothing is to be held for it. */
export const readMessageCountFields = (body: JsonObject): CallFields => {
  const parsed = MessageCountRequest.safeParse(body);
  if (!parsed.success) throw schemaError(parsed.error);
  return {
    model: parsed.data.model,
    stream: false,
    includeUsage: true,
    estimatedInputTokens: 0,
    maxOutputTokens: 0,
    outputField: null,
    answers: 1,
    pieces: noPieces,
  };
};

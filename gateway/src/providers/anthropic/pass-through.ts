import type { TranslationNotes } from "../../conversation/notes.ts";
import { decodeJsonObject, encodeJson, isJsonObject, type JsonObject } from "../../json.ts";
import { estimateTextTokens } from "../../meter/estimate.ts";
import { noUsage, type MeasuredUsage } from "../../meter/usage.ts";
import type { Call } from "../../receive/call.ts";
import { isAnthropicSignature } from "../../receive/messages/signatures.ts";
import { invalidProviderAnswer } from "../provider-errors.ts";
import type { ProviderRequest, TranslatedAnswer, Translation, TranslationArgs } from "../provider.ts";
import { readFacts } from "./facts.ts";
import { requestHeaders } from "./headers.ts";
import { MessageStreamPass } from "./pass-stream.ts";
import { readMessage } from "./read-answer.ts";
import { readErrorObject } from "./read-error.ts";
import { readUsage } from "./usage.ts";

/** Thoughts of another provider's model, which a client keeps when its conversation moves here, and which are refused. */
const isForeign = (block: unknown): boolean => {
  if (!isJsonObject(block)) return false;
  if (block["type"] === "thinking") return !isAnthropicSignature(block["signature"]);
  return block["type"] === "redacted_thinking" && !isAnthropicSignature(block["data"]);
};

const withoutForeign = (messages: unknown, notes: TranslationNotes): unknown[] | undefined => {
  if (!Array.isArray(messages)) return undefined;
  let found = false;
  const cleaned = messages.map((message: unknown): unknown => {
    if (!isJsonObject(message) || !Array.isArray(message["content"])) return message;
    const content: unknown[] = message["content"];
    if (!content.some(isForeign)) return message;
    found = true;
    return { ...message, content: content.filter((block) => !isForeign(block)) };
  });
  if (!found) return undefined;
  notes.lost("messages", "thoughts that this provider has not signed were left out");
  return cleaned.filter((message) => !isJsonObject(message) || !isEmptyContent(message["content"]));
};

const isEmptyContent = (content: unknown): boolean => Array.isArray(content) && content.length === 0;

/** Another model than the one that was asked for would answer, at a price that nobody agreed to. */
const refuseOtherModels = ({ body }: Call, notes: TranslationNotes): void => {
  if (body["fallbacks"] !== undefined && body["fallbacks"] !== null) {
    notes.refuse("fallbacks", "other models are asked by the routes of the gateway, so that the bill is theirs");
  }
  const tools: unknown[] = Array.isArray(body["tools"]) ? body["tools"] : [];
  for (const [index, tool] of tools.entries()) {
    if (isJsonObject(tool) && String(tool["type"]).startsWith("advisor")) {
      notes.refuse(`tools[${index}].type`, "its tokens are billed at the price of another model");
    }
  }
};

/** The client's own bytes where nothing has to change. */
const requestOf = ({ call, route, requestId, notes }: TranslationArgs): ProviderRequest => {
  refuseOtherModels(call, notes);
  const changes: JsonObject = {};
  if (call.model !== route.upstreamModel) changes["model"] = route.upstreamModel;
  const messages = withoutForeign(call.body["messages"], notes);
  if (messages !== undefined) changes["messages"] = messages;
  return {
    method: "POST",
    path: `/v1/${call.endpoint}`,
    headers: { ...requestHeaders({ stream: call.stream, requestId }), ...call.forwardedHeaders },
    body: Object.keys(changes).length === 0 ? call.bytes : encodeJson({ ...call.body, ...changes }),
  };
};

const answerLength = (content: readonly unknown[]): number =>
  content.reduce<number>((length, block) => {
    if (!isJsonObject(block)) return length;
    const text = block["text"] ?? block["thinking"];
    return length + (typeof text === "string" ? text.length : JSON.stringify(block["input"] ?? "").length);
  }, 0);

const readAnswer = (call: Call, body: Uint8Array): TranslatedAnswer => {
  const message = readMessage(body);
  const reported = readUsage(message["usage"]);
  const outputText = estimateTextTokens(answerLength(message.content));
  const usage: MeasuredUsage =
    reported === undefined
      ? { counts: { ...noUsage, inputUncached: call.estimatedInputTokens, outputText }, source: "estimated" }
      : { counts: reported, source: "reported" };
  const bytes = message["model"] === call.model ? body : encodeJson({ ...message, model: call.model });
  return { bytes, usage, facts: readFacts(message) };
};

const neverStreams = (): never => {
  throw new Error("a count of tokens is not streamed");
};

/** `POST /v1/messages` at a server of the same dialect. Unknown fields, headers of betas and unknown events are passed on. */
export const passMessagesThrough = (args: TranslationArgs): Translation => ({
  request: requestOf(args),
  readAnswer: (body) => readAnswer(args.call, body),
  streamTranslator: () => new MessageStreamPass(args),
});

/** `POST /v1/messages/count_tokens` likewise. Nothing is used by it. */
export const passCountThrough = (args: TranslationArgs): Translation => ({
  request: requestOf(args),
  readAnswer(body) {
    const count = decodeJsonObject(body);
    if (count !== undefined && isJsonObject(count["error"])) throw readErrorObject(count);
    if (count === undefined || typeof count["input_tokens"] !== "number") {
      throw invalidProviderAnswer("answered without a count of tokens");
    }
    return { bytes: body, usage: { counts: noUsage, source: "reported" }, facts: readFacts(count) };
  },
  streamTranslator: neverStreams,
});

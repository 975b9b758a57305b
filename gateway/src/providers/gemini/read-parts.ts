import type { FinishReason } from "../../conversation/answer.ts";
import { GatewayError } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { lookUp } from "../../look-up.ts";

const finishReasons: Readonly<Record<string, FinishReason>> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  CONTINUATION: "length",
  SAFETY: "content-filter",
  RECITATION: "content-filter",
  LANGUAGE: "content-filter",
  BLOCKLIST: "content-filter",
  PROHIBITED_CONTENT: "content-filter",
  SPII: "content-filter",
  OTHER: "content-filter",
  IMAGE_SAFETY: "content-filter",
  IMAGE_PROHIBITED_CONTENT: "content-filter",
  IMAGE_RECITATION: "content-filter",
  IMAGE_OTHER: "content-filter",
  NO_IMAGE: "content-filter",
  MODEL_ARMOR: "content-filter",
};

/** The model wrote something that Gemini itself could not read; what there is of the answer cannot be used. */
const failures = new Set([
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "MALFORMED_RESPONSE",
]);

/** 502: the answer ended by a fault of the model. The same request may well succeed. */
const failedAnswer = (reason: string, message: unknown): GatewayError =>
  new GatewayError({
    status: 502,
    code: "provider_invalid_answer",
    type: "server_error",
    message: `The model wrote an answer that its provider could not read (${reason}). Try again, or make the tools simpler.`,
    retryable: true,
    cause: message,
  });

/** Why a candidate ended; undefined while it goes on. Throws a 502 for an end that is none. */
export const finishOf = (candidate: JsonObject, sawCall: boolean): FinishReason | undefined => {
  const reason = candidate["finishReason"];
  if (typeof reason !== "string" || reason === "") return undefined;
  if (failures.has(reason)) throw failedAnswer(reason, candidate["finishMessage"]);
  const finish = lookUp(finishReasons, reason) ?? "stop";
  return finish === "stop" && sawCall ? "tool-calls" : finish;
};

export const objectsOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

/** Candidates carry their index only when it is not 0. */
export const indexOf = (candidate: JsonObject): number => {
  const index = candidate["index"];
  return typeof index === "number" && Number.isSafeInteger(index) && index >= 0 ? index : 0;
};

export const partsOf = (candidate: JsonObject): JsonObject[] => {
  const content = candidate["content"];
  return isJsonObject(content) ? objectsOf(content["parts"]) : [];
};

/** Why the prompt was not answered at all, for people; undefined when it was. */
export const blockedPrompt = (answer: JsonObject): string | undefined => {
  const feedback = answer["promptFeedback"];
  const reason = isJsonObject(feedback) ? feedback["blockReason"] : undefined;
  return typeof reason === "string" && reason !== "" ? `The provider blocked the prompt (${reason}).` : undefined;
};

/** A piece of an answer as Gemini sends it. */
export type AnswerPart =
  | { type: "text" | "reasoning"; text: string; signature: string | undefined }
  | { type: "call"; id: string; name: string; arguments: string; signature: string | undefined }
  | { type: "image"; mediaType: string; data: string };

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Gemini names its calls only sometimes; clients need a name that is used once. */
const newCallId = (): string => `call_${crypto.randomUUID().replaceAll("-", "").slice(0, 24)}`;

/** Undefined for what has no place in an answer, such as the code of Google's own tools. */
export const readPart = (part: JsonObject): AnswerPart | undefined => {
  const signature = text(part["thoughtSignature"]);
  const { functionCall, inlineData } = part;
  if (isJsonObject(functionCall)) {
    const { id, name, args } = functionCall;
    const call = { id: text(id) ?? newCallId(), name: text(name) ?? "", arguments: JSON.stringify(args ?? {}) };
    return { type: "call", ...call, signature };
  }
  if (isJsonObject(inlineData)) {
    // Models that think draw while they do; those are sketches.
    if (part["thought"] === true) return undefined;
    const data = text(inlineData["data"]);
    const mediaType = text(inlineData["mimeType"]) ?? "application/octet-stream";
    return data === undefined ? undefined : { type: "image", mediaType, data };
  }
  const said = typeof part["text"] === "string" ? part["text"] : "";
  if (said === "" && signature === undefined) return undefined;
  return { type: part["thought"] === true ? "reasoning" : "text", text: said, signature };
};

import type { Block, FinishReason } from "../../conversation/answer.ts";
import { readDataUrl } from "../../conversation/data-url.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { lookUp } from "../../look-up.ts";

/** A text of a message; empty when it is anything else. */
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

export const objectsOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

/** Servers have two names for the thoughts of a model. */
export const reasoningOf = (message: JsonObject): string =>
  textOf(message["reasoning_content"]) || textOf(message["reasoning"]);

/** Some servers answer with parts where the dialect has a text. */
export const contentOf = ({ content }: JsonObject): string =>
  textOf(content) ||
  objectsOf(content)
    .map(({ text }) => textOf(text))
    .join("");

/** Arguments as JSON text; some servers send the object itself. */
export const argumentsOf = (called: JsonObject): string => {
  const { arguments: value } = called;
  return isJsonObject(value) ? JSON.stringify(value) : textOf(value);
};

/** Pictures that came with a message; what is not in the answer itself is left where it is. */
export const imagesOf = (message: JsonObject): Block[] =>
  objectsOf(message["images"]).flatMap(({ image_url: image }) => {
    const data = readDataUrl(isJsonObject(image) ? textOf(image["url"]) : textOf(image));
    return data === undefined ? [] : [{ type: "image" as const, ...data }];
  });

/** An id for a call that came without one, of characters that every dialect takes. */
export const madeCallId = (answerId: unknown, choice: number, call: number): string =>
  `call_${textOf(answerId).replaceAll(/[^\w-]/g, "")}_${choice}_${call}`;

const finishReasons: Readonly<Record<string, FinishReason>> = {
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
};

/** Why a choice ended. Servers say `stop` of calls that were demanded by name, and of refusals. */
export const finishOf = (
  choice: JsonObject,
  has: { calls: boolean; refusal: boolean },
): { finish: FinishReason; stopSequence?: string } => {
  const finish = lookUp(finishReasons, textOf(choice["finish_reason"]));
  if (finish !== undefined) return { finish };
  if (has.calls) return { finish: "tool-calls" };
  if (has.refusal) return { finish: "refusal" };
  const met = choice["stop_reason"];
  return typeof met === "string" && met !== "" ? { finish: "stop-sequence", stopSequence: met } : { finish: "stop" };
};

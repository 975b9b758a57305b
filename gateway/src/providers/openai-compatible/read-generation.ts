import type { Block, Choice, Generation } from "../../conversation/answer.ts";
import { decodeJsonObject, isJsonObject, type JsonObject } from "../../json.ts";
import { readExtraContent } from "../../receive/chat-completions/extra-content.ts";
import { invalidProviderAnswer } from "../provider-errors.ts";
import {
  argumentsOf,
  contentOf,
  finishOf,
  imagesOf,
  madeCallId,
  objectsOf,
  reasoningOf,
  textOf,
} from "./answer-blocks.ts";
import { readFacts } from "./facts.ts";
import { readErrorObject } from "./read-error.ts";
import { readUsage } from "./usage.ts";

const readCalls = (message: JsonObject, answerId: unknown, choice: number): Block[] => {
  const { function_call: old } = message;
  const entries = isJsonObject(old) ? [{ function: old }] : objectsOf(message["tool_calls"]);
  return entries.flatMap((entry: JsonObject, index) => {
    const called = entry["function"];
    if (!isJsonObject(called)) return [];
    const signature = readExtraContent(entry);
    return [
      {
        type: "tool-call" as const,
        id: textOf(entry["id"]) || madeCallId(answerId, choice, index),
        name: textOf(called["name"]),
        arguments: argumentsOf(called),
        ...(signature === undefined ? {} : { signature }),
      },
    ];
  });
};

const readChoice = (choice: JsonObject, answerId: unknown, index: number): Choice => {
  const message = isJsonObject(choice["message"]) ? choice["message"] : {};
  const [reasoning, content, refusal] = [reasoningOf(message), contentOf(message), textOf(message["refusal"])];
  const calls = readCalls(message, answerId, index);
  const blocks: Block[] = [
    ...(reasoning === "" ? [] : [{ type: "reasoning" as const, text: reasoning }]),
    ...(content === "" ? [] : [{ type: "text" as const, text: content }]),
    ...(refusal === "" ? [] : [{ type: "refusal" as const, text: refusal }]),
    ...imagesOf(message),
    ...calls,
  ];
  return { blocks, ...finishOf(choice, { calls: calls.length > 0, refusal: refusal !== "" }) };
};

/**
 * A whole chat completion in the neutral form. Throws a `GatewayError`: 502 when it is no answer, or the error that it
 * holds.
 */
export const readGeneration = (body: Uint8Array): Generation => {
  const answer = decodeJsonObject(body);
  if (answer === undefined) throw invalidProviderAnswer("answered with something that is not JSON");
  if (answer["error"] !== undefined && answer["error"] !== null) throw readErrorObject(answer);
  const choices = objectsOf(answer["choices"]);
  if (choices.length === 0) throw invalidProviderAnswer("answered without choices");
  return {
    choices: choices.map((choice, index) => readChoice(choice, answer["id"], index)),
    usage: readUsage(answer["usage"]),
    facts: readFacts(answer),
  };
};

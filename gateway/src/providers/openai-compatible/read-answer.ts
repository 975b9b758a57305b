import { decodeText, encodeJson, encodeText, isJsonObject, type JsonObject, parseJsonObject } from "../../json.ts";
import { estimateTextTokens } from "../../meter/estimate.ts";
import { noUsage, type MeasuredUsage } from "../../meter/usage.ts";
import type { Call } from "../../receive/call.ts";
import { invalidProviderAnswer } from "../provider-errors.ts";
import type { TranslatedAnswer } from "../provider.ts";
import { readFacts } from "./facts.ts";
import { readErrorObject } from "./read-error.ts";
import { withModelNamed } from "./rename-model.ts";
import { readUsage } from "./usage.ts";

const lengthOf = (text: unknown): number => (typeof text === "string" ? text.length : 0);

const lengthOfMessage = (message: JsonObject): number => {
  const calls: unknown[] = Array.isArray(message["tool_calls"]) ? message["tool_calls"] : [];
  const ofCalls = calls.filter(isJsonObject).reduce((length, { function: called }) => {
    return length + (isJsonObject(called) ? lengthOf(called["arguments"]) : 0);
  }, 0);
  return lengthOf(message["content"]) + lengthOf(message["refusal"]) + lengthOf(message["reasoning_content"]) + ofCalls;
};

/** Length of all that was written in the choices, for servers that report no usage. */
const answerLength = (choices: readonly unknown[]): number => {
  let length = 0;
  for (const choice of choices) {
    if (!isJsonObject(choice)) continue;
    const { message } = choice;
    length += isJsonObject(message) ? lengthOfMessage(message) : lengthOf(choice["text"]);
  }
  return length;
};

const renamed = (answer: JsonObject, text: string, model: string): Uint8Array => {
  const replaced = typeof answer["model"] === "string" ? withModelNamed(text, answer["model"], model) : undefined;
  return replaced === undefined ? encodeJson({ ...answer, model }) : encodeText(replaced);
};

/**
 * Reads a whole answer. Its bytes are passed on as they are, unless they name another model than the client asked for.
 * Throws a `GatewayError`: 502 when it is no answer, or the error that it holds.
 */
export const readAnswer = (call: Call, body: Uint8Array): TranslatedAnswer => {
  const text = decodeText(body);
  const answer = parseJsonObject(text);
  if (answer === undefined) throw invalidProviderAnswer("answered with something that is not JSON");
  if (answer["error"] !== undefined && answer["error"] !== null) throw readErrorObject(answer);
  const choices = answer["choices"];
  if (!Array.isArray(choices)) throw invalidProviderAnswer("answered without choices");
  const reported = readUsage(answer["usage"]);
  const usage: MeasuredUsage =
    reported === undefined
      ? {
          counts: {
            ...noUsage,
            inputUncached: call.estimatedInputTokens,
            outputText: estimateTextTokens(answerLength(choices)),
          },
          source: "estimated",
        }
      : { counts: reported, source: "reported" };
  const bytes = answer["model"] === call.model ? body : renamed(answer, text, call.model);
  return { bytes, usage, facts: readFacts(answer) };
};

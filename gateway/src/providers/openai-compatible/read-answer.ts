import { decodeJsonObject, encodeJson, isJsonObject } from "../../json.ts";
import { estimateTextTokens } from "../../meter/estimate.ts";
import type { MeasuredUsage } from "../../meter/usage.ts";
import type { CompletionCall } from "../../receive/completion-call.ts";
import { invalidProviderAnswer } from "../provider-errors.ts";
import { readErrorObject } from "./read-error.ts";
import { readUsage } from "./usage.ts";

/** Length of all text in the choices, for servers that report no usage. */
const answerLength = (choices: readonly unknown[]): number => {
  let length = 0;
  for (const choice of choices) {
    if (!isJsonObject(choice)) continue;
    const content = isJsonObject(choice["message"]) ? choice["message"]["content"] : choice["text"];
    if (typeof content === "string") length += content.length;
  }
  return length;
};

/**
 * Reads a whole answer. Its bytes are passed on as they are, unless they name another model than the client asked for.
 * Throws a `GatewayError`: 502 when it is no answer, or the error that it holds.
 */
export const readAnswer = (call: CompletionCall, body: Uint8Array): { bytes: Uint8Array; usage: MeasuredUsage } => {
  const answer = decodeJsonObject(body);
  if (answer === undefined) throw invalidProviderAnswer("answered with something that is not JSON");
  if (answer["error"] !== undefined && answer["error"] !== null) throw readErrorObject(answer);
  const choices = answer["choices"];
  if (!Array.isArray(choices)) throw invalidProviderAnswer("answered without choices");
  const reported = readUsage(answer["usage"]);
  const usage: MeasuredUsage =
    reported === undefined
      ? {
          inputTokens: call.estimatedInputTokens,
          outputTokens: estimateTextTokens(answerLength(choices)),
          usageSource: "estimated",
        }
      : { ...reported, usageSource: "reported" };
  const bytes = answer["model"] === call.model ? body : encodeJson({ ...answer, model: call.model });
  return { bytes, usage };
};

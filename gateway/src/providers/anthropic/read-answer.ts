import type { Block, Choice, FinishReason, Generation } from "../../conversation/answer.ts";
import { decodeJsonObject, isJsonObject, type JsonObject } from "../../json.ts";
import { invalidProviderAnswer } from "../provider-errors.ts";
import { readFacts } from "./facts.ts";
import { readErrorObject } from "./read-error.ts";
import { answerTool } from "./tools.ts";
import { readUsage } from "./usage.ts";
import { lookUp } from "../../look-up.ts";

const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop-sequence",
  max_tokens: "length",
  model_context_window_exceeded: "context-window",
  tool_use: "tool-calls",
  refusal: "refusal",
  pause_turn: "pause",
};

/**
 * Why an answer ended. A call of the tool that stands for an output format is the answer itself; a reason that is not known
 * is a proper end.
 */
export const readStop = (
  { stop_reason, stop_sequence }: JsonObject,
  callsTools: boolean,
): Pick<Choice, "finish" | "stopSequence"> => {
  const finish = lookUp(finishReasons, String(stop_reason)) ?? "stop";
  if (finish === "tool-calls" && !callsTools) return { finish: "stop" };
  return { finish, ...(typeof stop_sequence === "string" ? { stopSequence: stop_sequence } : {}) };
};

/** Why the model declined, in its provider's words; undefined when it did not, or says nothing. */
export const readRefusal = ({ stop_details }: JsonObject): Block | undefined => {
  const explanation = isJsonObject(stop_details) ? stop_details["explanation"] : undefined;
  return typeof explanation === "string" && explanation !== "" ? { type: "refusal", text: explanation } : undefined;
};

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A block of an answer; undefined for what only the provider's own tools write, which are never asked for here. */
export const readBlock = (block: JsonObject): Block | undefined => {
  switch (block["type"]) {
    case "text":
      return { type: "text", text: text(block["text"]) };
    case "thinking": {
      const value = text(block["signature"]);
      const signed = value === "" ? {} : { signature: { by: "anthropic" as const, value } };
      return { type: "reasoning", text: text(block["thinking"]), ...signed };
    }
    case "redacted_thinking":
      return {
        type: "reasoning",
        text: "",
        redacted: true,
        signature: { by: "anthropic", value: text(block["data"]) },
      };
    case "tool_use": {
      const input = block["input"];
      const isEmpty = !isJsonObject(input) || Object.keys(input).length === 0;
      const json = isEmpty ? "" : JSON.stringify(input);
      if (block["name"] === answerTool) return { type: "text", text: json };
      return { type: "tool-call", id: text(block["id"]), name: text(block["name"]), arguments: json };
    }
    default:
      return undefined;
  }
};

/** A whole message. Throws a `GatewayError`: 502 when it is none, or the error that it holds. */
export const readMessage = (body: Uint8Array): JsonObject & { content: unknown[] } => {
  const message = decodeJsonObject(body);
  if (message === undefined) throw invalidProviderAnswer("answered with something that is not JSON");
  if (message["type"] === "error" || isJsonObject(message["error"])) throw readErrorObject(message);
  const { content } = message;
  if (!Array.isArray(content)) throw invalidProviderAnswer("answered without content");
  return { ...message, content };
};

/** The same in the neutral form. */
export const readAnswer = (body: Uint8Array): Generation => {
  const message = readMessage(body);
  const blocks = message.content.flatMap((entry) => {
    const block = isJsonObject(entry) ? readBlock(entry) : undefined;
    if (block === undefined) return [];
    // Arguments of a whole answer are never left out, as they may be within a stream.
    return [block.type === "tool-call" && block.arguments === "" ? { ...block, arguments: "{}" } : block];
  });
  const refusal = readRefusal(message);
  const callsTools = blocks.some(({ type }) => type === "tool-call");
  return {
    choices: [{ blocks: refusal === undefined ? blocks : [...blocks, refusal], ...readStop(message, callsTools) }],
    usage: readUsage(message["usage"]),
    facts: readFacts(message),
  };
};

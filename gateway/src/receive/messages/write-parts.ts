import type { Block, Choice, FinishReason } from "../../conversation/answer.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { outputTokensOf, type Usage } from "../../meter/usage.ts";
import { writeSignature } from "./signatures.ts";

/** The id of a message, made of the request's, because the provider's own may be of any form. */
export const messageId = (requestId: string): string => `msg_${requestId.replace(/^req_/, "")}`;

const stopReasons: Readonly<Record<FinishReason, string>> = {
  stop: "end_turn",
  "stop-sequence": "stop_sequence",
  length: "max_tokens",
  "context-window": "model_context_window_exceeded",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
  refusal: "refusal",
  pause: "pause_turn",
};

/** Why the answer ended. The dialect has no word of its own for what a provider withheld: that is a refusal too. */
export const writeStop = ({ finish, stopSequence }: Pick<Choice, "finish" | "stopSequence">): JsonObject => {
  const isRefusal = finish === "refusal" || finish === "content-filter";
  return {
    stop_reason: stopReasons[finish],
    stop_sequence: finish === "stop-sequence" ? (stopSequence ?? null) : null,
    stop_details: isRefusal ? { type: "refusal", category: null, explanation: null } : null,
  };
};

/** The counts of the dialect: its input leaves out what was read from a cache or written into one. */
export const writeUsage = (usage: Usage): JsonObject => ({
  input_tokens: usage.inputUncached + usage.inputAudio + usage.inputImage,
  cache_creation_input_tokens: usage.inputCacheWrite5m + usage.inputCacheWrite1h,
  cache_read_input_tokens: usage.inputCacheRead,
  cache_creation: {
    ephemeral_5m_input_tokens: usage.inputCacheWrite5m,
    ephemeral_1h_input_tokens: usage.inputCacheWrite1h,
  },
  output_tokens: outputTokensOf(usage),
  output_tokens_details: { thinking_tokens: usage.outputReasoning },
  server_tool_use: null,
  service_tier: null,
  inference_geo: null,
  speed: null,
});

/** A message without its content; what is not known yet is null. */
export const writeFrame = ({ id, model, usage }: { id: string; model: string; usage: Usage }): JsonObject => ({
  id,
  type: "message",
  role: "assistant",
  model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  stop_details: null,
  container: null,
  diagnostics: null,
  usage: writeUsage(usage),
});

/**
 * The arguments of a tool call as an object, which this dialect wants: none is an empty one, and what a model wrote that is
 * no JSON object stands as a text under `arguments`.
 */
export const writeInput = (text: string): JsonObject => {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : { arguments: text };
  } catch {
    return { arguments: text };
  }
};

/** A finished block; undefined for one that is empty, which no later request could hold, and for a picture. */
export const writeBlock = (block: Block): JsonObject | undefined => {
  switch (block.type) {
    case "text":
    case "refusal":
      return block.text === "" ? undefined : { type: "text", text: block.text, citations: null };
    case "reasoning":
      if (block.redacted === true) return { type: "redacted_thinking", data: writeSignature(block.signature) };
      return { type: "thinking", thinking: block.text, signature: writeSignature(block.signature) };
    case "tool-call":
      return {
        type: "tool_use",
        id: block.id,
        name: block.name,
        input: writeInput(block.arguments),
        caller: { type: "direct" },
      };
    case "image":
      return undefined;
  }
};

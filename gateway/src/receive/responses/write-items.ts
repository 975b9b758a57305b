import type { Block, Choice } from "../../conversation/answer.ts";
import type { JsonObject } from "../../json.ts";
import { inputTokensOf, outputTokensOf, type Usage } from "../../meter/usage.ts";
import type { AnswerFrame } from "../generation-dialect.ts";
import { encodeSignature } from "./signatures.ts";

/** The part of an id that all ids of one answer share. */
const stemOf = ({ requestId }: AnswerFrame): string => requestId.slice(requestId.indexOf("_") + 1);

export const responseIdOf = (frame: AnswerFrame): string => `resp_${stemOf(frame)}`;

const idPrefixes: Readonly<Record<Block["type"], string>> = {
  text: "msg",
  refusal: "msg",
  reasoning: "rs",
  "tool-call": "fc",
  image: "ig",
};

export const itemIdOf = (frame: AnswerFrame, block: Block, index: number): string =>
  `${idPrefixes[block.type]}_${stemOf(frame)}_${index}`;

export const outputTextPart = (text: string): JsonObject => ({
  type: "output_text",
  text,
  annotations: [],
  logprobs: [],
});
export const refusalPart = (refusal: string): JsonObject => ({ type: "refusal", refusal });
export const summaryPart = (text: string): JsonObject => ({ type: "summary_text", text });

/** An output item. While it is `in_progress` its content has not come yet. */
export const itemOf = (block: Block, id: string, status: "in_progress" | "completed" | "incomplete"): JsonObject => {
  const isBegun = status === "in_progress";
  switch (block.type) {
    case "text":
    case "refusal": {
      const part = block.type === "text" ? outputTextPart(block.text) : refusalPart(block.text);
      return { type: "message", id, status, role: "assistant", content: isBegun ? [] : [part] };
    }
    case "reasoning": {
      const summary = isBegun || block.text === "" ? [] : [summaryPart(block.text)];
      const signed = block.signature === undefined ? {} : { encrypted_content: encodeSignature(block.signature) };
      return { type: "reasoning", id, status, summary, ...signed };
    }
    case "tool-call": {
      const json = isBegun ? "" : block.arguments === "" ? "{}" : block.arguments;
      return { type: "function_call", id, status, call_id: block.id, name: block.name, arguments: json };
    }
    case "image":
      return { type: "image_generation_call", id, status, result: isBegun ? null : block.data };
  }
};

export const usageObject = (usage: Usage): JsonObject => {
  const input = inputTokensOf(usage);
  const output = outputTokensOf(usage);
  const written = usage.inputCacheWrite5m + usage.inputCacheWrite1h;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.inputCacheRead, cache_write_tokens: written },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.outputReasoning },
    total_tokens: input + output,
  };
};

const incompleteReasons: Readonly<Partial<Record<Choice["finish"], string>>> = {
  length: "max_output_tokens",
  "context-window": "max_output_tokens",
  "content-filter": "content_filter",
};

/** How a response ends, by the reason of its only choice. */
export const endOf = (finish: Choice["finish"]): { status: "completed" | "incomplete"; details: JsonObject | null } => {
  const reason = incompleteReasons[finish];
  return reason === undefined ? { status: "completed", details: null } : { status: "incomplete", details: { reason } };
};

const orNull = (value: unknown): unknown => value ?? null;

/** The response around its output; what was asked is repeated in it. */
export const responseObject = (
  frame: AnswerFrame,
  state: { status: string; details?: JsonObject | null; output: readonly JsonObject[]; usage?: JsonObject | null },
): JsonObject => {
  const { body, model } = frame.call;
  return {
    id: responseIdOf(frame),
    object: "response",
    created_at: Math.floor(frame.createdAt.getTime() / 1000),
    status: state.status,
    background: false,
    error: null,
    incomplete_details: state.details ?? null,
    instructions: orNull(body["instructions"]),
    max_output_tokens: orNull(body["max_output_tokens"]),
    metadata: body["metadata"] ?? {},
    model,
    output: state.output,
    parallel_tool_calls: body["parallel_tool_calls"] ?? true,
    previous_response_id: orNull(body["previous_response_id"]),
    reasoning: body["reasoning"] ?? { effort: null, summary: null },
    store: body["store"] === true,
    temperature: orNull(body["temperature"]),
    text: body["text"] ?? { format: { type: "text" } },
    tool_choice: body["tool_choice"] ?? "auto",
    tools: body["tools"] ?? [],
    top_p: orNull(body["top_p"]),
    truncation: "disabled",
    usage: state.usage ?? null,
    user: orNull(body["user"]),
  };
};

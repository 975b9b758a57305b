import { TranslationNotes } from "../../../conversation/notes.ts";
import type { GenerationRequest, Part, Turn } from "../../../conversation/request.ts";
import { type JsonObject } from "../../../json.ts";
import { generationRequest } from "../../../testing/generation-request.ts";
import { routeAt } from "../../../testing/translation-args.ts";
import { buildBody } from "../build-request.ts";

export const user = (...parts: Part[]): Turn => ({ role: "user", parts });
export const assistant = (...parts: Part[]): Turn => ({ role: "assistant", parts });
export const system = (text: string): Turn => ({ role: "system", parts: [{ type: "text", text }] });
export const text = (words: string): Part => ({ type: "text", text: words });

export interface Written {
  body: JsonObject;
  /** The header `x-gateway-warnings`. */
  warnings: string | undefined;
}

/** The body that a request becomes, and what was lost on the way. */
export const write = (request: Partial<GenerationRequest>, model = "claude-sonnet-4-5", strict = false): Written => {
  const notes = new TranslationNotes({ strict });
  const body = buildBody({
    request: generationRequest({ maxOutputTokens: 4_000, ...request }),
    stream: false,
    route: routeAt("anthropic", model),
    notes,
  });
  return { body, warnings: notes.header() };
};

/** An event as Anthropic writes it. */
export const messageEvent = (type: string, data: JsonObject = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

export const messageStart = (usage: JsonObject, more: JsonObject = {}): string =>
  messageEvent("message_start", {
    message: {
      id: "msg_up",
      type: "message",
      role: "assistant",
      model: "claude-up",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
      ...more,
    },
  });

export const block = (index: number, content_block: JsonObject, ...deltas: JsonObject[]): string[] => [
  messageEvent("content_block_start", { index, content_block }),
  ...deltas.map((delta) => messageEvent("content_block_delta", { index, delta })),
  messageEvent("content_block_stop", { index }),
];

export const messageDelta = (stop_reason: string, usage: JsonObject, more: JsonObject = {}): string =>
  messageEvent("message_delta", { delta: { stop_reason, stop_sequence: null, ...more }, usage });

export const messageStop = messageEvent("message_stop");

/** A stream with thoughts, a text and a call of a tool. */
export const wholeStream: readonly string[] = [
  messageStart({ input_tokens: 10, cache_read_input_tokens: 5, cache_creation_input_tokens: 0, output_tokens: 1 }),
  messageEvent("ping"),
  ...block(
    0,
    { type: "thinking", thinking: "", signature: "" },
    { type: "thinking_delta", thinking: "Häuser" },
    { type: "signature_delta", signature: "EqQB" },
  ),
  ...block(1, { type: "text", text: "" }, { type: "text_delta", text: "grün " }, { type: "text_delta", text: "🌲" }),
  messageEvent("newer_event", { anything: 1 }),
  ...block(
    2,
    { type: "tool_use", id: "toolu_1", name: "look", input: {} },
    { type: "input_json_delta", partial_json: '{"at":' },
    { type: "input_json_delta", partial_json: '"Zürich"}' },
  ),
  messageDelta("tool_use", { output_tokens: 30, output_tokens_details: { thinking_tokens: 12 } }),
  messageStop,
];

import { describe, expect, it } from "vitest";
import { noFacts, type Block, type GenerationEvent } from "../../conversation/answer.ts";
import { GatewayError } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import { MessageStreamWriter } from "./stream-writer.ts";
import { answerFrame, eventsOf, lenient } from "./testing/calls-and-events.ts";

const start: GenerationEvent = { type: "start", facts: noFacts };
const begin = (block: number, content: Block): GenerationEvent => ({ type: "block-start", choice: 0, block, content });
const delta = (block: number, text: string): GenerationEvent => ({ type: "delta", choice: 0, block, delta: text });
const end = (block: number): GenerationEvent => ({ type: "block-end", choice: 0, block });
const finish = (reason: Extract<GenerationEvent, { type: "finish" }>["reason"]): GenerationEvent => ({
  type: "finish",
  choice: 0,
  reason,
});
const call = (id: string): Block => ({ type: "tool-call", id, name: `tool ${id}`, arguments: "" });
const reported = {
  counts: { ...noUsage, inputUncached: 3, inputCacheRead: 4, outputText: 5 },
  source: "reported",
} as const;

const write = (events: readonly GenerationEvent[]) => {
  const notes = lenient();
  const writer = new MessageStreamWriter(answerFrame(), notes);
  const written = events.map((event) => writer.write(event));
  return { each: written, all: eventsOf(written.join("") + writer.close(reported)), notes, writer };
};

/** An event in a word, as far as blocks are concerned. */
const short = (event: JsonObject): string => {
  const { type, index, content_block: block, delta: change } = event;
  const inner = isJsonObject(block) ? block["type"] : isJsonObject(change) ? change["type"] : "";
  return `${String(type).replace("content_block_", "")} ${String(index)} ${String(inner)}`;
};
const blocksOf = (events: readonly JsonObject[]): string[] =>
  events.filter(({ type }) => String(type).startsWith("content_block")).map(short);

describe("the stream of a message", () => {
  it("begins with the message and a ping, and ends with the usage that is billed and message_stop", () => {
    const { all } = write([start, begin(0, { type: "text", text: "" }), delta(0, "grün"), end(0), finish("stop")]);
    expect(all.map(({ type }) => type)).toEqual([
      "message_start",
      "ping",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(all[0]).toMatchObject({
      message: { id: "msg_7", type: "message", role: "assistant", model: "tuned", content: [], stop_reason: null },
    });
    expect(all.at(-2)).toMatchObject({
      delta: { stop_reason: "end_turn", stop_sequence: null, stop_details: null },
      usage: { input_tokens: 3, cache_read_input_tokens: 4, cache_creation_input_tokens: 0, output_tokens: 5 },
    });
  });

  it("tells the usage that is known when it begins", () => {
    const usage: GenerationEvent = { type: "usage", usage: { ...noUsage, inputUncached: 9 } };
    expect(write([usage, start]).all[0]).toMatchObject({ message: { usage: { input_tokens: 9, output_tokens: 0 } } });
  });

  it("sends each piece on as it comes while its block is the first that is open", () => {
    const { each } = write([start, begin(0, { type: "text", text: "" }), delta(0, "a"), delta(0, "b")]);
    expect(eventsOf(each[2] ?? "").map(short)).toEqual(["start 0 text", "delta 0 text_delta"]);
    expect(eventsOf(each[3] ?? "").map(short)).toEqual(["delta 0 text_delta"]);
  });

  it("edge case 04: writes interleaved calls one after the other, with every fragment in its own", () => {
    const { all } = write([
      start,
      begin(0, call("a")),
      begin(1, call("b")),
      delta(1, '{"b"'),
      delta(0, '{"a":'),
      begin(2, call("c")),
      end(1),
      delta(0, "1}"),
      delta(2, "{}"),
      end(0),
      end(2),
      finish("tool-calls"),
    ]);
    expect(blocksOf(all)).toEqual([
      "start 0 tool_use",
      "delta 0 input_json_delta",
      "delta 0 input_json_delta",
      "stop 0 ",
      "start 1 tool_use",
      "delta 1 input_json_delta",
      "stop 1 ",
      "start 2 tool_use",
      "delta 2 input_json_delta",
      "stop 2 ",
    ]);
    const texts = all.flatMap(({ delta: change }) =>
      isJsonObject(change) && "partial_json" in change ? [change["partial_json"]] : [],
    );
    expect(texts).toEqual(['{"a":', "1}", '{"b"', "{}"]);
    expect(all.at(-2)).toMatchObject({ delta: { stop_reason: "tool_use" } });
  });

  it("edge case 05: begins a call without arguments with an empty input", () => {
    const { all } = write([start, begin(0, call("a")), end(0), finish("tool-calls")]);
    expect(all.find(({ type }) => type === "content_block_start")).toMatchObject({
      content_block: { type: "tool_use", id: "a", name: "tool a", input: {} },
    });
    expect(blocksOf(all)).toEqual(["start 0 tool_use", "stop 0 "]);
  });

  it("writes thoughts with their signature last, and hidden ones as a block of their own", () => {
    const { all } = write([
      start,
      begin(0, { type: "reasoning", text: "" }),
      delta(0, "hm"),
      { type: "signature", choice: 0, block: 0, signature: { by: "anthropic", value: "old" } },
      { type: "signature", choice: 0, block: 0, signature: { by: "gemini", value: "new" } },
      end(0),
      begin(1, { type: "reasoning", text: "", redacted: true, signature: { by: "anthropic", value: "Em" } }),
      end(1),
      begin(2, { type: "text", text: "" }),
      delta(2, "x"),
      end(2),
    ]);
    expect(blocksOf(all)).toEqual([
      "start 0 thinking",
      "delta 0 thinking_delta",
      "delta 0 signature_delta",
      "stop 0 ",
      "start 1 redacted_thinking",
      "stop 1 ",
      "start 2 text",
      "delta 2 text_delta",
      "stop 2 ",
    ]);
    expect(all).toContainEqual(
      expect.objectContaining({ delta: { type: "signature_delta", signature: "gateway:gemini:new" } }),
    );
    expect(all).toContainEqual(expect.objectContaining({ content_block: { type: "redacted_thinking", data: "Em" } }));
  });

  it("writes hidden thoughts whose signature comes after they began", () => {
    const { all } = write([
      start,
      begin(0, { type: "reasoning", text: "", redacted: true }),
      { type: "signature", choice: 0, block: 0, signature: { by: "openai", value: "gA" } },
      end(0),
    ]);
    expect(all).toContainEqual(
      expect.objectContaining({ content_block: { type: "redacted_thinking", data: "gateway:openai:gA" } }),
    );
  });

  it("leaves out a text that stayed empty, which no client could send back, and counts on without it", () => {
    const { all } = write([start, begin(0, { type: "text", text: "" }), end(0), begin(1, call("a")), end(1)]);
    expect(blocksOf(all)).toEqual(["start 0 tool_use", "stop 0 "]);
  });

  it("ends blocks that their provider left open", () => {
    const { all } = write([
      start,
      begin(0, { type: "text", text: "Hi" }),
      begin(1, call("a")),
      delta(1, "{}"),
      finish("length"),
    ]);
    expect(blocksOf(all)).toEqual([
      "start 0 text",
      "delta 0 text_delta",
      "stop 0 ",
      "start 1 tool_use",
      "delta 1 input_json_delta",
      "stop 1 ",
    ]);
    expect(all.at(-2)).toMatchObject({ delta: { stop_reason: "max_tokens" } });
  });

  it("has a beginning even when its provider said nothing, and no word for pictures, which it tells", () => {
    expect(write([]).all.map(({ type }) => type)).toEqual(["message_start", "ping", "message_delta", "message_stop"]);
    const { all, notes } = write([
      start,
      begin(0, { type: "image", mediaType: "image/png", data: "" }),
      delta(0, "AA=="),
      end(0),
    ]);
    expect(blocksOf(all)).toEqual([]);
    expect(notes.header()).toContain("content: pictures");
  });

  it("edge case 03: ends by an error event of the dialect, and no message_stop", () => {
    const { writer } = write([start]);
    const error = new GatewayError({
      status: 503,
      code: "provider_overloaded",
      type: "server_error",
      message: "busy",
      retryable: true,
    });
    expect(eventsOf(writer.fail(error))).toEqual([
      {
        type: "error",
        error: {
          type: "overloaded_error",
          message: "busy",
          details: { error_code: "provider_overloaded", param: null },
        },
        request_id: "req_7",
      },
    ]);
  });
});

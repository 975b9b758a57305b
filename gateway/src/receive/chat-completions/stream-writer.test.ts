import { describe, expect, it } from "vitest";
import { noFacts, type Block, type GenerationEvent } from "../../conversation/answer.ts";
import { TranslationNotes } from "../../conversation/notes.ts";
import type { Signature } from "../../conversation/request.ts";
import { invalidRequest } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import { chatCall } from "../../testing/chat-call.ts";
import { ChatStreamWriter } from "./stream-writer.ts";

const writerFor = (more: JsonObject = {}) => {
  const notes = new TranslationNotes({ strict: false });
  const frame = {
    call: chatCall({ stream: true, ...more }),
    requestId: "req_7",
    createdAt: new Date(1_700_000_000_999),
  };
  return { writer: new ChatStreamWriter(frame, notes), notes };
};
const billed = { counts: { ...noUsage, inputUncached: 3, outputText: 2 }, source: "reported" as const };

const chunksOf = (text: string): unknown[] =>
  text
    .split("\n\n")
    .filter((event) => event.startsWith("data: {"))
    .map((event): unknown => JSON.parse(event.slice("data: ".length)));

/** The deltas and reasons of a stream of one choice. */
const deltas = (events: readonly GenerationEvent[], more: JsonObject = {}): unknown[] => {
  const { writer } = writerFor(more);
  return chunksOf(events.map((event) => writer.write(event)).join("")).map((chunk) => {
    // Every chunk of these streams has one choice.
    const { choices } = chunk as { choices: [{ delta: object; finish_reason: string | null }] };
    const [{ delta, finish_reason }] = choices;
    return finish_reason ?? delta;
  });
};

const role = { role: "assistant", content: "", refusal: null };
const start: GenerationEvent = { type: "start", facts: noFacts };
const begin = (block: number, content: Block): GenerationEvent => ({ type: "block-start", choice: 0, block, content });
const add = (block: number, delta: string): GenerationEvent => ({ type: "delta", choice: 0, block, delta });
const end = (block: number): GenerationEvent => ({ type: "block-end", choice: 0, block });
const sign = (block: number, signature: Signature): GenerationEvent => ({
  type: "signature",
  choice: 0,
  block,
  signature,
});
const finish: GenerationEvent = { type: "finish", choice: 0, reason: "stop" };
const called: GenerationEvent = { type: "finish", choice: 0, reason: "tool-calls" };
const call = (id: string): Block => ({ type: "tool-call", id, name: "f", arguments: "" });
const text: Block = { type: "text", text: "" };

describe("a streamed chat completion", () => {
  it("begins with who speaks, goes on with text and ends with a reason", () => {
    const events = [start, begin(0, text), add(0, "gr"), add(0, ""), add(0, "ün"), end(0), finish];
    expect(deltas(events)).toEqual([role, { content: "gr" }, { content: "ün" }, "stop"]);
  });

  it("edge case 18: has in every chunk the same id and the model as the caller named it", () => {
    const { writer } = writerFor();
    const text1 = [start, begin(0, text), add(0, "a"), end(0), finish].map((event) => writer.write(event)).join("");
    for (const chunk of chunksOf(text1)) {
      expect(chunk).toMatchObject({
        id: "chatcmpl-7",
        object: "chat.completion.chunk",
        created: 1_700_000_000,
        model: "m",
      });
      expect(chunk).not.toHaveProperty("usage");
    }
  });

  it("says who speaks in each of several choices, also in one that says nothing", () => {
    const { writer } = writerFor({ n: 2 });
    const events: GenerationEvent[] = [start, finish, { type: "finish", choice: 1, reason: "length" }];
    expect(chunksOf(events.map((event) => writer.write(event)).join(""))).toMatchObject([
      { choices: [{ index: 0, delta: role }] },
      { choices: [{ index: 0, finish_reason: "stop" }] },
      { choices: [{ index: 1, delta: role }] },
      { choices: [{ index: 1, finish_reason: "length" }] },
    ]);
  });

  it("edge case 04: keeps the index of each call, names it once, and mixes fragments as they come", () => {
    const events = [
      start,
      begin(0, text),
      add(0, "I look."),
      begin(1, call("a")),
      begin(2, call("b")),
      add(2, "{"),
      add(1, "{}"),
      add(2, "}"),
      end(0),
      end(2),
      end(1),
      called,
    ];
    const named = (index: number, id: string) => ({
      tool_calls: [{ index, id, type: "function", function: { name: "f", arguments: "" } }],
    });
    const piece = (index: number, args: string) => ({ tool_calls: [{ index, function: { arguments: args } }] });
    expect(deltas(events)).toEqual([
      role,
      { content: "I look." },
      named(0, "a"),
      named(1, "b"),
      piece(1, "{"),
      piece(0, "{}"),
      piece(1, "}"),
      "tool_calls",
    ]);
  });

  it("edge case 05: gives a call without arguments an empty object", () => {
    expect(deltas([start, begin(0, call("a")), end(0), called]).slice(2)).toEqual([
      { tool_calls: [{ index: 0, function: { arguments: "{}" } }] },
      "tool_calls",
    ]);
  });

  it("edge case 05: keeps the halves of a character that come apart", () => {
    const halves = deltas([start, begin(0, call("a")), add(0, '"\ud83e'), add(0, '\udd9c"'), end(0), called]);
    expect(halves.slice(2, 4)).toEqual([
      { tool_calls: [{ index: 0, function: { arguments: '"\ud83e' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '\udd9c"' } }] },
    ]);
  });

  it("edge case 07: carries the last signature of each block at its end", () => {
    const google = (value: string) => ({ extra_content: { google: { thought_signature: value } } });
    const events = [
      start,
      begin(0, { type: "reasoning", text: "" }),
      add(0, "h"),
      add(0, "m"),
      sign(0, { by: "anthropic", value: "early" }),
      sign(0, { by: "anthropic", value: "s1" }),
      end(0),
      begin(1, { type: "reasoning", text: "", redacted: true, signature: { by: "anthropic", value: "s2" } }),
      end(1),
      begin(2, text),
      add(2, "a"),
      sign(2, { by: "gemini", value: "s3" }),
      end(2),
      begin(3, call("c")),
      add(3, "{}"),
      sign(3, { by: "gemini", value: "s4" }),
      end(3),
      called,
    ];
    expect(deltas(events)).toEqual([
      role,
      { reasoning_content: "h" },
      { reasoning_content: "m" },
      { reasoning_details: [{ type: "reasoning.text", text: "hm", signature: "s1", format: "anthropic-claude-v1", index: 0 }] }, // prettier-ignore
      { reasoning_details: [{ type: "reasoning.encrypted", data: "s2", format: "anthropic-claude-v1", index: 1 }] },
      { content: "a" },
      google("s3"),
      { tool_calls: [{ index: 0, id: "c", type: "function", function: { name: "f", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: "{}" } }] },
      { tool_calls: [{ index: 0, function: { arguments: "" }, ...google("s4") }] },
      "tool_calls",
    ]);
  });

  it("sends a picture whole, and a refusal in pieces", () => {
    const image: Block = { type: "image", mediaType: "image/png", data: "" };
    const events = [start, begin(0, image), add(0, "A"), add(0, "A"), end(0), begin(1, { type: "refusal", text: "n" })];
    expect(deltas([...events, add(1, "o"), end(1)])).toEqual([
      role,
      { images: [{ index: 0, type: "image_url", image_url: { url: "data:image/png;base64,AA" } }] },
      { refusal: "n" },
      { refusal: "o" },
    ]);
  });

  it("for a caller of functions calls the first of them", () => {
    const functions = { functions: [{ name: "f" }] };
    const events = [
      start,
      begin(0, call("a")),
      begin(1, call("b")),
      add(1, "{1}"),
      add(0, "{0}"),
      end(0),
      end(1),
      called,
    ];
    expect(deltas(events, functions)).toEqual([
      role,
      { function_call: { name: "f", arguments: "" } },
      { function_call: { arguments: "{0}" } },
      "function_call",
    ]);
    const { writer, notes } = writerFor(functions);
    for (const event of events) writer.write(event);
    expect(notes.header()).toContain("function_call");
  });

  it("edge case 08: tells usage in a chunk of its own where it was asked for, and nowhere else", () => {
    const { writer } = writerFor({ stream_options: { include_usage: true } });
    const chunks = chunksOf([start, finish].map((event) => writer.write(event)).join(""));
    for (const chunk of chunks) expect(chunk).toHaveProperty("usage", null);
    const closing = writer.close(billed);
    expect(chunksOf(closing)).toMatchObject([{ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } }]);
    expect(closing.endsWith("data: [DONE]\n\n")).toBe(true);
    expect(writerFor().writer.close(billed)).toBe("data: [DONE]\n\n");
  });

  it("edge case 03: ends with an error and without [DONE] where it fails", () => {
    expect(writerFor().writer.fail(invalidRequest("no", { param: "messages" }))).toBe(
      'data: {"error":{"message":"no","type":"invalid_request_error","param":"messages","code":"invalid_request"}}\n\n',
    );
  });
});

import { describe, expect, it } from "vitest";
import type { Block, FinishReason, GenerationEvent } from "../../conversation/answer.ts";
import type { Signature } from "../../conversation/request.ts";
import { encodeText, type JsonObject } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import { piecesOf } from "../../testing/chat-translation.ts";
import { chatChunk, doneEvent, event, usageOf } from "../../testing/fake-upstream.ts";
import { ChatStreamReader } from "./read-stream.ts";

const read = (text: string, { size = 1_000_000, maxEventBytes = 1_000_000 } = {}) => {
  const reader = new ChatStreamReader(maxEventBytes);
  const events: GenerationEvent[] = [];
  for (const piece of piecesOf(encodeText(text), size)) events.push(...reader.push(piece));
  events.push(...reader.end());
  return { events, state: reader.state(), error: reader.error() };
};

interface Gathered {
  blocks: Block[];
  finish: FinishReason | undefined;
}

/** The blocks that the events of the first choice make; throws where their order is not that of the neutral form. */
const gather = (events: readonly GenerationEvent[]): Gathered => {
  const blocks: Block[] = [];
  const open = new Set<number>();
  let finish: FinishReason | undefined;
  for (const event of events) {
    if (event.type === "start" || event.type === "usage") continue;
    if (finish !== undefined) throw new Error("something comes after the end of its choice");
    if (event.type === "finish") {
      if (open.size > 0) throw new Error("a block is still open");
      finish = event.reason;
    } else if (event.type === "block-start") {
      if (event.block !== blocks.length) throw new Error("blocks are not numbered in the order of their begin");
      open.add(event.block);
      blocks.push({ ...event.content });
    } else {
      if (!open.has(event.block)) throw new Error("the block is not open");
      const block = blocks[event.block];
      if (event.type === "block-end") open.delete(event.block);
      else if (event.type === "signature") Object.assign(block ?? {}, { signature: event.signature });
      else if (block?.type === "tool-call") block.arguments += event.delta;
      else if (block !== undefined && block.type !== "image") block.text += event.delta;
    }
  }
  return { blocks, finish };
};

const chunk = (delta: JsonObject, finish_reason: string | null = null) => event(chatChunk(delta, { finish_reason }));
const calls = (...tool_calls: JsonObject[]) => chunk({ tool_calls });
const fragment = (index: number | undefined, args: string, more: { id?: string; name?: string } = {}): JsonObject => ({
  ...(index === undefined ? {} : { index }),
  ...(more.id === undefined ? {} : { id: more.id, type: "function" }),
  function: { ...(more.name === undefined ? {} : { name: more.name }), arguments: args },
});
const toolsEnd = chunk({}, "tool_calls") + doneEvent;
const call = (id: string, name: string, text: string): Block => ({ type: "tool-call", id, name, arguments: text });

describe("text", () => {
  const stream =
    chunk({ role: "assistant", content: "" }) +
    chunk({ content: "grün " }) +
    chunk({ content: "🦜" }) +
    chunk({}, "stop") +
    event(chatChunk(null, { usage: usageOf(3, 2) })) +
    doneEvent;

  it("edge case 11: is one block, however the bytes are cut", () => {
    const whole = read(stream);
    expect(gather(whole.events)).toEqual({ blocks: [{ type: "text", text: "grün 🦜" }], finish: "stop" });
    for (let size = 1; size <= encodeText(stream).length; size += 1) expect(read(stream, { size })).toEqual(whole);
  });

  it("begins with what is known of the answer and holds its usage", () => {
    const { events } = read(stream);
    const facts = { upstreamId: "chatcmpl-1", upstreamModel: "upstream-model", serviceTier: null };
    expect(events[0]).toEqual({ type: "start", facts });
    expect(events.at(-1)).toEqual({ type: "usage", usage: { ...noUsage, inputUncached: 3, outputText: 2 } });
  });

  it("after thoughts, and before a refusal, is a block of its own", () => {
    const { events } = read(
      chunk({ reasoning_content: "h" }) +
        chunk({ reasoning: "m" }) +
        chunk({ content: "a" }) +
        chunk({ refusal: "no" }, "stop") +
        doneEvent,
    );
    expect(gather(events)).toEqual({
      blocks: [
        { type: "reasoning", text: "hm" },
        { type: "text", text: "a" },
        { type: "refusal", text: "no" },
      ],
      finish: "refusal",
    });
  });

  it("of several choices is told apart", () => {
    const choices = (...parts: JsonObject[]) => event(chatChunk(null, { choices: parts }));
    const { events, state } = read(
      choices({ index: 0, delta: { content: "a" } }, { index: 1, delta: { content: "b" } }) +
        choices({ index: 1, delta: {}, finish_reason: "length" }) +
        choices({ index: 0, delta: {}, finish_reason: "stop" }) +
        doneEvent,
    );
    expect(state).toBe("done");
    expect(events.filter(({ type }) => type === "finish")).toEqual([
      { type: "finish", choice: 1, reason: "length" },
      { type: "finish", choice: 0, reason: "stop" },
    ]);
  });

  it("that met a stop sequence names it", () => {
    const finish = event(chatChunk(null, { choices: [{ index: 0, delta: {}, finish_reason: "stop", stop_reason: "END" }] })); // prettier-ignore
    const { events } = read(chunk({ content: "a" }) + finish + doneEvent);
    expect(events.at(-1)).toEqual({ type: "finish", choice: 0, reason: "stop-sequence", stopSequence: "END" });
  });

  it("may come with a picture", () => {
    const images = [{ type: "image_url", image_url: { url: "data:image/png;base64,AA" } }];
    expect(gather(read(chunk({ content: "a", images }, "stop") + doneEvent).events).blocks).toEqual([
      { type: "text", text: "a" },
      { type: "image", mediaType: "image/png", data: "AA" },
    ]);
  });
});

describe("edge case 04: tool calls", () => {
  const both = { blocks: [call("a", "f", '{"x":1}'), call("b", "g", '{"y":2}')], finish: "tool-calls" };
  it.each([
    [
      "one after the other, named once",
      calls(fragment(0, "", { id: "a", name: "f" })) +
        calls(fragment(0, '{"x"')) +
        calls(fragment(0, ":1}")) +
        calls(fragment(1, "", { id: "b", name: "g" })) +
        calls(fragment(1, '{"y":2}')),
    ],
    [
      "with their fragments mixed",
      calls(fragment(0, "", { id: "a", name: "f" }), fragment(1, "", { id: "b", name: "g" })) +
        calls(fragment(1, '{"y"')) +
        calls(fragment(0, '{"x"')) +
        calls(fragment(1, ":2}"), fragment(0, ":1}")),
    ],
    [
      "named on every fragment",
      calls(fragment(0, '{"x"', { id: "a", name: "f" })) +
        calls(fragment(0, ":1}", { id: "a", name: "f" })) +
        calls(fragment(1, '{"y":2}', { id: "b", name: "g" })),
    ],
    [
      "all of the index 0, with ids of their own",
      calls(fragment(0, '{"x":1}', { id: "a", name: "f" })) + calls(fragment(0, '{"y":2}', { id: "b", name: "g" })),
    ],
    [
      "without an index",
      calls(fragment(undefined, '{"x"', { id: "a", name: "f" })) +
        calls(fragment(undefined, ":1}")) +
        calls(fragment(undefined, '{"y":2}', { id: "b", name: "g" })),
    ],
    [
      "with empty ids and names on later fragments",
      calls(fragment(0, '{"x"', { id: "a", name: "f" })) +
        calls(fragment(0, ":1}", { id: "", name: "" })) +
        calls(fragment(1, '{"y":2}', { id: "b", name: "g" })),
    ],
  ])("%s", (_name, stream) => {
    expect(gather(read(stream + toolsEnd).events)).toEqual(both);
  });

  it("without ids are told apart by index and name, and get ids", () => {
    const stream =
      calls(fragment(0, '{"x":1}', { name: "f" })) +
      calls(fragment(0, '{"y":2}', { name: "g" })) +
      calls(fragment(1, "{}", { name: "g" }));
    const { blocks } = gather(read(stream + toolsEnd).events);
    expect(blocks.map((block) => (block.type === "tool-call" ? [block.name, block.arguments] : block))).toEqual([
      ["f", '{"x":1}'],
      ["g", '{"y":2}'],
      ["g", "{}"],
    ]);
    const ids = blocks.map((block) => (block.type === "tool-call" ? block.id : ""));
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[\w-]+$/);
  });

  it("follow a text, and end what the server calls a stop", () => {
    const stream = chunk({ content: "I look." }) + calls(fragment(0, "{}", { id: "a", name: "f" }));
    expect(gather(read(stream + chunk({}, "stop") + doneEvent).events)).toEqual({
      blocks: [{ type: "text", text: "I look." }, call("a", "f", "{}")],
      finish: "tool-calls",
    });
  });

  it("of the old kind are calls as well", () => {
    const stream =
      chunk({ function_call: { name: "f", arguments: "" } }) + chunk({ function_call: { arguments: "{}" } });
    expect(gather(read(stream + chunk({}, "function_call") + doneEvent).events)).toMatchObject({
      blocks: [{ type: "tool-call", name: "f", arguments: "{}" }],
      finish: "tool-calls",
    });
  });

  it("edge case 07: keep the signature that came with them", () => {
    const signature: Signature = { by: "gemini", value: "sig" };
    const signed = {
      ...fragment(0, "{}", { id: "a", name: "f" }),
      extra_content: { google: { thought_signature: "sig" } },
    };
    expect(gather(read(calls(signed) + toolsEnd).events).blocks).toEqual([{ ...call("a", "f", "{}"), signature }]);
  });
});

describe("edge case 05: the arguments of a call", () => {
  const begin = calls(fragment(0, "", { id: "a", name: "f" }));
  it("may be missing, null or an object", () => {
    const argumentsOf = (called: JsonObject) =>
      gather(read(calls({ index: 0, id: "a", function: { name: "f", ...called } }) + toolsEnd).events).blocks[0];
    expect(argumentsOf({})).toEqual(call("a", "f", ""));
    expect(argumentsOf({ arguments: null })).toEqual(call("a", "f", ""));
    expect(argumentsOf({ arguments: { x: "ü" } })).toEqual(call("a", "f", '{"x":"ü"}'));
  });

  it("may be cut within a character: between its bytes, and between the halves of a pair", () => {
    const stream = begin + calls(fragment(0, '{"x":"🦜 grün"}')) + toolsEnd;
    for (let size = 1; size < 9; size += 1) {
      expect(gather(read(stream, { size }).events).blocks).toEqual([call("a", "f", '{"x":"🦜 grün"}')]);
    }
    const halves = begin + calls(fragment(0, '{"x":"\ud83e')) + calls(fragment(0, '\udd9c"}')) + toolsEnd;
    expect(gather(read(halves).events).blocks).toEqual([call("a", "f", '{"x":"🦜"}')]);
  });

  it("are passed on as they are when they are no JSON", () => {
    expect(gather(read(begin + calls(fragment(0, '{"x":')) + toolsEnd).events).blocks).toEqual([
      call("a", "f", '{"x":'),
    ]);
  });
});

describe("usage", () => {
  const counted = (text: string, output: number) => event(chatChunk({ content: text }, { usage: usageOf(4, output) }));
  it("edge case 09: that comes on every chunk is told each time as the whole", () => {
    const { events } = read(counted("a", 1) + counted("b", 2) + chunk({}, "stop") + doneEvent);
    const usages = events.flatMap((told) => (told.type === "usage" ? [told.usage.outputText] : []));
    expect(usages).toEqual([1, 2]);
  });

  it("edge case 10: of zero is told, and that of null is not", () => {
    const end = chunk({ content: "a" }, "stop");
    const zero = read(end + event(chatChunk(null, { usage: usageOf(0, 0) })) + doneEvent);
    expect(zero.events.at(-1)).toEqual({ type: "usage", usage: noUsage });
    expect(read(end + event(chatChunk(null, { usage: null })) + doneEvent).events.at(-1)?.type).toBe("finish");
  });
});

describe("the end of a stream", () => {
  it("is [DONE], also where a server gives no reason, and nothing after it counts", () => {
    const { events, state } = read(chunk({ content: "a" }) + doneEvent + chunk({ content: "late" }));
    expect([state, gather(events)]).toEqual(["done", { blocks: [{ type: "text", text: "a" }], finish: "stop" }]);
  });

  it("is its own end where every choice was finished", () => {
    expect(read(chunk({ content: "a" }, "length")).state).toBe("done");
    expect(read(chunk({ content: "a" }, "")).error).toMatchObject({ code: "provider_disconnected" });
    expect(read("").error).toMatchObject({ code: "provider_disconnected" });
  });

  it("without an answer is a failure", () => {
    expect(read(doneEvent).error).toMatchObject({ status: 502, code: "provider_invalid_answer" });
  });

  it.each([
    [
      "edge case 02: an error as the first event",
      event({ error: { message: "busy", code: 429 } }),
      "provider_rate_limited",
    ],
    [
      "edge case 03: an error after content",
      chunk({ content: "a" }) + event({ error: { message: "x" } }),
      "provider_error",
    ],
    ["an error by its type", 'event: error\ndata: {"message":"x","code":503}\n\n', "provider_overloaded"],
    ["something that is no JSON", "data: <html>\n\n", "provider_invalid_answer"],
  ])("%s", (_name, stream, code) => {
    const { state, error } = read(stream + chunk({ content: "late" }, "stop") + doneEvent);
    expect([state, error?.code]).toEqual(["failed", code]);
  });

  it("edge case 12: takes an event of megabytes, up to its limit", () => {
    const long = chunk({ content: "A".repeat(2_000_000) }, "stop") + doneEvent;
    expect(gather(read(long, { size: 65_536, maxEventBytes: 3_000_000 }).events).finish).toBe("stop");
    expect(read(long, { size: 65_536 }).error).toMatchObject({ code: "provider_invalid_answer" });
  });
});

import { describe, expect, it } from "vitest";
import type { GenerationEvent } from "../../conversation/answer.ts";
import { encodeText } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import { GeminiStreamReader } from "./read-stream.ts";

const maxEventBytes = 1_000_000;
const event = (value: unknown): string => `data: ${JSON.stringify(value)}\r\n\r\n`;
const chunk = (parts: unknown[], more: { finishReason?: string; index?: number } = {}, rest: object = {}) =>
  event({ candidates: [{ content: { role: "model", parts }, ...more }], responseId: "resp1", ...rest });
const usage = (promptTokenCount: number, candidatesTokenCount: number) => ({
  usageMetadata: { promptTokenCount, candidatesTokenCount },
});
const counted = (inputUncached: number, outputText: number): GenerationEvent => ({
  type: "usage",
  usage: { ...noUsage, inputUncached, outputText },
});
const start: GenerationEvent = {
  type: "start",
  facts: { upstreamId: "resp1", upstreamModel: null, serviceTier: null },
};
const signed = (value: string, block = 0): GenerationEvent => ({
  type: "signature",
  choice: 0,
  block,
  signature: { by: "gemini", value },
});
const delta = (text: string, block = 0, choice = 0): GenerationEvent => ({
  type: "delta",
  choice,
  block,
  delta: text,
});
const begun = (type: "text" | "reasoning", block = 0, choice = 0): GenerationEvent => ({
  type: "block-start",
  choice,
  block,
  content: { type, text: "" },
});
const ended = (block = 0, choice = 0): GenerationEvent => ({ type: "block-end", choice, block });

const readPieces = (pieces: readonly Uint8Array[], limit = maxEventBytes) => {
  const reader = new GeminiStreamReader(limit);
  const events = pieces.flatMap((piece) => [...reader.push(piece)]);
  events.push(...reader.end());
  return { events, state: reader.state(), error: reader.error() };
};
const read = (...texts: string[]) => readPieces(texts.map(encodeText));

describe("GeminiStreamReader", () => {
  it("reads text in pieces to its end, which is the end of the connection", () => {
    const reader = new GeminiStreamReader(maxEventBytes);
    const first = reader.push(encodeText(chunk([{ text: "Gr" }])));
    expect(first).toEqual([start, begun("text"), delta("Gr")]);
    const second = reader.push(encodeText(chunk([{ text: "ün." }], { finishReason: "STOP" })));
    expect(second).toEqual([delta("ün."), ended(), { type: "finish", choice: 0, reason: "stop" }]);
    expect(reader.state()).toBe("open");
    expect(reader.end()).toEqual([]);
    expect(reader.state()).toBe("done");
  });

  it("edge case 09: reports the usage of every chunk as it is, the last of which holds, also after the finish", () => {
    const { events } = read(
      chunk([{ text: "a" }], {}, usage(7, 1)),
      chunk([{ text: "b" }], { finishReason: "STOP" }, usage(7, 2)),
      event(usage(7, 3)),
    );
    expect(events.filter(({ type }) => type === "usage")).toEqual([counted(7, 1), counted(7, 2), counted(7, 3)]);
  });

  it("edge case 07: gives the signature of the last, empty chunk to the text before it", () => {
    const { events, state } = read(
      chunk([{ text: "Green." }]),
      chunk([{ text: "", thoughtSignature: "c2ln" }], { finishReason: "STOP" }),
    );
    expect(events).toEqual([
      start,
      begun("text"),
      delta("Green."),
      signed("c2ln"),
      ended(),
      { type: "finish", choice: 0, reason: "stop" },
    ]);
    expect(state).toBe("done");
  });

  it("edge case 07: keeps a signature that has nothing before it, and what follows a signed text apart", () => {
    expect(read(chunk([{ text: "", thoughtSignature: "c2ln" }], { finishReason: "STOP" })).events).toEqual([
      start,
      begun("text"),
      signed("c2ln"),
      ended(),
      { type: "finish", choice: 0, reason: "stop" },
    ]);
    const parts = [{ text: "a", thoughtSignature: "c2ln" }, { text: "b" }];
    expect(read(chunk(parts, { finishReason: "STOP" })).events.slice(1, -1)).toEqual([
      begun("text"),
      delta("a"),
      signed("c2ln"),
      ended(),
      begun("text", 1),
      delta("b", 1),
      ended(1),
    ]);
  });

  it("edge case 07: reads thoughts and calls made at once, the first of them signed, each with an id of its own", () => {
    const { events } = read(
      chunk([{ text: "Hm.", thought: true }]),
      chunk([
        { functionCall: { name: "weather", args: { city: "Köln" } }, thoughtSignature: "c2ln" },
        { functionCall: { name: "weather", args: { city: "Bonn" } } },
      ]),
      chunk([{ text: "" }], { finishReason: "STOP" }),
    );
    const call = (block: number): GenerationEvent => ({
      type: "block-start",
      choice: 0,
      block,
      content: {
        type: "tool-call",
        id: expect.stringMatching(/^call_[0-9a-f]{24}$/),
        name: "weather",
        arguments: "",
      },
    });
    expect(events).toEqual([
      start,
      begun("reasoning"),
      delta("Hm."),
      ended(),
      call(1),
      delta('{"city":"Köln"}', 1),
      signed("c2ln", 1),
      ended(1),
      call(2),
      delta('{"city":"Bonn"}', 2),
      ended(2),
      { type: "finish", choice: 0, reason: "tool-calls" },
    ]);
    const ids = events.flatMap((one) =>
      one.type === "block-start" && one.content.type === "tool-call" ? [one.content.id] : [],
    );
    expect(new Set(ids).size).toBe(2);
  });

  it("reads a picture without its signature, and no sketch of it", () => {
    const inlineData = { mimeType: "image/png", data: "AAAA" };
    const parts = [{ inlineData, thought: true }, { text: "Here." }, { inlineData, thoughtSignature: "c2ln" }];
    expect(read(chunk(parts, { finishReason: "STOP" })).events.slice(1)).toEqual([
      begun("text"),
      delta("Here."),
      ended(),
      { type: "block-start", choice: 0, block: 1, content: { type: "image", mediaType: "image/png", data: "" } },
      delta("AAAA", 1),
      ended(1),
      { type: "finish", choice: 0, reason: "stop" },
    ]);
  });

  it("keeps several candidates apart", () => {
    const { events, state } = read(
      chunk([{ text: "a" }]),
      chunk([{ text: "x" }], { index: 1 }),
      chunk([{ text: "b" }], { finishReason: "STOP" }),
      chunk([{ text: "y" }], { index: 1, finishReason: "MAX_TOKENS" }),
    );
    expect(events.slice(1)).toEqual([
      begun("text"),
      delta("a"),
      begun("text", 0, 1),
      delta("x", 0, 1),
      delta("b"),
      ended(),
      { type: "finish", choice: 0, reason: "stop" },
      delta("y", 0, 1),
      ended(0, 1),
      { type: "finish", choice: 1, reason: "length" },
    ]);
    expect(state).toBe("done");
  });

  it("tells of a blocked prompt as a refusal", () => {
    const { events, state } = read(event({ promptFeedback: { blockReason: "SAFETY" }, ...usage(4, 0) }));
    expect(events.slice(1)).toEqual([
      counted(4, 0),
      { type: "block-start", choice: 0, block: 0, content: { type: "refusal", text: "" } },
      delta("The provider blocked the prompt (SAFETY)."),
      ended(),
      { type: "finish", choice: 0, reason: "content-filter" },
    ]);
    expect(state).toBe("done");
  });

  it.each([
    ["nothing", []],
    ["text that has not ended", [chunk([{ text: "a" }])]],
    [
      "a second candidate that has not ended",
      [chunk([], { finishReason: "STOP" }), chunk([{ text: "x" }], { index: 1 })],
    ],
    ["usage alone", [event(usage(4, 0))]],
  ])("takes %s at the end of the connection for broken off", (_what, texts) => {
    expect(read(...texts)).toMatchObject({ state: "failed", error: { code: "provider_disconnected" } });
  });

  it("edge case 03: ends with an error that comes after content, and takes nothing more", () => {
    const error = { error: { code: 503, status: "UNAVAILABLE", message: "overloaded" } };
    const { events, ...end } = read(chunk([{ text: "a" }]), event(error), chunk([{ text: "b" }]));
    expect(events).toEqual([start, begun("text"), delta("a")]);
    expect(end).toMatchObject({ state: "failed", error: { status: 503, code: "provider_overloaded" } });
    expect(read(event([error])).error).toMatchObject({ status: 503 });
  });

  it("fails on a call that Gemini could not read, with the usage up to then", () => {
    const { events, error } = read(chunk([], { finishReason: "MALFORMED_FUNCTION_CALL" }, usage(7, 5)));
    expect(events).toEqual([start, counted(7, 5)]);
    expect(error).toMatchObject({ status: 502, code: "provider_invalid_answer", retryable: true });
  });

  it.each([
    ["that is not JSON", "data: <h1>oops</h1>\n\n"],
    ["that is a number", "data: 7\n\n"],
  ])("edge case 22: fails on an event %s", (_what, text) => {
    expect(read(text)).toMatchObject({ state: "failed", error: { code: "provider_invalid_answer" } });
  });

  it("edge case 11: reads the same wherever the bytes are split, be it within a character", () => {
    const whole = encodeText(
      `: hello\r\n\r\n${chunk([{ text: "Grün 🌱" }])}${chunk(
        [{ functionCall: { id: "c1", name: "mähen", args: { wo: "Köln" } } }],
        { finishReason: "STOP" },
        usage(1, 2),
      ).trimEnd()}`,
    );
    const expected = readPieces([whole]);
    expect(expected.state).toBe("done");
    for (let split = 0; split <= whole.length; split += 1) {
      expect(readPieces([whole.subarray(0, split), whole.subarray(split)])).toEqual(expected);
    }
    expect(readPieces([...whole].map((byte) => Uint8Array.of(byte)))).toEqual(expected);
  });

  it("edge case 12: takes a picture in one line of megabytes, and none beyond the limit", () => {
    const data = "A".repeat(3_000_000);
    const line = encodeText(chunk([{ inlineData: { mimeType: "image/png", data } }], { finishReason: "STOP" }));
    const pieces = Array.from({ length: Math.ceil(line.length / 65_536) }, (_, index) =>
      line.subarray(index * 65_536, (index + 1) * 65_536),
    );
    const { events, state } = readPieces(pieces, 4_000_000);
    expect(state).toBe("done");
    expect(events.find(({ type }) => type === "delta")).toEqual(delta(data));
    expect(readPieces(pieces, 2_000_000)).toMatchObject({
      state: "failed",
      error: { code: "provider_invalid_answer", message: expect.stringContaining("too large") },
    });
  });
});

import { describe, expect, it } from "vitest";
import type { GenerationEvent } from "../../conversation/answer.ts";
import { encodeText } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import { MessageStreamReader } from "./read-stream.ts";
import {
  block,
  messageDelta,
  messageEvent,
  messageStart,
  messageStop,
  wholeStream,
} from "./testing/requests-and-streams.ts";
import { answerTool } from "./tools.ts";

const readAll = (pieces: readonly (string | Uint8Array)[], maxEventBytes = 100_000) => {
  const reader = new MessageStreamReader(maxEventBytes);
  const events: GenerationEvent[] = [];
  for (const piece of pieces) events.push(...reader.push(typeof piece === "string" ? encodeText(piece) : piece));
  events.push(...reader.end());
  return { events, state: reader.state(), error: reader.error() };
};

const expected: GenerationEvent[] = [
  { type: "start", facts: { upstreamId: "msg_up", upstreamModel: "claude-up", serviceTier: null } },
  { type: "usage", usage: { ...noUsage, inputUncached: 10, inputCacheRead: 5, outputText: 1 } },
  { type: "block-start", choice: 0, block: 0, content: { type: "reasoning", text: "" } },
  { type: "delta", choice: 0, block: 0, delta: "Häuser" },
  { type: "signature", choice: 0, block: 0, signature: { by: "anthropic", value: "EqQB" } },
  { type: "block-end", choice: 0, block: 0 },
  { type: "block-start", choice: 0, block: 1, content: { type: "text", text: "" } },
  { type: "delta", choice: 0, block: 1, delta: "grün " },
  { type: "delta", choice: 0, block: 1, delta: "🌲" },
  { type: "block-end", choice: 0, block: 1 },
  {
    type: "block-start",
    choice: 0,
    block: 2,
    content: { type: "tool-call", id: "toolu_1", name: "look", arguments: "" },
  },
  { type: "delta", choice: 0, block: 2, delta: '{"at":' },
  { type: "delta", choice: 0, block: 2, delta: '"Zürich"}' },
  { type: "block-end", choice: 0, block: 2 },
  { type: "usage", usage: { ...noUsage, inputUncached: 10, inputCacheRead: 5, outputText: 18, outputReasoning: 12 } },
  { type: "finish", choice: 0, reason: "tool-calls" },
];

describe("a stream of Anthropic", () => {
  it("is read event by event, wherever its bytes are cut", () => {
    const bytes = encodeText(wholeStream.join(""));
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const { events, state } = readAll([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(state).toBe("done");
      expect(events).toEqual(expected);
    }
  });

  it("edge case 05: keeps a character whose bytes come one by one", () => {
    const bytes = encodeText(wholeStream.join(""));
    expect(readAll([...bytes].map((byte) => Uint8Array.of(byte))).events).toEqual(expected);
  });

  it("edge case 02: fails by an error that is its first event, as if it had been a status", () => {
    const error = { type: "overloaded_error", message: "Overloaded" };
    const { events, state, error: found } = readAll([messageEvent("error", { error })]);
    expect([events, state]).toEqual([[], "failed"]);
    expect(found).toMatchObject({ status: 503, code: "provider_overloaded", retryable: true });
  });

  it("fails by an error within, and when it is cut off", () => {
    const begun = wholeStream.slice(0, 8);
    const broken = readAll([...begun, messageEvent("error", { error: { type: "api_error", message: "oops" } })]);
    expect([broken.state, broken.error?.code]).toEqual(["failed", "provider_error"]);
    const cut = readAll(begun);
    expect([cut.state, cut.error?.code]).toEqual(["failed", "provider_disconnected"]);
  });

  it("is complete without message_stop when it has said why it stopped, and ends what was left open", () => {
    const [opening = "", first = ""] = block(0, { type: "text", text: "Hi" }, { type: "text_delta", text: "!" });
    const pieces = [
      messageStart({ input_tokens: 1, output_tokens: 1 }),
      opening,
      first,
      messageDelta("max_tokens", {}),
    ];
    const { events, state } = readAll(pieces);
    expect(state).toBe("done");
    expect(events.slice(2)).toEqual([
      { type: "block-start", choice: 0, block: 0, content: { type: "text", text: "" } },
      { type: "delta", choice: 0, block: 0, delta: "Hi" },
      { type: "delta", choice: 0, block: 0, delta: "!" },
      expect.objectContaining({ type: "usage" }),
      { type: "block-end", choice: 0, block: 0 },
      { type: "finish", choice: 0, reason: "length" },
    ]);
  });

  it("takes nothing more after its end", () => {
    const reader = new MessageStreamReader(10_000);
    reader.push(encodeText(wholeStream.join("")));
    expect(reader.push(encodeText(wholeStream.join("")))).toEqual([]);
  });

  it("is text that ended properly where a tool stood for the output format", () => {
    const tool = { type: "tool_use", id: "a", name: answerTool, input: {} };
    const pieces = [
      messageStart({ input_tokens: 1, output_tokens: 1 }),
      ...block(0, tool, { type: "input_json_delta", partial_json: '{"n":1}' }),
      messageDelta("tool_use", { output_tokens: 3 }),
      messageStop,
    ];
    const { events } = readAll(pieces);
    expect(events).toContainEqual({ type: "block-start", choice: 0, block: 0, content: { type: "text", text: "" } });
    expect(events.at(-1)).toEqual({ type: "finish", choice: 0, reason: "stop" });
  });

  it("says why the model declined, and which stop sequence was met", () => {
    const refused = readAll([
      messageStart({ input_tokens: 1, output_tokens: 1 }),
      messageDelta("refusal", {}, { stop_details: { type: "refusal", explanation: "Not this." } }),
      messageStop,
    ]);
    expect(refused.events).toContainEqual({ type: "delta", choice: 0, block: 0, delta: "Not this." });
    expect(refused.events.at(-1)).toEqual({ type: "finish", choice: 0, reason: "refusal" });
    const met = readAll([messageStart({}), messageDelta("stop_sequence", {}, { stop_sequence: "END" }), messageStop]);
    expect(met.events.at(-1)).toEqual({ type: "finish", choice: 0, reason: "stop-sequence", stopSequence: "END" });
  });

  it("leaves out blocks that only the provider's own tools write, and counts on without them", () => {
    const pieces = [
      messageStart({}),
      ...block(
        0,
        { type: "server_tool_use", id: "s", name: "web_search", input: {} },
        { type: "input_json_delta", partial_json: "{}" },
      ),
      ...block(1, { type: "text", text: "" }, { type: "text_delta", text: "a" }),
      messageDelta("end_turn", {}),
      messageStop,
    ];
    const { events } = readAll(pieces);
    expect(events.filter(({ type }) => type === "delta")).toEqual([{ type: "delta", choice: 0, block: 0, delta: "a" }]);
  });

  it.each([
    ["an event that is no JSON", "data: {nothing\n\n"],
    ["an event that is too large", `data: {"a":"${"x".repeat(3_000)}"}\n\n`],
  ])("fails by %s", (_name, piece) => {
    const { state, error } = readAll([piece], 2_000);
    expect([state, error?.code]).toEqual(["failed", "provider_invalid_answer"]);
  });
});

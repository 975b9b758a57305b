import { describe, expect, it } from "vitest";
import { encodeJson, encodeText, type JsonObject } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import { readAnswer } from "./read-answer.ts";
import { answerTool } from "./tools.ts";

const message = {
  id: "msg_up",
  type: "message",
  role: "assistant",
  model: "claude-up",
  content: [{ type: "text", text: "grün" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 4, service_tier: "priority" },
};
const read = (more: JsonObject = {}) => readAnswer(encodeJson({ ...message, ...more }));
const choiceOf = (more: JsonObject) => read(more).choices[0];

describe("a whole answer of Anthropic", () => {
  it("is read with its blocks, its usage and its facts", () => {
    const content = [
      { type: "thinking", thinking: "hm", signature: "Eq" },
      { type: "redacted_thinking", data: "Em" },
      { type: "text", text: "grün", citations: null },
      { type: "tool_use", id: "toolu_1", name: "look", input: { at: "Zürich" } },
      { type: "server_tool_use", id: "srv", name: "web_search", input: {} },
    ];
    expect(read({ content, stop_reason: "tool_use" })).toEqual({
      choices: [
        {
          blocks: [
            { type: "reasoning", text: "hm", signature: { by: "anthropic", value: "Eq" } },
            { type: "reasoning", text: "", redacted: true, signature: { by: "anthropic", value: "Em" } },
            { type: "text", text: "grün" },
            { type: "tool-call", id: "toolu_1", name: "look", arguments: '{"at":"Zürich"}' },
          ],
          finish: "tool-calls",
        },
      ],
      usage: { ...noUsage, inputUncached: 3, outputText: 4 },
      facts: { upstreamId: "msg_up", upstreamModel: "claude-up", serviceTier: "priority" },
    });
  });

  it("has the price of its speed for its tier", () => {
    const usage = { input_tokens: 1, output_tokens: 1, service_tier: "standard", speed: "fast" };
    expect(read({ usage }).facts.serviceTier).toBe("fast");
  });

  it.each([
    ["end_turn", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "context-window"],
    ["refusal", "refusal"],
    ["pause_turn", "pause"],
    ["a_newer_one", "stop"],
    [null, "stop"],
  ])("ends by %s for %s", (stop_reason, finish) => {
    expect(choiceOf({ stop_reason })).toMatchObject({ finish });
  });

  it("names the stop sequence that was met", () => {
    expect(choiceOf({ stop_reason: "stop_sequence", stop_sequence: "END" })).toMatchObject({
      finish: "stop-sequence",
      stopSequence: "END",
    });
  });

  it("edge case 05: has empty arguments as an empty object", () => {
    const content = [{ type: "tool_use", id: "a", name: "look", input: {} }];
    expect(choiceOf({ content, stop_reason: "tool_use" })).toMatchObject({ blocks: [{ arguments: "{}" }] });
  });

  it("is text that ended properly where a tool stood for the output format", () => {
    const content = [{ type: "tool_use", id: "a", name: answerTool, input: { n: 1 } }];
    expect(choiceOf({ content, stop_reason: "tool_use" })).toEqual({
      blocks: [{ type: "text", text: '{"n":1}' }],
      finish: "stop",
    });
  });

  it("says why the model declined", () => {
    const stop_details = { type: "refusal", category: "bio", explanation: "Not this." };
    expect(choiceOf({ content: [], stop_reason: "refusal", stop_details })).toEqual({
      blocks: [{ type: "refusal", text: "Not this." }],
      finish: "refusal",
    });
  });

  it("may report no usage", () => {
    expect(read({ usage: null }).usage).toBeUndefined();
  });

  it.each([
    ["<html>", 502, "provider_invalid_answer"],
    ['{"type":"message"}', 502, "provider_invalid_answer"],
    ['{"type":"error","error":{"type":"overloaded_error","message":"busy"}}', 503, "provider_overloaded"],
  ])("edge case 22: is refused when it is %s", (body, status, code) => {
    expect(() => readAnswer(encodeText(body))).toThrow(expect.objectContaining({ status, code }));
  });
});

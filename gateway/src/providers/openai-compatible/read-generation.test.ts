import { describe, expect, it } from "vitest";
import { encodeJson, encodeText, type JsonObject } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import { readGeneration } from "./read-generation.ts";

const answer = (message: JsonObject, finish_reason: string | null = "stop", more: JsonObject = {}) =>
  readGeneration(
    encodeJson({ id: "chatcmpl-1", model: "up", choices: [{ index: 0, message, finish_reason, ...more }] }),
  ).choices[0];

describe("a whole chat completion", () => {
  it("is read with its facts and its usage", () => {
    const body = {
      id: "chatcmpl-1",
      model: "gpt-up",
      service_tier: "flex",
      choices: [{ index: 0, message: { role: "assistant", content: "a" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 3, completion_tokens: 2 },
    };
    expect(readGeneration(encodeJson(body))).toEqual({
      choices: [{ blocks: [{ type: "text", text: "a" }], finish: "stop" }],
      usage: { ...noUsage, inputUncached: 3, outputText: 2 },
      facts: { upstreamId: "chatcmpl-1", upstreamModel: "gpt-up", serviceTier: "flex" },
    });
  });

  it("holds thoughts, text, refusals, pictures and calls, in this order", () => {
    const tool_calls = [
      { id: "c1", type: "function", function: { name: "f", arguments: "{}" } },
      { type: "function", function: { name: "g", arguments: { x: 1 } } },
      { type: "function" },
    ];
    const images = [{ image_url: { url: "data:image/png;base64,AA" } }, { image_url: { url: "https://a.example/b" } }];
    const message = { tool_calls, images, refusal: "no", content: [{ type: "text", text: "a" }], reasoning: "hm" };
    expect(answer(message)).toEqual({
      blocks: [
        { type: "reasoning", text: "hm" },
        { type: "text", text: "a" },
        { type: "refusal", text: "no" },
        { type: "image", mediaType: "image/png", data: "AA" },
        { type: "tool-call", id: "c1", name: "f", arguments: "{}" },
        { type: "tool-call", id: "call_chatcmpl-1_0_1", name: "g", arguments: '{"x":1}' },
      ],
      finish: "tool-calls",
    });
  });

  it.each([
    ["stop", {}, { finish: "stop" }],
    ["length", {}, { finish: "length" }],
    ["content_filter", {}, { finish: "content-filter" }],
    ["tool_calls", {}, { finish: "tool-calls" }],
    ["eos", {}, { finish: "stop" }],
    [null, {}, { finish: "stop" }],
    ["stop", { stop_reason: "END" }, { finish: "stop-sequence", stopSequence: "END" }],
    ["stop", { stop_reason: 128_009 }, { finish: "stop" }],
  ])("that ended by %s and %j", (reason, more, expected) => {
    expect(answer({ content: "a" }, reason, more)).toEqual({ blocks: [{ type: "text", text: "a" }], ...expected });
  });

  it("edge case 10: counts of zero are counts", () => {
    const choices = [{ message: { content: "" }, finish_reason: "stop" }];
    const read = readGeneration(encodeJson({ choices, usage: { prompt_tokens: 0, completion_tokens: 0 } }));
    expect([read.usage, read.choices[0]?.blocks]).toEqual([noUsage, []]);
    expect(readGeneration(encodeJson({ choices })).usage).toBeUndefined();
  });

  it.each([
    ["edge case 22: a page", "<html>", "provider_invalid_answer"],
    ["no choices", '{"choices":[]}', "provider_invalid_answer"],
    ["an error of status 200", '{"error":{"message":"m","type":"rate_limit_error"}}', "provider_rate_limited"],
  ])("fails on %s", (_name, body, code) => {
    expect(() => readGeneration(encodeText(body))).toThrow(expect.objectContaining({ code }));
  });
});

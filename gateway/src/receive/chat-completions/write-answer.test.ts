import { describe, expect, it } from "vitest";
import { noFacts, type Block, type FinishReason } from "../../conversation/answer.ts";
import { TranslationNotes } from "../../conversation/notes.ts";
import type { JsonObject } from "../../json.ts";
import { noUsage, usageBuckets, type Usage } from "../../meter/usage.ts";
import { readUsage } from "../../providers/openai-compatible/usage.ts";
import { chatCall } from "../../testing/chat-call.ts";
import { writeChatAnswer } from "./write-answer.ts";
import { writeUsage } from "./write-usage.ts";

const write = (blocks: readonly Block[], finish: FinishReason = "stop", more: JsonObject = {}) => {
  const notes = new TranslationNotes({ strict: false });
  const answer = writeChatAnswer(
    { call: chatCall(more), requestId: "req_7", createdAt: new Date(1_700_000_000_999) },
    { choices: [{ blocks, finish }], usage: undefined, facts: { ...noFacts, upstreamModel: "gemini-real" } },
    { counts: { ...noUsage, inputUncached: 3, outputText: 2 }, source: "reported" },
    notes,
  );
  return { answer, warnings: notes.header() };
};
const choiceOf = (...args: Parameters<typeof write>): unknown => {
  const { choices } = write(...args).answer;
  return Array.isArray(choices) ? choices[0] : undefined;
};
const messageOf = (...args: Parameters<typeof write>): unknown => {
  const choice = choiceOf(...args);
  return typeof choice === "object" && choice !== null && "message" in choice ? choice.message : undefined;
};
const call = (id: string, text = "{}"): Extract<Block, { type: "tool-call" }> => ({
  type: "tool-call",
  id,
  name: "f",
  arguments: text,
});

describe("a chat completion", () => {
  it("edge case 18: names the model as the caller did, and has the id of the request", () => {
    expect(write([{ type: "text", text: "a" }]).answer).toEqual({
      id: "chatcmpl-7",
      object: "chat.completion",
      created: 1_700_000_000,
      model: "m",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "a", refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: expect.objectContaining({ prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }),
    });
  });

  it("edge case 05: has no content beside calls, and arguments that can be parsed", () => {
    expect(messageOf([call("a"), call("b", "")], "tool-calls")).toEqual({
      role: "assistant",
      content: null,
      refusal: null,
      tool_calls: [
        { id: "a", type: "function", function: { name: "f", arguments: "{}" } },
        { id: "b", type: "function", function: { name: "f", arguments: "{}" } },
      ],
    });
  });

  it("edge case 07: shows thoughts, and the signatures of thoughts, of calls and of texts", () => {
    const blocks: Block[] = [
      { type: "reasoning", text: "hm", signature: { by: "anthropic", value: "s1" } },
      { type: "reasoning", text: "", redacted: true, signature: { by: "anthropic", value: "s2" } },
      { type: "text", text: "a", signature: { by: "gemini", value: "s3" } },
      { ...call("c"), signature: { by: "gemini", value: "s4" } },
    ];
    expect(messageOf(blocks, "tool-calls")).toMatchObject({
      content: "a",
      reasoning_content: "hm",
      reasoning_details: [
        { type: "reasoning.text", text: "hm", signature: "s1", format: "anthropic-claude-v1", index: 0 },
        { type: "reasoning.encrypted", data: "s2", format: "anthropic-claude-v1", index: 1 },
      ],
      extra_content: { google: { thought_signature: "s3" } },
      tool_calls: [{ id: "c", extra_content: { google: { thought_signature: "s4" } } }],
    });
  });

  it("has refusals and pictures in places of their own", () => {
    expect(messageOf([{ type: "refusal", text: "no" }], "refusal")).toMatchObject({ content: null, refusal: "no" });
    expect(messageOf([{ type: "image", mediaType: "image/png", data: "AA" }])).toMatchObject({
      images: [{ index: 0, type: "image_url", image_url: { url: "data:image/png;base64,AA" } }],
    });
  });

  it.each([
    ["stop", "stop"],
    ["stop-sequence", "stop"],
    ["length", "length"],
    ["context-window", "length"],
    ["tool-calls", "tool_calls"],
    ["content-filter", "content_filter"],
    ["refusal", "content_filter"],
    ["pause", "length"],
  ] as const)("that ended by %s says %s", (finish, said) => {
    expect(choiceOf([], finish)).toMatchObject({ finish_reason: said });
  });

  it("for a caller of functions calls one function, and tells that there were more", () => {
    const functions = { functions: [{ name: "f" }] };
    const { answer, warnings } = write([call("a"), call("b")], "tool-calls", functions);
    expect(answer["choices"]).toMatchObject([
      { message: { content: null, function_call: { name: "f", arguments: "{}" } }, finish_reason: "function_call" },
    ]);
    expect(JSON.stringify(answer)).not.toContain("tool_calls");
    expect(warnings).toContain("function_call");
  });
});

describe("usage", () => {
  it("has totals that include every detail, and says what was billed", () => {
    const counts = Object.fromEntries(usageBuckets.map((bucket, index) => [bucket, 2 ** index]));
    const usage: Usage = { ...noUsage, ...counts, images: 0, videoSeconds: 0 };
    expect(writeUsage(usage)).toMatchObject({
      prompt_tokens: 63,
      completion_tokens: 960,
      total_tokens: 1023,
      prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 12 },
      completion_tokens_details: { reasoning_tokens: 128 },
    });
    // The dialect has one word for both lifetimes of a cache.
    const merged = { ...usage, inputCacheWrite5m: 12, inputCacheWrite1h: 0 };
    expect(readUsage(writeUsage(usage))).toEqual(merged);
  });
});

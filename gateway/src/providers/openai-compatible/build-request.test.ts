import { describe, expect, it } from "vitest";
import { TranslationNotes } from "../../conversation/notes.ts";
import type { GenerationRequest, Part, Turn } from "../../conversation/request.ts";
import { chatCall } from "../../testing/chat-call.ts";
import { generationRequest } from "../../testing/generation-request.ts";
import { bodyOf, routeFor } from "../../testing/chat-translation.ts";
import { readChatRequest } from "../../receive/chat-completions/read-request.ts";
import { openAiServer } from "../openai/server.ts";
import { buildRequest } from "./build-request.ts";
import { compatibleServer } from "./server.ts";

const servers = { "openai-compatible": compatibleServer, openai: openAiServer };

const build = (
  request: Partial<GenerationRequest>,
  { adapter = "openai-compatible", model = "m", stream = false, strict = false }: Partial<Asked> = {},
) => {
  const notes = new TranslationNotes({ strict });
  const route = routeFor(adapter, model);
  const args = { request: generationRequest(request), stream, route, requestId: "req_1", notes };
  const built = buildRequest(args, servers[adapter]);
  return { built, body: bodyOf(built), warnings: notes.header() };
};
interface Asked {
  adapter: keyof typeof servers;
  model: string;
  stream: boolean;
  strict: boolean;
}
const text = (value: string): Part => ({ type: "text", text: value });
const turn = (role: Turn["role"], ...parts: Part[]): Turn => ({ role, parts });
const call = (id: string, args = "{}"): Part => ({ type: "tool-call", id, name: "f", arguments: args });
const image: Part = { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AA" } };

describe("a neutral request as a chat completion request", () => {
  it("is plain where nothing is wanted, and asks a stream for its usage", () => {
    expect(build({}).body).toEqual({ model: "m", messages: [{ role: "user", content: "What colour?" }] });
    const { built, body } = build({}, { stream: true });
    expect(body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(built).toMatchObject({
      method: "POST",
      path: "/v1/chat/completions",
      headers: { accept: "text/event-stream", "accept-encoding": "identity", "x-request-id": "req_1" },
    });
  });

  it("says again what a chat completion request said", () => {
    const sent = {
      messages: [
        { role: "system", content: "s" },
        { role: "user", content: [{ type: "text", text: "a" }, { type: "image_url", image_url: { url: "data:image/png;base64,AA", detail: "low" } }, { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA" } }, { type: "input_audio", input_audio: { data: "AA", format: "wav" } }] }, // prettier-ignore
        { role: "assistant", content: "b", tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }] }, // prettier-ignore
        { role: "tool", tool_call_id: "c1", content: "r" },
      ],
      tools: [{ type: "function", function: { name: "f", description: "d", parameters: { type: "object" }, strict: true } }], // prettier-ignore
      tool_choice: { type: "function", function: { name: "f" } },
      parallel_tool_calls: false,
      response_format: { type: "json_schema", json_schema: { name: "n", schema: { type: "object" }, strict: true } },
      reasoning_effort: "low",
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      stop: ["."],
      seed: 1,
      presence_penalty: 1,
      frequency_penalty: 1,
      max_tokens: 9,
      n: 2,
      user: "u",
    };
    const { body, warnings } = build(readChatRequest(chatCall(sent)));
    expect(body).toEqual({ model: "m", ...sent });
    expect(warnings).toBeUndefined();
  });

  it("edge case 06: puts the results of tools first, each in a message of its own", () => {
    const result = (callId: string, isError = false): Part => ({
      type: "tool-result",
      callId,
      content: [
        { type: "text", text: `${callId} 1` },
        { type: "text", text: "2" },
      ],
      isError,
    });
    const { body, warnings } = build({ turns: [turn("user", text("now"), result("a"), result("b", true))] });
    expect(body["messages"]).toEqual([
      { role: "tool", tool_call_id: "a", content: "a 1\n2" },
      { role: "tool", tool_call_id: "b", content: "b 1\n2" },
      { role: "user", content: "now" },
    ]);
    expect(warnings).toContain("is_error");
  });

  it("moves the pictures of a result into a message after it, and says so", () => {
    const result: Part = { type: "tool-result", callId: "a", content: [{ type: "text", text: "see" }, image] };
    const { body, warnings } = build({ turns: [turn("user", result)] });
    expect(body["messages"]).toEqual([
      { role: "tool", tool_call_id: "a", content: "see" },
      { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA" } }] },
    ]);
    expect(warnings).toContain("tool_result.content");
  });

  it("edge case 14: has no text beside tool calls where the model said none", () => {
    const { body } = build({ turns: [turn("assistant", text(""), call("c", "")), turn("assistant", text(""))] });
    expect(body["messages"]).toEqual([
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "assistant", content: "" },
    ]);
  });

  it("edge case 07: gives thoughts back to servers that show them, but never another provider's", () => {
    const own: Part = { type: "reasoning", text: "hm" };
    const foreign: Part = { type: "reasoning", text: "ah", signature: { by: "anthropic", value: "s" } };
    const turns = [turn("assistant", foreign, own, text("a")), turn("assistant", foreign, text("b"))];
    const { body, warnings } = build({ turns });
    expect(body["messages"]).toEqual([
      { role: "assistant", content: "a", reasoning_content: "hm" },
      { role: "assistant", content: "b" },
    ]);
    expect(warnings?.match(/reasoning/g)).toHaveLength(1);
    expect(JSON.stringify(build({ turns }, { adapter: "openai" }).body)).not.toContain("hm");
  });

  it("carries the choice of tools only beside tools", () => {
    const { body } = build({ toolChoice: { type: "required" }, parallelToolCalls: true });
    expect(body).not.toHaveProperty("tool_choice");
    expect(body).not.toHaveProperty("parallel_tool_calls");
  });

  it.each([
    [turn("user", { type: "file", source: { kind: "url", url: "https://a.example/b.pdf" } }), "file"],
    [turn("user", { type: "audio", source: { kind: "url", url: "https://a.example/b.wav" } }), "audio"],
    [turn("user", { type: "audio", source: { kind: "base64", mediaType: "audio/ogg", data: "AA" } }), "audio"],
  ])("400: %j", (refused, param) => {
    expect(() => build({ turns: [refused] })).toThrow(
      expect.objectContaining({ status: 400, code: "unsupported_parameter", param }),
    );
  });

  it("edge case 25: tells each thing that it cannot carry, and refuses it where the caller is strict", () => {
    const cache = { lifetime: "5m" as const };
    const lossy = {
      turns: [turn("user", { type: "text", text: "hi", cache })],
      sampling: { topLogprobs: 2 },
      unmapped: [{ field: "metadata.user_id", value: "u" }],
    };
    const { body, warnings } = build(lossy);
    expect(body).toEqual({ model: "m", messages: [{ role: "user", content: "hi" }] });
    for (const field of ["metadata.user_id", "cache_control", "logprobs"]) expect(warnings).toContain(`${field}: `);
    expect(() => build(lossy, { strict: true })).toThrow(expect.objectContaining({ code: "unsupported_parameter" }));
  });
});

describe("a server of the dialect", () => {
  it.each([
    [{ effort: "low" }, "low"],
    [{ effort: "minimal" }, "low"],
    [{ effort: "max" }, "high"],
    [{ effort: "odd" }, "medium"],
    [{ budgetTokens: 1_024 }, "low"],
    [{ budgetTokens: 10_000 }, "medium"],
    [{ budgetTokens: 32_000 }, "high"],
    [{ adaptive: true }, undefined],
    [{ disabled: true }, undefined],
  ])("is asked for reasoning %j as %s", (reasoning, effort) => {
    expect(build({ reasoning }).body["reasoning_effort"]).toBe(effort);
  });

  it("is told that a word was changed, and that reasoning cannot be turned off", () => {
    expect(build({ reasoning: { effort: "max" } }).warnings).toContain("`high`");
    expect(build({ reasoning: { disabled: true } }).warnings).toContain("reasoning");
    expect(build({ reasoning: { effort: "high" } }).warnings).toBeUndefined();
  });
});

describe("OpenAI", () => {
  const openai = (request: Partial<GenerationRequest>, model: string) => build(request, { adapter: "openai", model });

  it("is given the newer names of fields", () => {
    expect(openai({ maxOutputTokens: 9, endUser: "u" }, "gpt-4o").body).toMatchObject({
      max_completion_tokens: 9,
      safety_identifier: "u",
    });
  });

  it("is not sent the sampling that its reasoning models refuse, which is told; usual values are left out", () => {
    const sampling = { temperature: 0.5, topP: 1, stop: ["."], seed: 1, topK: 5 };
    const { body, warnings } = openai({ sampling }, "o3");
    for (const field of ["temperature", "top_p", "stop", "top_k"]) expect(body).not.toHaveProperty(field);
    expect(body["seed"]).toBe(1);
    for (const field of ["temperature", "stop", "top_k"]) expect(warnings).toContain(`${field}: `);
    expect(warnings).not.toContain("top_p");
    expect(openai({ sampling: { temperature: 1, topP: 1 } }, "gpt-5").warnings).toBeUndefined();
    expect(openai({ sampling }, "gpt-4.1").body).toMatchObject({ temperature: 0.5, stop: ["."] });
  });

  it.each([
    ["o3", { effort: "high" }, "high"],
    ["gpt-5.2", { effort: "xhigh" }, "xhigh"],
    ["gpt-5.2", { disabled: true }, "none"],
    ["gpt-5", { disabled: true }, undefined],
    ["o4-mini", { budgetTokens: 30_000 }, "high"],
    ["gpt-4o", { effort: "high" }, undefined],
    ["gpt-4o", { disabled: true }, undefined],
    ["ft:gpt-5-mini:org::1", { effort: "low" }, "low"],
    ["gpt-5-chat-latest", { effort: "low" }, undefined],
  ])("asks %s for reasoning %j as %s", (model, reasoning, effort) => {
    expect(openai({ reasoning }, model).body["reasoning_effort"]).toBe(effort);
  });

  it("tells what a model cannot do about its reasoning, and nothing where nothing is lost", () => {
    expect(openai({ reasoning: { effort: "low" } }, "gpt-4o").warnings).toContain("does not reason");
    expect(openai({ reasoning: { disabled: true } }, "o3").warnings).toContain("cannot leave it");
    expect(openai({ reasoning: { disabled: true } }, "gpt-4o").warnings).toBeUndefined();
  });
});

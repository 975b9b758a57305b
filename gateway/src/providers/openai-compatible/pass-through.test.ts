import { describe, expect, it } from "vitest";
import { decodeJsonObject, decodeText, encodeJson, encodeText, type JsonObject } from "../../json.ts";
import { chatCall } from "../../testing/chat-call.ts";
import { bodyOf, routeFor, translationArgs } from "../../testing/chat-translation.ts";
import { chatChunk, doneEvent, event } from "../../testing/fake-upstream.ts";
import type { Call } from "../../receive/call.ts";
import { openAi } from "../openai/provider.ts";
import type { Provider } from "../provider.ts";
import { openAiCompatible } from "./provider.ts";

const pass = (call: Call, { provider = openAiCompatible, model = "m", strict = false } = {}) => {
  const args = translationArgs(call, routeFor(provider.adapter, model), { strict });
  const translation = provider.operations[call.endpoint]?.(args);
  if (translation === undefined) throw new Error("the operation is not passed through");
  return { translation, request: translation.request, notes: args.notes };
};
const sent = (more: JsonObject, provider: Provider = openAiCompatible, model = "m"): JsonObject =>
  bodyOf(pass(chatCall(more), { provider, model }).request);

describe("a chat at a server of the same dialect", () => {
  it("edge case 13: has the client's own bytes, a stop text of null among them", () => {
    for (const more of [{ stop: null }, {}, { stop: [] }]) {
      const call = chatCall(more);
      for (const provider of [openAi, openAiCompatible]) {
        expect(pass(call, { provider }).request.body).toBe(call.bytes);
      }
    }
  });

  it("sends the headers that the dialect has for its providers", () => {
    const call = { ...chatCall(), forwardedHeaders: { "openai-beta": "x=v1", accept: "text/html" } };
    expect(pass(call).request.headers).toMatchObject({ "openai-beta": "x=v1", accept: "application/json" });
  });

  it("edge case 18: asks for the provider's model and answers by the client's, whole and streamed", () => {
    const { translation, request } = pass(chatCall({ stream: true }), { model: "up" });
    expect(bodyOf(request)).toMatchObject({ model: "up" });
    const answer = { id: "x", model: "up-2026", choices: [{ message: { content: "a" } }] };
    const whole = translation.readAnswer(encodeJson(answer), {});
    expect(decodeJsonObject(whole.bytes)).toEqual({ ...answer, model: "m" });
    expect(whole.facts).toMatchObject({ upstreamModel: "up-2026", upstreamId: "x" });
    const stream = translation.streamTranslator();
    const chunk = decodeText(stream.push(encodeText(event(chatChunk({ content: "a" }, { model: "up-2026" })))));
    expect(chunk).toContain('"model":"m"');
    expect(stream.facts()).toMatchObject({ upstreamModel: "up-2026" });
  });

  it.each(["<h1>Bad gateway</h1>", "ok", "[]", "3"])("edge case 22: breaks off at an event that holds %j", (data) => {
    const stream = pass(chatCall({ stream: true })).translation.streamTranslator();
    stream.push(encodeText(event(chatChunk({ content: "a" }))));
    expect(decodeText(stream.push(encodeText(`data: ${data}\n\n`)))).toBe("");
    expect(stream.error()).toMatchObject({ status: 502, code: "provider_invalid_answer" });
    expect(decodeText(stream.push(encodeText(doneEvent)))).toBe("");
    expect(stream.state()).toBe("failed");
  });

  it("tells the tier of service that answered", () => {
    const { translation } = pass(chatCall({ stream: true }), { provider: openAi });
    const stream = translation.streamTranslator();
    stream.push(encodeText(event(chatChunk({ content: "a" }, { service_tier: "flex" })) + doneEvent));
    expect(stream.facts().serviceTier).toBe("flex");
  });
});

describe("edge case 17: a developer", () => {
  const messages = [
    { role: "developer", content: "d", name: "n" },
    { role: "user", content: "u" },
    { role: "developer", content: "e" },
  ];

  it("is a system to servers other than OpenAI, which is told", () => {
    const { request, notes } = pass(chatCall({ messages }));
    expect(bodyOf(request)["messages"]).toEqual([
      { role: "system", content: "d", name: "n" },
      { role: "user", content: "u" },
      { role: "system", content: "e" },
    ]);
    expect(notes.header()).toContain("messages[0].role");
    expect(() => pass(chatCall({ messages }), { strict: true })).toThrow(
      expect.objectContaining({ status: 400, param: "messages[0].role" }),
    );
  });

  it("is itself at OpenAI", () => {
    const call = chatCall({ messages });
    expect(pass(call, { provider: openAi }).request.body).toBe(call.bytes);
  });
});

describe("the bound of an answer at OpenAI", () => {
  it("has its newer name for models that reason", () => {
    for (const model of ["o3", "gpt-5.1", "gpt-5-mini"]) {
      expect(sent({ max_tokens: 9 }, openAi, model)).toMatchObject({ max_completion_tokens: 9 });
      expect(sent({ max_tokens: 9 }, openAi, model)).not.toHaveProperty("max_tokens");
    }
  });

  it("is left as it is where there is nothing to rename", () => {
    expect(sent({ max_tokens: 9 }, openAi, "gpt-4o")).toMatchObject({ max_tokens: 9 });
    expect(sent({ max_tokens: 9 }, openAiCompatible, "o3")).toMatchObject({ max_tokens: 9 });
    const both = { max_tokens: 9, max_completion_tokens: 8 };
    expect(sent(both, openAi, "o3")).toMatchObject(both);
    expect(sent({ max_tokens: null }, openAi, "o3")).not.toHaveProperty("max_completion_tokens");
  });
});

describe("edge case 07: what an answer of another provider carried", () => {
  const signed = { google: { thought_signature: "s" } };
  const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
  const said = { role: "assistant", content: "a", tool_calls: [call] };
  const carried = {
    ...said,
    reasoning_content: "hm",
    reasoning_details: [{ type: "reasoning.text", text: "hm" }],
    extra_content: signed,
    images: [],
    tool_calls: [{ ...call, extra_content: signed }],
  };
  const messages = [{ role: "user", content: "u" }, carried, { role: "tool", tool_call_id: "c", content: "r" }];

  it("is left out where the conversation goes on at OpenAI, which is told", () => {
    const { request, notes } = pass(chatCall({ messages }), { provider: openAi });
    expect(bodyOf(request)["messages"]).toEqual([messages[0], said, messages[2]]);
    expect(notes.header()).toContain("messages[1]: ");
  });

  it("is left to other servers, some of which take it", () => {
    const sentOn = chatCall({ messages });
    expect(pass(sentOn).request.body).toBe(sentOn.bytes);
  });
});

describe("completions", () => {
  it("pass through with everything that only their own servers know", () => {
    const call = chatCall({ prompt: [[1, 2], [3]], echo: true, suffix: "s", best_of: 2 }, "completions");
    expect(pass(call).request).toMatchObject({ path: "/v1/completions", body: call.bytes });
  });
});

describe("embeddings", () => {
  const call = chatCall({ input: ["a", "b"], prompt: undefined, user: "u" }, "embeddings");
  const data = [{ object: "embedding", index: 0, embedding: [0.1] }];

  it("pass through, the model renamed on both ways", () => {
    expect(pass(call).request).toMatchObject({ path: "/v1/embeddings", body: call.bytes });
    const { translation, request } = pass(call, { provider: openAi, model: "text-embedding-3-small" });
    expect(bodyOf(request)).toEqual({ model: "text-embedding-3-small", input: ["a", "b"], user: "u" });
    const body = encodeJson({ object: "list", data, model: "up", usage: { prompt_tokens: 2, total_tokens: 2 } });
    const answer = translation.readAnswer(body, {});
    expect(decodeJsonObject(answer.bytes)).toMatchObject({ data, model: "m" });
    expect(answer.usage).toMatchObject({ counts: { inputUncached: 2, outputText: 0 }, source: "reported" });
  });

  it("are estimated where the server counts nothing, and have no output to bound", () => {
    const answer = pass(call).translation.readAnswer(encodeJson({ data, model: "m" }), {});
    expect(answer.usage).toMatchObject({ counts: { inputUncached: 2 }, source: "estimated" });
    expect(call).toMatchObject({ maxOutputTokens: 0, outputField: null, stream: false });
  });

  it.each([
    ["no JSON", "<html>", "provider_invalid_answer"],
    ["no data", "{}", "provider_invalid_answer"],
    ["an error", '{"error":{"message":"m","type":"rate_limit_error"}}', "provider_rate_limited"],
  ])("fail on %s", (_name, body, code) => {
    expect(() => pass(call).translation.readAnswer(encodeText(body), {})).toThrow(expect.objectContaining({ code }));
  });

  it("400: an input that is none", () => {
    for (const input of [undefined, 5, {}]) {
      expect(() => chatCall({ input }, "embeddings")).toThrow(expect.objectContaining({ status: 400, param: "input" }));
    }
  });
});

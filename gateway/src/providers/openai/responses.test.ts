import { describe, expect, it } from "vitest";
import { TranslationNotes } from "../../conversation/notes.ts";
import { ReasoningMemory } from "../../conversation/reasoning-memory.ts";
import { GatewayError } from "../../errors.ts";
import { decodeJsonObject, decodeText, encodeJson, encodeText, joinBytes, type JsonObject } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import { noBounds } from "../../ports.ts";
import { readCall } from "../../receive/read-call.ts";
import { passResponsesThrough } from "./responses.ts";

const translate = (more: JsonObject = {}, headers: Record<string, string> = {}, upstreamModel = "gpt-real") =>
  passResponsesThrough({
    call: readCall({
      endpoint: "responses",
      bytes: encodeJson({ model: "mine", input: "hi", ...more }),
      maxDepth: 32,
      bounds: noBounds,
      header: (name) => headers[name],
    }),
    route: {
      deployment: "d",
      provider: "openai",
      adapter: "openai",
      upstreamModel,
      priceModel: "gpt-real",
      maxOutputTokens: null,
      onDisconnect: { whole: "drain", stream: "abort" },
      acquire: () => Promise.reject(new Error("not asked")),
    },
    requestId: "req_1",
    createdAt: new Date(0),
    notes: new TranslationNotes({ strict: false }),
    memory: new ReasoningMemory().of("user_1"),
    media: new Map(),
    maxEventBytes: 100_000,
  });
const bodyOf = (more: JsonObject, upstreamModel?: string) =>
  decodeJsonObject(translate(more, {}, upstreamModel).request.body ?? encodeText(""));

const usage = {
  input_tokens: 20,
  input_tokens_details: { cached_tokens: 8 },
  output_tokens: 9,
  output_tokens_details: { reasoning_tokens: 4 },
  total_tokens: 29,
};
const counts = { ...noUsage, inputUncached: 12, inputCacheRead: 8, outputText: 5, outputReasoning: 4 };
const response = {
  id: "resp_up",
  object: "response",
  status: "completed",
  model: "gpt-real",
  output: [],
  store: false,
  usage,
};

describe("a request to OpenAI", () => {
  it("forwards what the gateway does not know, and never asks OpenAI to keep anything", () => {
    const tools = [{ type: "web_search" }];
    expect(bodyOf({ tools, future: { a: 1 }, store: true })).toEqual({
      model: "gpt-real",
      input: "hi",
      tools,
      future: { a: 1 },
      store: false,
    });
  });

  it("asks a model that thinks for thoughts that can be sent again, and no other", () => {
    expect(bodyOf({ include: ["message.output_text.logprobs"] }, "gpt-5.1")?.["include"]).toEqual([
      "message.output_text.logprobs",
      "reasoning.encrypted_content",
    ]);
    expect(bodyOf({ include: ["reasoning.encrypted_content"] }, "gpt-5.1")?.["include"]).toEqual([
      "reasoning.encrypted_content",
    ]);
    expect(bodyOf({}, "gpt-4o")).not.toHaveProperty("include");
  });

  it("does not name a response that only the gateway knows", () => {
    expect(bodyOf({ previous_response_id: "resp_old" })).not.toHaveProperty("previous_response_id");
  });

  it("carries the beta header on", () => {
    expect(translate({}, { "openai-beta": "responses=v9" }).request.headers["openai-beta"]).toBe("responses=v9");
  });
});

describe("a whole answer", () => {
  it("is named as it was asked for, with its usage in buckets", () => {
    const read = translate({ store: true }).readAnswer(encodeJson(response), {});
    expect(decodeJsonObject(read.bytes)).toMatchObject({ id: "resp_up", model: "mine", store: true });
    expect(read.usage).toEqual({ source: "reported", counts });
    expect(read.facts).toMatchObject({ upstreamId: "resp_up", upstreamModel: "gpt-real" });
  });

  it("that failed before it said anything is not billed", () => {
    const failed = { ...response, status: "failed", error: { code: "server_error", message: "no" }, usage: null };
    const nothing = { source: "estimated", counts: noUsage };
    expect(translate().readAnswer(encodeJson(failed), {}).usage).toEqual(nothing);
    const stream = translate({ stream: true }).streamTranslator();
    const created = { type: "response.created", response: { ...response, status: "in_progress", usage: null } };
    for (const event of [created, { type: "response.failed", response: failed }]) {
      stream.push(encodeText(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
    }
    expect([stream.state(), stream.usage()]).toEqual(["done", nothing]);
  });

  it("is estimated by the words in it where no usage is told, and not by what surrounds them", () => {
    const output = [
      { id: `rs_${"x".repeat(100)}`, type: "reasoning", summary: [{ type: "summary_text", text: "1234" }] },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "12345678", annotations: [] }] },
      { type: "function_call", call_id: "c", name: "look", arguments: '{"at":1}' },
    ];
    const read = translate().readAnswer(encodeJson({ ...response, output, usage: null }), {});
    expect(read.usage).toMatchObject({ source: "estimated", counts: { outputText: 5 } });
  });

  it.each([
    ["no JSON", encodeText("<html>")],
    ["no output", encodeJson({ object: "response" })],
    ["an error", encodeJson({ error: { message: "no" } })],
  ])("that is %s is none", (_what, body) => {
    expect(() => translate().readAnswer(body, {})).toThrow(GatewayError);
  });
});

describe("a stream", () => {
  const event = (type: string, more: JsonObject = {}): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const created = event("response.created", {
    sequence_number: 0,
    response: { ...response, status: "in_progress", usage: null },
  });
  const unknown = event("response.brand_new.delta", { sequence_number: 1, delta: "12345678" });
  const completed = event("response.completed", { sequence_number: 2, response });

  it("passes unknown events on as they came, and holds the last one back until the bill is made", () => {
    const stream = translate().streamTranslator();
    const passed = decodeText(stream.push(encodeText(created + unknown + completed)));
    expect(passed).toContain('"model":"mine"');
    expect(passed).toContain(unknown);
    expect(passed).not.toContain("response.completed");
    expect(stream.state()).toBe("done");
    expect(stream.usage()).toEqual({ source: "reported", counts });
    expect(decodeText(stream.close())).toContain("event: response.completed");
  });

  it("is the same however its bytes are cut", () => {
    const bytes = encodeText(created + unknown + completed);
    const whole = translate().streamTranslator().push(bytes);
    const stream = translate().streamTranslator();
    const pieces = Array.from(bytes, (byte) => stream.push(Uint8Array.of(byte)));
    expect(decodeText(joinBytes(pieces))).toBe(decodeText(whole));
  });

  it("that stops without its last event is a failure, paid for by what had come", () => {
    const stream = translate().streamTranslator();
    stream.push(encodeText(created + unknown));
    stream.end();
    expect(stream.state()).toBe("failed");
    expect(stream.error()?.code).toBe("provider_disconnected");
    expect(stream.usage()).toMatchObject({ source: "partial", counts: { outputText: 2 } });
  });

  it("edge case 02: that begins with an error is that error", () => {
    const stream = translate().streamTranslator();
    stream.push(encodeText(event("error", { code: "rate_limit_exceeded", message: "slow down", type: "error" })));
    expect(stream.state()).toBe("failed");
    expect(stream.error()?.message).toBe("slow down");
  });

  it("tells an error of the gateway's own with the next number", () => {
    const stream = translate().streamTranslator();
    stream.push(encodeText(created + unknown));
    const error = new GatewayError({ status: 502, code: "c", type: "server_error", message: "m", retryable: false });
    expect(decodeText(stream.fail(error))).toContain('"sequence_number":2');
  });
});

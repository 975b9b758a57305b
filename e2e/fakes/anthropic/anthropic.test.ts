import Anthropic, { BadRequestError } from "@anthropic-ai/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lastEndedCall } from "../fake-calls.ts";
import type { FakeProvider } from "../fake-provider.ts";
import { countTokens } from "../tokens.ts";
import { startFakeAnthropic } from "./anthropic.ts";

let fake: FakeProvider;
let client: Anthropic;

beforeAll(async () => {
  fake = await startFakeAnthropic();
  client = new Anthropic({ apiKey: fake.apiKey, baseURL: fake.origin, maxRetries: 0 });
});
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const say = (content: string) => ({
  model: "claude-haiku-4-5",
  max_tokens: 4000,
  messages: [{ role: "user" as const, content }],
});
const lastCall = () => lastEndedCall(fake);
const tool = (name: string) => ({
  name,
  input_schema: { type: "object" as const, properties: { city: { type: "string" } } },
});
const thinking = { type: "enabled" as const, budget_tokens: 1024 };

describe("messages of the fake, by the official SDK", () => {
  it("answers the same whole and streamed, and counts as documented", async () => {
    const whole = await client.messages.create(say("Hello there"));
    const [block] = whole.content;
    if (block?.type !== "text") throw new Error("no text");
    expect(whole.usage).toMatchObject({ input_tokens: 5, output_tokens: countTokens(block.text) });
    const stream = client.messages.stream(say("Hello there"));
    const types = new Set<string>();
    for await (const event of stream) types.add(event.type);
    const streamed = await stream.finalMessage();
    expect(streamed.content).toMatchObject([{ type: "text", text: block.text }]);
    expect(streamed.usage).toMatchObject({ input_tokens: 5, output_tokens: countTokens(block.text) });
    expect([...types]).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(lastCall()).toMatchObject({ usageReported: true, usage: { inputUncached: 5 } });
    expect(
      (await client.messages.countTokens({ model: "claude-haiku-4-5", messages: say("Hello there").messages }))
        .input_tokens,
    ).toBe(5);
  });

  it("thinks, calls tools, and wants its signed thoughts back", async () => {
    const params = {
      ...say("Use get_weather and get_time [[fake: redacted]]"),
      thinking,
      tools: [tool("get_weather"), tool("get_time")],
    };
    const stream = client.messages.stream(params);
    const first = await stream.finalMessage();
    expect(first.content.map(({ type }) => type)).toEqual(["thinking", "redacted_thinking", "tool_use", "tool_use"]);
    expect(first.stop_reason).toBe("tool_use");
    expect(first.usage.output_tokens_details).toEqual({ thinking_tokens: 12 });
    const results = first.content.flatMap((block) =>
      block.type === "tool_use" ? [{ type: "tool_result" as const, tool_use_id: block.id, content: "12" }] : [],
    );
    const next = (content: Anthropic.ContentBlockParam[], answers = results) =>
      client.messages.create({
        ...params,
        messages: [...params.messages, { role: "assistant", content }, { role: "user", content: answers }],
      });
    expect((await next(first.content)).stop_reason).toBe("end_turn");
    const altered = first.content.map((block) => (block.type === "thinking" ? { ...block, thinking: "other" } : block));
    await expect(next(altered)).rejects.toThrow(/Invalid `signature` in `thinking` block/);
    await expect(next(first.content.slice(2))).rejects.toThrow(/Expected `thinking` or `redacted_thinking`/);
    await expect(next(first.content, results.slice(1))).rejects.toThrow(/without `tool_result` blocks/);
  });

  it("writes and reads the cache at the marks", async () => {
    const system = [
      {
        type: "text" as const,
        text: "one two three four",
        cache_control: { type: "ephemeral" as const, ttl: "1h" as const },
      },
      { type: "text" as const, text: "five six", cache_control: { type: "ephemeral" as const } },
    ];
    const first = await client.messages.create({ ...say("Hello"), system });
    expect(first.usage).toMatchObject({
      input_tokens: 4,
      cache_creation_input_tokens: 6,
      cache_creation: { ephemeral_1h_input_tokens: 4, ephemeral_5m_input_tokens: 2 },
      cache_read_input_tokens: 0,
    });
    const second = await client.messages.create({ ...say("Else"), system });
    expect(second.usage).toMatchObject({ input_tokens: 4, cache_creation_input_tokens: 0, cache_read_input_tokens: 6 });
    expect(lastCall().usage).toMatchObject({ inputUncached: 4, inputCacheRead: 6 });
  });

  it("cites documents, fits schemas, reads pictures, and ends for every reason", async () => {
    const document = {
      type: "document" as const,
      source: { type: "text" as const, media_type: "text/plain" as const, data: "The grass is green." },
      citations: { enabled: true },
    };
    const image = {
      type: "image" as const,
      source: { type: "base64" as const, media_type: "image/png" as const, data: "aaaa" },
    };
    const cited = await client.messages
      .stream({
        ...say(""),
        messages: [{ role: "user", content: [document, image, { type: "text", text: "Which?" }] }],
      })
      .finalMessage();
    expect(cited.content[0]).toMatchObject({
      citations: [{ type: "char_location", cited_text: "The grass is green." }],
    });
    expect(cited.usage.input_tokens).toBe(3 + 4 + 100 + 1);
    const format = {
      type: "json_schema" as const,
      schema: { type: "object", properties: { a: { type: "boolean" } }, required: ["a"], additionalProperties: false },
    };
    const json = await client.messages.create({ ...say("Answer"), output_config: { format } });
    expect(json.content).toMatchObject([{ text: '{"a":true}' }]);
    const reason = async (prompt: string, more = {}) =>
      (await client.messages.create({ ...say(prompt), ...more })).stop_reason;
    expect(await reason("[[fake: words 9]]", { max_tokens: 3 })).toBe("max_tokens");
    expect(await reason("[[fake: text a b c]]", { stop_sequences: [" b"] })).toBe("stop_sequence");
    expect(await reason("[[fake: refusal]]")).toBe("refusal");
    expect(await reason("[[fake: finish pause_turn]]")).toBe("pause_turn");
  });

  it("refuses as the API does", async () => {
    const refuses = (more: object, message: RegExp) =>
      expect(client.messages.create({ ...say("Hello"), ...more })).rejects.toThrow(message);
    const turn = (role: string, content: unknown) => ({ role, content });
    await refuses({ foo: 1 }, /foo: Extra inputs are not permitted/);
    await refuses(
      { messages: [turn("user", [{ type: "text", text: "a", foo: 1 }])] },
      /messages\.0\.content\.0\.text\.foo: Extra inputs/,
    );
    await refuses({ max_tokens: undefined }, /max_tokens: Field required/);
    await refuses({ messages: [turn("assistant", "a")] }, /first message must use the \\?"user\\?" role/);
    await refuses({ messages: [turn("user", "a"), turn("assistant", "b ")] }, /trailing whitespace/);
    await refuses(
      { messages: [turn("user", [{ type: "tool_result", tool_use_id: "x" }])] },
      /unexpected `tool_use_id`/,
    );
    await refuses({ thinking, temperature: 0.2 }, /may only be set to 1/);
    await refuses({ model: "claude-opus-4-8", temperature: 0.2 }, /deprecated for this model/);
    await refuses({ model: "missing" }, /not_found_error/);
    expect(
      (await client.messages.create({ ...say("a"), messages: [...say("a").messages, ...say("b").messages] })).type,
    ).toBe("message");
    const bare = await fetch(`${fake.origin}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": fake.apiKey },
      body: "{}",
    });
    expect(await bare.json()).toMatchObject({
      type: "error",
      error: { message: "anthropic-version: header is required" },
    });
    await expect(new Anthropic({ apiKey: "no", baseURL: fake.origin }).models.list()).rejects.toThrow(
      /invalid x-api-key/,
    );
  });

  it.each([400, 401, 402, 403, 404, 413, 429, 500, 504, 529])("fails with %i when told to", async (status) => {
    fake.plan({ error: { status, retryAfterSeconds: 7 } });
    const error: unknown = await client.messages.create(say("Hello")).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ status, requestID: expect.stringMatching(/^req_/) });
    expect(lastCall()).toMatchObject({ outcome: "fault", fault: "error", status });
  });

  it("says a spend limit in the details, and an overload as the first event of a stream", async () => {
    fake.plan({ error: { status: 429, code: "enforced_spend_limit_reached" } });
    await expect(client.messages.create(say("Hello"))).rejects.toMatchObject({
      error: { error: { details: { error_code: "enforced_spend_limit_reached" } } },
    });
    fake.plan({ errorEvent: { afterEvents: 0, type: "overloaded_error" } });
    await expect(client.messages.stream(say("Hello")).finalMessage()).rejects.toThrow(/overloaded_error/);
    fake.plan({ errorEvent: { afterEvents: 5, type: "overloaded_error" } });
    await expect(client.messages.stream(say("Hello")).finalMessage()).rejects.toThrow(/overloaded_error/);
    expect(lastCall()).toMatchObject({
      outcome: "fault",
      fault: "errorEvent",
      usage: { inputUncached: 4, outputText: 2 },
    });
    await expect(client.messages.create({ ...say("a"), foo: 1 } as never)).rejects.toBeInstanceOf(BadRequestError); // the type forbids it
  });

  it("lists models", async () => {
    const models = await Array.fromAsync(client.models.list({ limit: 4 }), ({ id }) => id);
    expect(models).toContain("claude-haiku-4-5");
    expect((await client.models.retrieve("claude-haiku-4-5")).type).toBe("model");
  });
});

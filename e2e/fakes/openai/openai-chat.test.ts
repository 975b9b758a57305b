import OpenAI, { AuthenticationError, BadRequestError, NotFoundError } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lastEndedCall } from "../fake-calls.ts";
import type { FakeProvider } from "../fake-provider.ts";
import { countTokens } from "../tokens.ts";
import { startFakeOpenAi } from "./openai.ts";

let fake: FakeProvider;
let client: OpenAI;

beforeAll(async () => {
  fake = await startFakeOpenAi();
  client = new OpenAI({ apiKey: fake.apiKey, baseURL: `${fake.origin}/v1`, maxRetries: 0 });
});
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const say = (content: string) => ({ model: "gpt-4.1", messages: [{ role: "user" as const, content }] });
const lastCall = () => lastEndedCall(fake);
const tool = (name: string) => ({
  type: "function" as const,
  function: {
    name,
    parameters: { type: "object", properties: { city: { type: "string" }, days: { type: "integer" } } },
  },
});

describe("chat completions of the fake, by the official SDK", () => {
  it("answers the same whole and streamed, and counts as documented", async () => {
    const whole = await client.chat.completions.create(say("Hello there"));
    const text = whole.choices[0]?.message.content ?? "";
    expect(whole.usage).toMatchObject({ prompt_tokens: 3 + 2, completion_tokens: countTokens(text) });
    expect(lastCall()).toMatchObject({
      outcome: "finished",
      usage: { inputUncached: 5, outputText: countTokens(text) },
      usageReported: true,
    });
    const stream = await client.chat.completions.create({ ...say("Hello there"), stream: true });
    let streamed = "";
    for await (const chunk of stream) {
      expect(chunk.usage).toBeUndefined();
      streamed += chunk.choices[0]?.delta.content ?? "";
    }
    expect(streamed).toBe(text);
    expect(lastCall()).toMatchObject({ stream: true, usageReported: false, written: { text: countTokens(text) } });
  });

  it("sends usage on an extra chunk when asked, null before, and hides reasoning", async () => {
    const stream = await client.chat.completions.create({
      ...say("Think"),
      model: "gpt-5",
      reasoning_effort: "high",
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.slice(0, -1).every(({ usage, obfuscation }) => usage === null && obfuscation !== undefined)).toBe(
      true,
    );
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { completion_tokens_details: { reasoning_tokens: 32 } },
    });
    expect(lastCall()).toMatchObject({ usage: { outputReasoning: 32 }, usageReported: true });
  });

  it("streams calls of several tools by turns; their arguments fit the schema", async () => {
    const params = { ...say("Use get_weather and get_time"), tools: [tool("get_weather"), tool("get_time")] };
    const stream = client.chat.completions.stream(params);
    const order: number[] = [];
    for await (const chunk of stream) {
      for (const call of chunk.choices[0]?.delta.tool_calls ?? []) order.push(call.index);
    }
    expect(order.slice(0, 6)).toEqual([0, 1, 0, 1, 0, 1]);
    const final = await stream.finalChatCompletion();
    const calls = final.choices[0]?.message.tool_calls ?? [];
    expect(final.choices[0]?.finish_reason).toBe("tool_calls");
    for (const call of calls) {
      if (call.type !== "function") throw new Error("not a function");
      expect(JSON.parse(call.function.arguments)).toEqual({ city: expect.any(String), days: 1 });
    }
    const messages = [
      ...params.messages,
      { role: "assistant" as const, tool_calls: calls },
      ...calls.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: "12" })),
    ];
    const next = await client.chat.completions.create({ ...params, messages });
    expect(next.choices[0]?.finish_reason).toBe("stop");
    await expect(client.chat.completions.create({ ...params, messages: messages.slice(0, -1) })).rejects.toThrow(
      /did not have response messages/,
    );
    await expect(client.chat.completions.create({ ...params, messages: messages.slice(2) })).rejects.toThrow(
      /must be a response to a preceeding message/,
    );
  });

  it("answers with JSON that fits the schema, and checks strict schemas", async () => {
    const schema = (more: object) => ({
      ...say("An answer, please"),
      response_format: {
        type: "json_schema" as const,
        json_schema: {
          name: "answer",
          strict: true,
          schema: {
            type: "object",
            properties: { color: { enum: ["red"] }, list: { type: "array", items: { $ref: "#/$defs/n" } } },
            required: ["color", "list"],
            $defs: { n: { type: "integer", minimum: 4 } },
            ...more,
          },
        },
      },
    });
    const answer = await client.chat.completions.create(schema({ additionalProperties: false }));
    expect(JSON.parse(answer.choices[0]?.message.content ?? "")).toEqual({ color: "red", list: [4] });
    await expect(client.chat.completions.create(schema({}))).rejects.toThrow(/additionalProperties/);
  });

  it("cuts at the most tokens, stops at a text, refuses, and counts a cached beginning", async () => {
    const asked = say("[[fake: words 20]]");
    const cut = await client.chat.completions.create({ ...asked, max_tokens: 7 });
    expect(cut.choices[0]?.finish_reason).toBe("length");
    expect(cut.usage?.completion_tokens).toBe(7);
    const stopped = await client.chat.completions.create({ ...say("[[fake: text one two three]]"), stop: " two" });
    expect(stopped.choices[0]?.message.content).toBe("one");
    const refused = await client.chat.completions.create(say("[[fake: refusal]]"));
    expect(refused.choices[0]?.message.refusal).toBe("I cannot help with that.");
    const cached = {
      ...say("More"),
      prompt_cache_key: "k",
      messages: [{ role: "system" as const, content: "Be short." }, ...say("More").messages],
    };
    await client.chat.completions.create(cached);
    const next = await client.chat.completions.create({
      ...cached,
      messages: [...cached.messages.slice(0, 1), ...say("Else").messages],
    });
    expect(next.usage?.prompt_tokens_details?.cached_tokens).toBe(5);
    expect(lastCall().usage).toMatchObject({ inputCacheRead: 5, inputUncached: 4 });
  });

  it("refuses as the API does", async () => {
    const refuses = (more: object, error: object) =>
      expect(client.chat.completions.create({ ...say("Hello"), ...more })).rejects.toMatchObject(error);
    await refuses({ foo: 1 }, { status: 400, code: "unknown_parameter", param: "foo" });
    await refuses(
      { messages: [{ role: "user", content: "a", foo: 1 }] },
      { code: "unknown_parameter", param: "messages[0].foo" },
    );
    await refuses({ model: "gpt-5", max_tokens: 5 }, { code: "unsupported_parameter", param: "max_tokens" });
    await refuses({ model: "gpt-5", temperature: 0.5 }, { code: "unsupported_value" });
    await refuses({ temperature: "hot" }, { code: "invalid_type", param: "temperature" });
    await refuses({ messages: undefined }, { code: "missing_required_parameter", param: "messages" });
    await expect(client.chat.completions.create({ ...say("a"), model: "missing" })).rejects.toBeInstanceOf(
      NotFoundError,
    );
    await expect(client.chat.completions.create({ ...say("a"), stream_options: {} })).rejects.toBeInstanceOf(
      BadRequestError,
    );
    const stranger = new OpenAI({ apiKey: "sk-wrong", baseURL: `${fake.origin}/v1`, maxRetries: 0 });
    await expect(stranger.chat.completions.create(say("a"))).rejects.toBeInstanceOf(AuthenticationError);
    expect(lastCall()).toMatchObject({ status: 401, outcome: "finished", usage: { inputUncached: 0 } });
  });

  it("fails before and in the middle of a stream as the SDK expects it", async () => {
    fake.plan({ error: { status: 429, type: "insufficient_quota" } }, { error: { status: 500 } });
    await expect(client.chat.completions.create(say("a"))).rejects.toMatchObject({
      status: 429,
      code: "insufficient_quota",
      requestID: expect.stringMatching(/^req_/),
    });
    await expect(client.chat.completions.create(say("a"))).rejects.toMatchObject({ status: 500, type: "server_error" });
    fake.plan({ errorEvent: { afterEvents: 3, status: 503, message: "Overloaded." } });
    const seen: string[] = [];
    const read = async () => {
      for await (const chunk of await client.chat.completions.create({ ...say("a"), stream: true }))
        seen.push(chunk.id);
    };
    await expect(read()).rejects.toMatchObject({ message: expect.stringContaining("Overloaded.") });
    expect(seen).toHaveLength(3);
    expect(lastCall()).toMatchObject({ outcome: "fault", fault: "errorEvent", usage: { outputText: 2 } });
    fake.plan({ error: { status: 503, retryAfterSeconds: 0 } });
    const patient = new OpenAI({ apiKey: fake.apiKey, baseURL: `${fake.origin}/v1`, maxRetries: 1 });
    expect((await patient.chat.completions.create(say("a"))).choices).toHaveLength(1);
  });

  it("speaks, and hears", async () => {
    const params = {
      model: "gpt-4o-audio-preview",
      messages: [
        {
          role: "user" as const,
          content: [{ type: "input_audio" as const, input_audio: { data: "aaaa", format: "wav" as const } }],
        },
      ],
      modalities: ["text" as const, "audio" as const],
      audio: { voice: "alloy", format: "pcm16" as const },
    };
    const whole = await client.chat.completions.create(params);
    const { content, audio } = whole.choices[0]?.message ?? {};
    const count = countTokens(audio?.transcript ?? "");
    expect([content, count > 0]).toEqual([null, true]);
    expect(whole.usage).toMatchObject({
      prompt_tokens_details: { audio_tokens: 50 },
      completion_tokens: count * 5,
      completion_tokens_details: { audio_tokens: count * 4 },
    });
    let transcript = "";
    let data = "";
    for await (const { choices } of await client.chat.completions.create({ ...params, stream: true })) {
      transcript += choices[0]?.delta.audio?.transcript ?? "";
      data += choices[0]?.delta.audio?.data ?? "";
    }
    expect(transcript).toBe(audio?.transcript);
    expect(data.length).toBeGreaterThan(0);
    expect(lastCall()).toMatchObject({
      written: { text: count, audio: count * 4 },
      usage: { inputAudio: 50, outputAudio: count * 4 },
    });
  });

  it("says what it is told, be it no JSON", async () => {
    const answer = await client.chat.completions.create({
      ...say('[[fake: words 2; tool get_weather {"city": oops]]'),
      tools: [tool("get_weather")],
      n: 2,
    });
    expect(answer.choices).toHaveLength(2);
    expect(answer.choices[0]?.message).toMatchObject({ tool_calls: [{ function: { arguments: '{"city": oops' } }] });
    fake.plan({ answer: { usage: { outputText: 1000 }, text: "" } });
    expect((await client.chat.completions.create(say("a"))).usage?.completion_tokens).toBe(1000);
    expect(lastCall().usage.outputText).toBe(1000);
  });

  it("continues texts and lists models", async () => {
    const whole = await client.completions.create({
      model: "gpt-3.5-turbo-instruct",
      prompt: "Once upon",
      max_tokens: 4,
    });
    expect(whole.usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 4 });
    const stream = await client.completions.create({
      model: "gpt-3.5-turbo-instruct",
      prompt: "Once upon",
      max_tokens: 4,
      stream: true,
    });
    const texts = await Array.fromAsync(stream, (chunk) => chunk.choices[0]?.text ?? "");
    expect(texts.join("")).toBe(whole.choices[0]?.text);
    const models = await Array.fromAsync(client.models.list(), ({ id }) => id);
    expect(models).toContain("gpt-5");
    await expect(client.models.retrieve("nobody")).rejects.toBeInstanceOf(NotFoundError);
  });
});

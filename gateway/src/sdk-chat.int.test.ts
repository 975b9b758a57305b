import OpenAI, { APIError } from "openai";
import { LengthFinishReasonError } from "openai/core/error";
import { zodResponseFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { encodeText, joinBytes, type JsonObject } from "./json.ts";
import { noBounds } from "./ports.ts";
import { chatAdapter } from "./providers/openai-compatible/chat-adapter.ts";
import { compatibleServer } from "./providers/openai-compatible/server.ts";
import type { Endpoint } from "./receive/call.ts";
import { generationDialects } from "./receive/dialects.ts";
import { readCall } from "./receive/read-call.ts";
import { answerOfModel, messagesOf, type ChatMessage } from "./testing/chat-model.ts";
import { bodyOf, piecesOf, routeFor, translationArgs } from "./testing/chat-translation.ts";
import { jsonAnswer, type FakeAnswer } from "./testing/fake-upstream.ts";
import { startTestGateway, type TestGateway } from "./testing/test-gateway.ts";
import { translateGeneration } from "./translate-generation.ts";

type Model = (request: JsonObject) => ChatMessage;

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
  const route = test.routeTo(undefined, { adapter: "openai", upstreamModel: "gpt-up" });
  test.plans.set("gpt", { steps: [[{ route, weight: 1 }]] });
});
afterAll(() => test.close());

/** The bytes of an answer that breaks off nowhere. */
const bytesOf = ({ steps }: FakeAnswer): Uint8Array =>
  joinBytes(
    steps.map((step) => {
      if (!("send" in step)) throw new Error("only bytes can be read at once");
      return typeof step.send === "string" ? encodeText(step.send) : step.send;
    }),
  );

/** The provider's requests of the last client, by the way it went. */
const asked: JsonObject[] = [];
beforeEach(() => {
  asked.length = 0;
});

/** A client whose requests go through the neutral form to a server of the chat dialect, as they would to any other provider. */
const translatedClient = (model: Model): OpenAI => {
  const send = async (address: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const path = new URL(address instanceof Request ? address.url : address).pathname.slice("/v1/".length);
    const endpoint: Endpoint = path === "completions" ? "completions" : "chat/completions";
    if (typeof init?.body !== "string") throw new Error("the SDK sent no text");
    const bytes = encodeText(init.body);
    const call = readCall({ endpoint, bytes, maxDepth: 32, bounds: noBounds, header: () => undefined });
    const dialect = generationDialects[endpoint];
    if (dialect === undefined) throw new Error(`${endpoint} has no neutral form`);
    const args = translationArgs(call, routeFor("openai-compatible", "up"));
    const translation = translateGeneration(dialect, chatAdapter(compatibleServer), args);
    const request = bodyOf(translation.request);
    asked.push(request);
    const answer = bytesOf(answerOfModel(request, model(request)));
    if (!call.stream) {
      const { bytes: whole } = translation.readAnswer(answer, {});
      return new Response(new TextDecoder().decode(whole), { headers: { "content-type": "application/json" } });
    }
    const stream = translation.streamTranslator();
    const pieces = [...piecesOf(answer, 7).map((piece) => stream.push(piece)), stream.end(), stream.close()];
    const text = new TextDecoder().decode(joinBytes(pieces));
    return new Response(text, { headers: { "content-type": "text/event-stream" } });
  };
  return new OpenAI({ apiKey: "any", baseURL: "http://gateway.test/v1", fetch: send });
};

/** A client of the running gateway, for so many requests. */
const forwardedClient = (model: Model, requests: number): OpenAI => {
  const plan = ({ body }: { body: JsonObject }): FakeAnswer => {
    asked.push(body);
    return answerOfModel(body, model(body));
  };
  test.upstream.plan(...Array.from({ length: requests }, () => plan));
  return test.client();
};

const ways: { way: string; name: string; client: (model: Model, requests: number) => OpenAI }[] = [
  { way: "forwarded to a compatible server", name: "tuned", client: forwardedClient },
  { way: "forwarded to OpenAI", name: "gpt", client: forwardedClient },
  { way: "translated", name: "m", client: translatedClient },
];

const messages = [{ role: "user" as const, content: "What is the weather?" }];
const Weather = z.object({ city: z.string(), celsius: z.number() });

describe.each(ways)("the official SDK, $way", ({ name: model, client }) => {
  it("streams to its helper, event by event, with usage", async () => {
    const stream = client(() => ({ content: "It is warm in Zürich 🦜." }), 1).chat.completions.stream({
      model,
      messages,
      stream_options: { include_usage: true },
    });
    const pieces: string[] = [];
    stream.on("content", (delta) => pieces.push(delta));
    const completion = await stream.finalChatCompletion();
    expect(pieces.join("")).toBe("It is warm in Zürich 🦜.");
    expect(pieces.length).toBeGreaterThan(3);
    expect(completion).toMatchObject({ model, choices: [{ finish_reason: "stop" }] });
    expect(completion.choices[0]?.message.content).toBe("It is warm in Zürich 🦜.");
    expect(await stream.totalUsage()).toMatchObject({ prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 });
  });

  it("gathers the calls of tools from a stream", async () => {
    const calls = [
      { id: "call_1", name: "weather", arguments: '{"city":"Zürich 🦜"}' },
      { id: "call_2", name: "weather", arguments: "{}" },
    ];
    const tools = [{ type: "function" as const, function: { name: "weather", parameters: { type: "object" } } }];
    const stream = client(() => ({ calls }), 1).chat.completions.stream({ model, messages, tools });
    const done: unknown[] = [];
    stream.on("tool_calls.function.arguments.done", ({ index, arguments: text }) => done.push([index, text]));
    const message = await stream.finalMessage();
    expect(done).toEqual([
      [0, '{"city":"Zürich 🦜"}'],
      [1, "{}"],
    ]);
    expect(message.tool_calls).toMatchObject(
      calls.map(({ id, ...called }) => ({ id, type: "function", function: called })),
    );
  });

  it.each([false, true])("runs tools to the final answer (streamed: %s)", async (stream) => {
    const answered: string[] = [];
    const ai = client((request) => {
      const results = messagesOf(request).filter(({ role }) => role === "tool");
      if (results.length > 0) return { content: results.map(({ content }) => String(content)).join(", ") };
      return {
        calls: ["Zürich", "Bern"].map((city, index) => ({
          id: `call_${index}`,
          name: "weather",
          arguments: JSON.stringify({ city }),
        })),
      };
    }, 2);
    const weather = {
      type: "function" as const,
      function: {
        name: "weather",
        description: "The weather of a city",
        parameters: { type: "object", properties: { city: { type: "string" } } },
        parse: (text: string): { city: string } => Weather.pick({ city: true }).parse(JSON.parse(text)),
        function: ({ city }: { city: string }) => {
          answered.push(city);
          return `21° in ${city}`;
        },
      },
    };
    const runner = stream
      ? ai.chat.completions.runTools({ model, messages, tools: [weather], stream: true })
      : ai.chat.completions.runTools({ model, messages, tools: [weather] });
    expect(await runner.finalContent()).toBe("21° in Zürich, 21° in Bern");
    expect(answered).toEqual(["Zürich", "Bern"]);
    const [, calling, ...results] = messagesOf(asked[1] ?? {});
    expect(calling).toMatchObject({ role: "assistant", tool_calls: [{ id: "call_0" }, { id: "call_1" }] });
    expect(results.map(({ tool_call_id }) => tool_call_id)).toEqual(["call_0", "call_1"]);
  });

  it("parses an answer of a schema, whole and streamed", async () => {
    const response_format = zodResponseFormat(Weather, "weather");
    const ai = client(() => ({ content: '{"city":"Zürich","celsius":21}' }), 2);
    const whole = await ai.chat.completions.parse({ model, messages, response_format });
    expect(whole.choices[0]?.message.parsed).toEqual({ city: "Zürich", celsius: 21 });
    const streamed = await ai.chat.completions.stream({ model, messages, response_format }).finalChatCompletion();
    expect(streamed.choices[0]?.message.parsed).toEqual({ city: "Zürich", celsius: 21 });
    for (const request of asked) {
      expect(request["response_format"]).toMatchObject({
        type: "json_schema",
        json_schema: { name: "weather", strict: true, schema: { required: ["city", "celsius"] } },
      });
    }
  });

  it("is told when an answer of a schema was cut", async () => {
    const ai = client(() => ({ content: '{"city":', finish: "length" }), 1);
    const parsing = ai.chat.completions.parse({
      model,
      messages,
      response_format: zodResponseFormat(Weather, "weather"),
    });
    await expect(parsing).rejects.toBeInstanceOf(LengthFinishReasonError);
  });

  it("sends pictures, and is shown the thoughts of a model", async () => {
    const url = "data:image/png;base64,AAEC";
    const content = [
      { type: "text" as const, text: "What is it?" },
      { type: "image_url" as const, image_url: { url } },
    ];
    const ai = client(() => ({ reasoning: "Hm.", content: "A dot." }), 1);
    const answer = await ai.chat.completions.create({ model, messages: [{ role: "user", content }] });
    expect(answer.choices[0]?.message).toMatchObject({ content: "A dot.", reasoning_content: "Hm." });
    expect(messagesOf(asked[0] ?? {})[0]?.["content"]).toEqual(content);
  });
});

describe("the official SDK, translated", () => {
  it("completes a text, whole and streamed", async () => {
    const ai = translatedClient(() => ({ content: "The answer is grün." }));
    const whole = await ai.completions.create({ model: "m", prompt: "The answer" });
    expect(whole).toMatchObject({ object: "text_completion", choices: [{ text: "The answer is grün." }] });
    let text = "";
    for await (const chunk of await ai.completions.create({ model: "m", prompt: "The answer", stream: true })) {
      text += chunk.choices[0]?.text ?? "";
    }
    expect(text).toBe("The answer is grün.");
    expect(messagesOf(asked[0] ?? {})).toEqual([{ role: "user", content: "The answer" }]);
  });
});

describe("the official SDK", () => {
  it.each(["tuned", "gpt"])("gets the numbers of embeddings from %s, which travel in base64", async (model) => {
    const vector = [0.25, -1, 3.5];
    const embedding = Buffer.from(Float32Array.from(vector).buffer).toString("base64");
    const data = [{ object: "embedding", index: 0, embedding }];
    const usage = { prompt_tokens: 4, total_tokens: 4 };
    test.upstream.plan(({ path, body }) => {
      asked.push({ path, ...body });
      return jsonAnswer({ object: "list", data, model: body["model"], usage });
    });
    const answer = await test.client().embeddings.create({ model, input: ["grün", "blau"], dimensions: 3 });
    expect(answer).toMatchObject({ model, usage });
    expect(answer.data[0]?.embedding).toEqual(vector);
    expect(asked[0]).toMatchObject({ path: "/v1/embeddings", encoding_format: "base64", dimensions: 3 });
    expect(test.meter.settlements.at(-1)).toMatchObject({
      operation: "embeddings",
      outcome: "completed",
      usage: { counts: { inputUncached: 4, outputText: 0 }, source: "reported" },
    });
  });

  it("is told that a provider has no embeddings, before it is asked", async () => {
    const route = test.routeTo(undefined, { adapter: "anthropic", upstreamModel: "claude-up" });
    test.plans.set("claude", { steps: [[{ route, weight: 1 }]] });
    const before = test.upstream.requests.length;
    const asking = test.client().embeddings.create({ model: "claude", input: "grün" });
    await expect(asking).rejects.toMatchObject({ status: 400, code: "unsupported_operation", param: "model" });
    expect(test.upstream.requests).toHaveLength(before);
  });

  it("waits as long as it is told to before it tries again", async () => {
    const busy = jsonAnswer({ error: { message: "slow down" } }, 429, { "retry-after": "0" });
    test.upstream.plan(busy, busy);
    const before = test.upstream.requests.length;
    const answer = await test.client({ maxRetries: 2 }).chat.completions.create({ model: "gpt", messages });
    expect(answer.choices).toHaveLength(1);
    expect(test.upstream.requests.length - before).toBe(3);
  });

  it("gets an error that comes as the first event with its real status, and tries again", async () => {
    const failing: FakeAnswer = { steps: [{ send: 'data: {"error":{"message":"busy","code":503}}\n\n' }] };
    test.upstream.plan(failing);
    const request = { model: "gpt", messages, stream: true } as const;
    const error = await Promise.resolve(test.client().chat.completions.create(request)).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status: 503, code: "provider_overloaded" });
    test.upstream.plan(failing);
    let text = "";
    for await (const chunk of await test.client({ maxRetries: 1 }).chat.completions.create(request)) {
      text += chunk.choices[0]?.delta.content ?? "";
    }
    expect(text).toBe("The answer is grün.");
  });
});

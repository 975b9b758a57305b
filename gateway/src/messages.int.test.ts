import Anthropic, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from "@anthropic-ai/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { GatewayError, insufficientQuota, rateLimited } from "./errors.ts";
import { noUsage } from "./meter/usage.ts";
import { noBounds } from "./ports.ts";
import { chatChunk, doneEvent, event, jsonAnswer, sends, usageOf } from "./testing/fake-upstream.ts";
import { startTestGateway, testCaller, testKey, type TestGateway } from "./testing/test-gateway.ts";

/*
 * Anthropic's own SDK, unmodified, before models of a provider that speaks OpenAI's chat dialect.
 */

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
});
afterAll(() => test.close());
beforeEach(() => {
  test.meter.refuse = undefined;
  test.meter.settlements.length = 0;
});

const client = (options: { apiKey?: string } = {}) =>
  new Anthropic({ apiKey: testKey, ...options, baseURL: test.url, maxRetries: 0 });
const prompt = { model: "tuned", max_tokens: 100, messages: [{ role: "user" as const, content: "What colour?" }] };
const look = { name: "look", input_schema: { type: "object" as const, properties: { at: { type: "string" } } } };
const thrownBy = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const callChunk = (index: number, call: { id?: string; name?: string; arguments?: string }) => {
  const { id, ...of } = call;
  return event(
    chatChunk({ tool_calls: [{ index, ...(id === undefined ? {} : { id, type: "function" }), function: of }] }),
  );
};

describe("Anthropic's SDK before a model of another provider", () => {
  it("is answered, and metered as it is told", async () => {
    const { data, request_id: requestId } = await client()
      .messages.create({ ...prompt, system: "Be brief." })
      .withResponse();
    expect(data).toMatchObject({
      type: "message",
      role: "assistant",
      model: "tuned",
      content: [{ type: "text", text: "The answer is grün." }],
      stop_reason: "end_turn",
      usage: { input_tokens: 7, output_tokens: 5, cache_read_input_tokens: 0 },
    });
    expect(requestId).toMatch(/^req_\d+$/);
    expect(data.id).toBe(`msg_${requestId?.slice(4)}`);
    expect(test.upstream.requests.at(-1)?.body["messages"]).toMatchObject([
      { role: "system", content: "Be brief." },
      { role: "user", content: "What colour?" },
    ]);
    expect(test.meter.settlements).toMatchObject([
      { operation: "messages", usage: { counts: { ...noUsage, inputUncached: 7, outputText: 5 }, source: "reported" } },
    ]);
  });

  it("streams to its final message", async () => {
    const stream = client().messages.stream(prompt);
    const pieces: string[] = [];
    stream.on("text", (text) => pieces.push(text));
    const message = await stream.finalMessage();
    expect(pieces.join("")).toBe("The answer is grün.");
    expect(pieces.length).toBeGreaterThan(1);
    expect(message).toMatchObject({
      model: "tuned",
      content: [{ type: "text", text: "The answer is grün." }],
      stop_reason: "end_turn",
      usage: { input_tokens: 7, output_tokens: 5 },
    });
  });

  it("is sent its key in either header", async () => {
    for (const headers of [{ "x-api-key": testKey }, { authorization: `Bearer ${testKey}` }]) {
      const response = await fetch(`${test.url}/v1/messages`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(prompt),
      });
      expect([response.status, response.headers.get("request-id")]).toEqual([
        200,
        response.headers.get("x-request-id"),
      ]);
    }
  });

  it("calls tools, and gives their results back", async () => {
    const tool_calls = [
      { id: "call_1", type: "function", function: { name: "look", arguments: '{"at":"Zürich"}' } },
      { id: "call_2", type: "function", function: { name: "look", arguments: "" } },
    ];
    const choices = [
      { index: 0, message: { role: "assistant", content: null, tool_calls }, finish_reason: "tool_calls" },
    ];
    test.upstream.plan(
      jsonAnswer({ id: "c", object: "chat.completion", created: 1, model: "m", choices, usage: usageOf(1, 2) }),
    );
    const called = await client().messages.create({ ...prompt, tools: [look] });
    expect(called.stop_reason).toBe("tool_use");
    expect(called.content).toMatchObject([
      { type: "tool_use", id: "call_1", name: "look", input: { at: "Zürich" } },
      { type: "tool_use", id: "call_2", name: "look", input: {} },
    ]);
    const results = ["call_1", "call_2"].map((id) => ({
      type: "tool_result" as const,
      tool_use_id: id,
      content: `of ${id}`,
    }));
    const messages = [
      ...prompt.messages,
      { role: "assistant" as const, content: called.content },
      { role: "user" as const, content: results },
    ];
    await client().messages.create({ ...prompt, tools: [look], messages });
    expect(test.upstream.requests.at(-1)?.body["messages"]).toMatchObject([
      { role: "user" },
      { role: "assistant", tool_calls: [{ id: "call_1" }, { id: "call_2" }] },
      { role: "tool", tool_call_id: "call_1", content: "of call_1" },
      { role: "tool", tool_call_id: "call_2", content: "of call_2" },
    ]);
  });

  it("edge case 04: streams calls whose fragments come interleaved", async () => {
    test.upstream.plan({
      steps: sends(
        event(chatChunk({ role: "assistant", content: "Let me look." })),
        callChunk(0, { id: "call_1", name: "look", arguments: "" }),
        callChunk(1, { id: "call_2", name: "look", arguments: '{"at":' }),
        callChunk(0, { arguments: '{"at":"Z' }),
        callChunk(1, { arguments: '"Bern"}' }),
        callChunk(0, { arguments: 'ürich"}' }),
        callChunk(2, { id: "call_3", name: "look", arguments: "" }),
        event(chatChunk({}, { finish_reason: "tool_calls" })),
        event(chatChunk(null, { usage: usageOf(3, 4) })),
        doneEvent,
      ),
    });
    const stream = client().messages.stream({ ...prompt, tools: [look] });
    const order: string[] = [];
    stream.on("streamEvent", (each) => {
      if (each.type === "content_block_start" || each.type === "content_block_stop")
        order.push(`${each.type} ${each.index}`);
    });
    const message = await stream.finalMessage();
    expect(message.content).toMatchObject([
      { type: "text", text: "Let me look." },
      { type: "tool_use", id: "call_1", input: { at: "Zürich" } },
      { type: "tool_use", id: "call_2", input: { at: "Bern" } },
      { type: "tool_use", id: "call_3", input: {} },
    ]);
    expect(order).toEqual(
      [0, 1, 2, 3].flatMap((index) => [`content_block_start ${index}`, `content_block_stop ${index}`]),
    );
    expect(message).toMatchObject({ stop_reason: "tool_use", usage: { input_tokens: 3, output_tokens: 4 } });
  });

  it("is told of what its model cannot be asked for, or is refused when it is strict", async () => {
    const body = { ...prompt, service_tier: "auto" as const };
    const { response } = await client().messages.create(body).withResponse();
    expect(response.headers.get("x-gateway-warnings")).toContain("service_tier");
    const error = await thrownBy(client().messages.create(body, { headers: { "x-gateway-strict": "true" } }));
    expect(error).toBeInstanceOf(BadRequestError);
    const hosted = [{ type: "web_search_20250305" as const, name: "web_search" as const }];
    expect(await thrownBy(client().messages.create({ ...prompt, tools: hosted }))).toMatchObject({
      status: 400,
      details: { error_code: "unsupported_parameter", param: "tools[0].type" },
    });
  });
});

describe("an error before a model of another provider", () => {
  it("is of the class that Anthropic's SDK has for it", async () => {
    expect(await thrownBy(client({ apiKey: "wrong" }).messages.create(prompt))).toBeInstanceOf(AuthenticationError);
    const unknown = await thrownBy(client().messages.create({ ...prompt, model: "unheard-of" }));
    expect(unknown).toBeInstanceOf(NotFoundError);
    expect(unknown).toMatchObject({
      type: "not_found_error",
      errorCode: "model_not_found",
      requestID: expect.stringMatching(/^req_/),
    });
    test.meter.refuse = rateLimited({ message: "Too many.", retryAfterSeconds: 3 });
    expect(await thrownBy(client().messages.create(prompt))).toBeInstanceOf(RateLimitError);
    test.meter.refuse = insufficientQuota("No money.");
    expect(await thrownBy(client().messages.create(prompt))).toMatchObject({ status: 402, type: "billing_error" });
    test.meter.refuse = undefined;
    expect(await thrownBy(client().messages.create({ ...prompt, messages: [] }))).toMatchObject({
      status: 400,
      type: "invalid_request_error",
      details: { param: "messages" },
    });
  });

  it("of an overloaded provider has the status that Anthropic has for it", async () => {
    test.upstream.plan(jsonAnswer({ error: { message: "busy" } }, 503));
    const error = await thrownBy(client().messages.create(prompt));
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 529, type: "overloaded_error" });
  });

  it("edge case 02: has its real status when it is a stream's first event", async () => {
    test.upstream.plan({ steps: sends(event({ error: { message: "busy", code: 503 } })) });
    expect(await thrownBy(client().messages.stream(prompt).finalMessage())).toMatchObject({ status: 529 });
  });

  it("edge case 03: after content is an event of the dialect, without message_stop", async () => {
    const broken = [event(chatChunk({ content: "Hal" })), event({ error: { message: "oops", code: 500 } })];
    test.upstream.plan({ steps: sends(...broken) }, { steps: sends(...broken) });
    const error = await thrownBy(client().messages.stream(prompt).finalMessage());
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ type: "api_error" });
    const raw = await (await test.post("/v1/messages", { ...prompt, stream: true })).text();
    expect(raw).toContain("event: error\n");
    expect(raw).not.toContain("message_stop");
    // Edge case 23: what has begun is never asked for again.
    expect(test.meter.settlements).toMatchObject([{ attempts: [{}] }, { attempts: [{}] }]);
  });

  it("is in the dialect's words on a path that nobody answers, and under another method", async () => {
    for (const [path, method, status] of [
      ["/v1/messages/batches", "POST", 404],
      ["/v1/messages", "GET", 405],
    ] as const) {
      const response = await fetch(test.url + path, { method, headers: { "x-api-key": testKey } });
      expect([response.status, await response.json()]).toMatchObject([
        status,
        { type: "error", request_id: expect.any(String) },
      ]);
    }
  });
});

describe("limits", () => {
  it("are told in the headers that Anthropic's SDKs read, with an answer and with a refusal", async () => {
    const common = { kind: "requests", subject: "user:user_1", model: null, limit: 100, amount: 1, waitMs: 0 } as const;
    test.meter.limits = [{ ...common, remaining: 40, resetMs: 36_000 }];
    const { response } = await client().messages.create(prompt).withResponse();
    test.meter.limits = [];
    const told = (headers: Headers | undefined) =>
      ["limit", "remaining", "reset"].map((name) => headers?.get(`anthropic-ratelimit-requests-${name}`));
    expect(told(response.headers)).toEqual(["100", "40", "2023-11-14T22:13:56.000Z"]);
    test.meter.refuse = new GatewayError({
      status: 429,
      code: "rate_limit_exceeded",
      type: "rate_limit_error",
      message: "Too many.",
      retryable: true,
      limits: [{ ...common, remaining: 0, resetMs: 60_000 }],
    });
    const error = await thrownBy(client().messages.create(prompt));
    expect(error instanceof APIError ? told(error.headers) : error).toEqual(["100", "0", "2023-11-14T22:14:20.000Z"]);
    const inOtherWords = await test.post("/v1/chat/completions", { model: "tuned", messages: prompt.messages });
    expect(told(inOtherWords.headers)).toEqual([null, null, null]);
  });
});

describe("a count of tokens before a model of another provider", () => {
  it("is an estimate that says so, asks nobody, starts nothing and costs nothing", async () => {
    const asked = test.upstream.requests.length;
    const { data, response } = await client()
      .messages.countTokens({ model: "tuned", messages: [{ role: "user", content: "x".repeat(40) }] })
      .withResponse();
    expect(data).toEqual({ input_tokens: 14 });
    expect(response.headers.get("x-gateway-warnings")).toContain("input_tokens: estimated");
    expect(response.headers.get("x-gateway-cost-nano-usd")).toBe("0");
    expect([test.upstream.requests.length, test.openLeases()]).toEqual([asked, 0]);
    expect(test.meter.reservations.at(-1)).toMatchObject({ estimatedInputTokens: 0, maxOutputTokens: 0 });
    expect(test.meter.settlements).toMatchObject([
      { operation: "messages/count_tokens", outcome: "completed", usage: { counts: noUsage, source: "reported" } },
    ]);
  });

  it("is refused to a strict caller, and to one who may not use the model", async () => {
    const body = { model: "tuned", messages: prompt.messages };
    const strict = await test.post("/v1/messages/count_tokens", body, { "x-gateway-strict": "true" });
    expect([strict.status, await strict.json()]).toMatchObject([
      400,
      { error: { details: { param: "input_tokens" } } },
    ]);
    test.callers.set("bound", { ...testCaller, bounds: { ...noBounds, allowedModels: ["other"] } });
    expect(await thrownBy(client({ apiKey: "bound" }).messages.countTokens(body))).toMatchObject({ status: 403 });
  });
});

describe("the list of models", () => {
  it("is in the words of whoever asks", async () => {
    const listed: string[] = [];
    for await (const model of client().models.list()) listed.push(model.id);
    expect(listed).toEqual(["upstream-model", "tuned", "org/tuned", "gone"]);
    expect(await client().models.retrieve("tuned")).toEqual({
      type: "model",
      id: "tuned",
      display_name: "tuned",
      created_at: "2023-11-14T22:13:20.500Z",
    });
    expect(await thrownBy(client().models.retrieve("unheard-of"))).toMatchObject({ type: "not_found_error" });
    expect((await test.client().models.list()).data[0]).toMatchObject({ object: "model" });
  });
});

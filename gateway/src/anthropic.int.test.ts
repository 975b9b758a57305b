import Anthropic, { APIError, BadRequestError, InternalServerError } from "@anthropic-ai/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noUsage } from "./meter/usage.ts";
import {
  block,
  messageDelta,
  messageEvent,
  messageStart,
  messageStop,
  wholeStream,
} from "./providers/anthropic/testing/requests-and-streams.ts";
import { jsonAnswer, sends } from "./testing/fake-upstream.ts";
import { startTestGateway, testKey, type TestGateway } from "./testing/test-gateway.ts";

/*
 * Official SDKs, unmodified, before models of a provider that speaks Anthropic's Messages API.
 */

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
  const toClaude = (onDisconnect: "abort" | "drain") => ({
    steps: [
      [
        {
          route: test.routeTo(undefined, {
            adapter: "anthropic",
            provider: "anthropic",
            upstreamModel: "claude-sonnet-4-5",
            onDisconnect: { whole: onDisconnect, stream: onDisconnect },
            acquire: () =>
              Promise.resolve({
                origin: test.upstream.origin,
                headers: { "x-api-key": "sk-ant-upstream", "anthropic-beta": "beta-of-the-connection" },
                release: () => undefined,
              }),
          }),
          weight: 1,
        },
      ],
    ],
  });
  test.plans.set("claude", toClaude("abort"));
  test.plans.set("claude-drained", toClaude("drain"));
});
afterAll(() => test.close());
beforeEach(() => {
  test.meter.settlements.length = 0;
});

const client = () => new Anthropic({ apiKey: testKey, baseURL: test.url, maxRetries: 0 });
const user = { role: "user" as const, content: "What colour?" };
const prompt = { model: "claude", max_tokens: 2_000, messages: [user] };
const thrownBy = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const look = { name: "look", input_schema: { type: "object" as const, properties: { at: { type: "string" } } } };
const lookInChat = { type: "function" as const, function: { name: "look", parameters: look.input_schema } };

const message = {
  id: "msg_up",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5",
  content: [
    { type: "thinking", thinking: "hm", signature: "EqQB" },
    { type: "text", text: "grün", citations: null },
  ],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: {
    input_tokens: 10,
    cache_read_input_tokens: 5,
    cache_creation_input_tokens: 7,
    cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 },
    output_tokens: 30,
    output_tokens_details: { thinking_tokens: 12 },
    service_tier: "standard",
  },
};
const counts = {
  ...noUsage,
  inputUncached: 10,
  inputCacheRead: 5,
  inputCacheWrite5m: 3,
  inputCacheWrite1h: 4,
  outputText: 18,
  outputReasoning: 12,
};

describe("Anthropic's SDK before Anthropic", () => {
  it("is passed through, betas and unknown fields included, under the gateway's key, and metered by bucket", async () => {
    test.upstream.plan(jsonAnswer(message));
    const unheardOf = { ...prompt, unheard_of: { of: [1] } };
    const headers = { "anthropic-beta": "beta-of-the-caller" };
    const answer = await client().messages.create(unheardOf, { headers });
    expect(answer).toMatchObject({ ...message, model: "claude" });
    const asked = test.upstream.requests.at(-1);
    expect(asked?.path).toBe("/v1/messages");
    expect(asked?.body).toEqual({ ...unheardOf, model: "claude-sonnet-4-5" });
    expect(asked?.headers).toMatchObject({
      "x-api-key": "sk-ant-upstream",
      "anthropic-version": "2026-10-21",
      "anthropic-beta": "beta-of-the-caller,beta-of-the-connection",
    });
    expect(asked?.headers["authorization"]).toBeUndefined();
    expect(test.meter.settlements).toMatchObject([
      { operation: "messages", usage: { counts, source: "reported" }, serviceTier: "standard", upstreamId: "msg_up" },
    ]);
  });

  it("is passed through with the betas of its own namespace, and with tools that Anthropic runs itself", async () => {
    const searched = [
      { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "grün" } },
      { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] },
      { type: "text", text: "grün" },
    ];
    test.upstream.plan(jsonAnswer({ ...message, content: searched }));
    const tools = [{ type: "web_search_20250305" as const, name: "web_search" as const }];
    const answer = await client().beta.messages.create({ ...prompt, tools, betas: ["files-api-2025-04-14"] });
    expect(answer.content).toEqual(searched);
    expect(test.upstream.requests.at(-1)).toMatchObject({
      headers: { "anthropic-beta": "files-api-2025-04-14,beta-of-the-connection" },
      body: { tools },
    });
  });

  it("streams thoughts, text and calls to its final message, and is told of the end when it is settled", async () => {
    test.upstream.plan({ steps: sends(...wholeStream) });
    let settle: () => void = () => undefined;
    test.meter.settlementGate = new Promise<void>((resolve) => void (settle = resolve));
    const settled = test.meter.nextSettlement();
    const stream = client().messages.stream({ ...prompt, tools: [look] });
    const stopped: string[] = [];
    stream.on("streamEvent", ({ type }) => void (type === "message_stop" && stopped.push(type)));
    await settled;
    expect(stopped).toEqual([]);
    settle();
    test.meter.settlementGate = undefined;
    const final = await stream.finalMessage();
    expect(final).toMatchObject({
      model: "claude",
      content: [
        { type: "thinking", thinking: "Häuser", signature: "EqQB" },
        { type: "text", text: "grün 🌲" },
        { type: "tool_use", id: "toolu_1", name: "look", input: { at: "Zürich" } },
      ],
      stop_reason: "tool_use",
      usage: { input_tokens: 10, output_tokens: 30 },
    });
    expect(test.meter.settlements).toMatchObject([{ outcome: "completed", usage: { source: "reported" } }]);
  });

  it("counts tokens there, for nothing", async () => {
    test.upstream.plan(jsonAnswer({ input_tokens: 12 }));
    const { data, response } = await client()
      .messages.countTokens({ model: "claude", messages: [user], tools: [look] })
      .withResponse();
    expect([data, response.headers.get("x-gateway-warnings")]).toEqual([{ input_tokens: 12 }, null]);
    expect(test.upstream.requests.at(-1)).toMatchObject({
      path: "/v1/messages/count_tokens",
      body: { model: "claude-sonnet-4-5", messages: [user], tools: [look] },
    });
    expect(test.meter.settlements).toMatchObject([{ usage: { counts: noUsage, source: "reported" } }]);
  });

  it("hears of errors as Anthropic tells them, and never of the gateway's key or money", async () => {
    const error = (type: string, text: string, details = {}) => ({
      type: "error",
      error: { type, message: text, details },
    });
    test.upstream.plan(
      jsonAnswer(error("invalid_request_error", "max_tokens: too large"), 400),
      jsonAnswer(error("authentication_error", "invalid x-api-key"), 401),
      jsonAnswer(error("rate_limit_error", "limit", { error_code: "enforced_spend_limit_reached" }), 429),
      jsonAnswer(error("overloaded_error", "Overloaded"), 529),
    );
    const bad = await thrownBy(client().messages.create(prompt));
    expect(bad).toBeInstanceOf(BadRequestError);
    expect(bad).toMatchObject({ apiMessage: "max_tokens: too large", details: { param: "max_tokens" } });
    expect(await thrownBy(client().messages.create(prompt))).toMatchObject({
      status: 502,
      errorCode: "provider_rejected_credentials",
      apiMessage: expect.not.stringContaining("x-api-key"),
    });
    const spent = await thrownBy(client().messages.create(prompt));
    expect(spent).toMatchObject({ status: 503, errorCode: "provider_quota_exhausted" });
    expect(spent instanceof APIError && spent.headers?.get("x-should-retry")).toBe("false");
    const busy = await thrownBy(client().messages.create(prompt));
    expect(busy).toBeInstanceOf(InternalServerError);
    expect(busy).toMatchObject({ status: 529, type: "overloaded_error" });
  });

  it("edge case 02: has a status for an error that is a stream's first event, though it came with a 200", async () => {
    const overloaded = messageEvent("error", { error: { type: "overloaded_error", message: "Overloaded" } });
    test.upstream.plan({ steps: sends(messageEvent("ping"), overloaded) });
    expect(await thrownBy(client().messages.stream(prompt).finalMessage())).toMatchObject({ status: 529 });
  });

  it("edge case 03: is told an error within a stream by its event, and what had come is billed", async () => {
    const broken = messageEvent("error", { error: { type: "api_error", message: "oops" } });
    test.upstream.plan({ steps: sends(...wholeStream.slice(0, 8), broken) });
    const error = await thrownBy(client().messages.stream(prompt).finalMessage());
    expect(error).toMatchObject({ type: "api_error", apiMessage: "oops" });
    // Edge case 23: it had begun, so that nobody is asked again.
    expect(test.meter.settlements).toMatchObject([
      {
        outcome: "failed",
        usage: { counts: { inputUncached: 10, inputCacheRead: 5 }, source: "partial" },
        attempts: [{}],
      },
    ]);
  });

  it.each([
    ["claude", "abort"],
    ["claude-drained", "drain"],
  ] as const)("edge case 21: when its client goes away, %s is %sed", async (model, policy) => {
    let more: () => void = () => undefined;
    const held = new Promise<void>((resolve) => void (more = resolve));
    test.upstream.plan({
      steps: [...sends(...wholeStream.slice(0, 8)), { wait: held }, ...sends(...wholeStream.slice(8))],
    });
    const settlement = test.meter.nextSettlement();
    const departure = test.nextDeparture();
    const stream = await client().messages.create({ ...prompt, model, stream: true });
    for await (const each of stream) if (each.type === "content_block_start") break;
    await departure;
    more();
    expect(await settlement).toMatchObject({
      outcome: "aborted",
      disconnect: policy,
      usage:
        policy === "abort"
          ? { counts: { inputUncached: 10, inputCacheRead: 5 }, source: "partial" }
          : {
              counts: { inputUncached: 10, inputCacheRead: 5, outputText: 18, outputReasoning: 12 },
              source: "reported",
            },
    });
    expect(await test.upstream.requests.at(-1)?.over).toBe(policy === "abort");
  });
});

describe("OpenAI's SDK before Anthropic", () => {
  const chat = { model: "claude", messages: [user], max_tokens: 2_000 };

  it("is answered in its own words, with the cache within its input", async () => {
    test.upstream.plan(jsonAnswer(message));
    const answer = await test.client().chat.completions.create(chat);
    expect(answer.choices[0]).toMatchObject({ message: { content: "grün" }, finish_reason: "stop" });
    expect(answer.usage).toMatchObject({
      prompt_tokens: 22,
      completion_tokens: 30,
      prompt_tokens_details: { cached_tokens: 5 },
      completion_tokens_details: { reasoning_tokens: 12 },
    });
    expect(test.upstream.requests.at(-1)).toMatchObject({
      path: "/v1/messages",
      headers: { "anthropic-version": "2023-06-01", "anthropic-beta": "beta-of-the-connection" },
      body: { model: "claude-sonnet-4-5", max_tokens: 2_000 },
    });
    expect(test.meter.settlements).toMatchObject([
      { operation: "chat/completions", usage: { counts, source: "reported" } },
    ]);
  });

  it("edge case 07: gets a call streamed, and its thoughts are there again when it brings the result", async () => {
    test.upstream.plan({ steps: sends(...wholeStream) }, jsonAnswer(message));
    const tools = [lookInChat];
    const stream = test.client().chat.completions.stream({ ...chat, tools, reasoning_effort: "low" });
    const final = await stream.finalChatCompletion();
    const [call] = final.choices[0]?.message.tool_calls ?? [];
    expect(final.choices[0]?.finish_reason).toBe("tool_calls");
    expect(call).toMatchObject({ id: "toolu_1", function: { name: "look", arguments: '{"at":"Zürich"}' } });
    const messages = [
      user,
      {
        role: "assistant" as const,
        content: "grün 🌲",
        tool_calls: [
          { id: "toolu_1", type: "function" as const, function: { name: "look", arguments: '{"at":"Zürich"}' } },
        ],
      },
      { role: "tool" as const, tool_call_id: "toolu_1", content: "dark" },
    ];
    await test.client().chat.completions.create({ ...chat, messages, tools, reasoning_effort: "low" });
    expect(test.upstream.requests.at(-1)?.body).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 1_024 },
      messages: [
        { role: "user" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "Häuser", signature: "EqQB" },
            { type: "text", text: "grün 🌲" },
            { type: "tool_use", id: "toolu_1", input: { at: "Zürich" } },
          ],
        },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
      ],
    });
  });

  it("edge case 08: is not shown usage within a stream that it did not ask for", async () => {
    const steps = sends(
      messageStart({ input_tokens: 1, output_tokens: 1 }),
      ...block(0, { type: "text", text: "" }, { type: "text_delta", text: "grün" }),
      messageDelta("max_tokens", { output_tokens: 4 }),
      messageStop,
    );
    test.upstream.plan({ steps });
    const chunks = [];
    for await (const chunk of await test.client().chat.completions.create({ ...chat, stream: true }))
      chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe("grün");
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("length");
    expect(chunks.every((chunk) => !chunk.usage)).toBe(true);
    expect(test.meter.settlements).toMatchObject([
      { usage: { counts: { inputUncached: 1, outputText: 4 }, source: "reported" } },
    ]);
  });

  it("edge case 25: is told what Anthropic could not be asked for", async () => {
    test.upstream.plan(jsonAnswer(message));
    const { response } = await test
      .client()
      .chat.completions.create({ ...chat, seed: 1, temperature: 1.5, presence_penalty: 1 })
      .withResponse();
    const warnings = response.headers.get("x-gateway-warnings");
    for (const field of ["seed", "temperature", "presence_penalty"]) expect(warnings).toContain(`${field}: `);
    const strict = await test.post("/v1/chat/completions", { ...chat, seed: 1 }, { "x-gateway-strict": "true" });
    expect([strict.status, await strict.json()]).toMatchObject([
      400,
      { error: { code: "unsupported_parameter", param: "seed" } },
    ]);
  });
});

import { ApiError } from "@llm-tuner/contract/errors.ts";
import { GenerateResponse, listLlmProviders } from "@llm-tuner/contract/llm.ts";
import { ProviderConnection } from "@llm-tuner/contract/providers.ts";
import {
  chatChunk,
  doneEvent,
  event,
  jsonAnswer,
  sends,
  startFakeUpstream,
  usageOf,
} from "@llm-tuner/gateway/testing/fake-upstream.ts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createProvidersWorld, refusalOf } from "../testing/providers-world.ts";

const upstream = await startFakeUpstream();
const world = await createProvidersWorld();
const { call, platformModels } = world;
afterAll(async () => {
  await world.close();
  await upstream.close();
});

const connect = async (body: object): Promise<string> =>
  ProviderConnection.parse((await call("POST", "/api/admin/providers/connections", { body })).json()).id;
const offer = (body: object) => call("POST", "/api/admin/providers/models", { body });
const generate = (body: object, as = "ada") => call("POST", "/api/v1/llm/generate", { body, as });
const providersFor = async (as = "ada") =>
  listLlmProviders.responses[200].schema.parse((await call("GET", "/api/v1/llm/providers", { as })).json()).providers;

/** Over a connection, as a client that reads headers and streams. */
const send = (body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(`${world.url}/api/v1/llm/generate`, {
    method: "POST",
    headers: { authorization: "Bearer ada", "content-type": "application/json" },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
const stream = (body: object, signal?: AbortSignal) => send({ ...body, stream: true }, signal);

/** The events of an answer, without those that only keep the connection. */
async function* eventsOf({ body }: Response): AsyncGenerator<{ event: string; data: unknown }> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (event !== undefined) yield { event, data: JSON.parse(data ?? "") };
    }
  }
}

const completion = (content: string | null) =>
  jsonAnswer({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "llama",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: usageOf(11, 4),
  });

beforeEach(async () => {
  await world.forget();
  const id = await connect({
    name: "server",
    kind: "openai-compatible",
    base_url: new URL("/base/v1", upstream.origin).href,
    api_key: "its-own-key",
  });
  await offer({ connection_id: id, model: "llama", context_window: 8192, max_output_tokens: 1024 });
});

describe("the providers", () => {
  it("are listed with what may be asked of them, the platform's own last", async () => {
    await connect({ name: "anthropic", kind: "anthropic", api_key: "a-key-of-anthropic", enabled: false });
    platformModels.add("ft:mine", world.ada);
    platformModels.add("ft:not-mine", world.bob);
    const listed = await providersFor();
    expect(listed.map(({ id, name, available }) => [id, name, available])).toEqual([
      ["anthropic", "Anthropic", false],
      ["server", "server", true],
      ["tuned", "Tuned here", true],
    ]);
    expect(listed[1]?.models).toEqual([
      {
        id: "llama",
        context_window: 8192,
        max_output_tokens: 1024,
        input_price: null,
        output_price: null,
        capabilities: ["chat"],
      },
    ]);
    expect(listed[2]?.models).toEqual([
      expect.objectContaining({ id: "ft:mine", input_price: 0.02, output_price: 0.06 }),
    ]);
    expect(listed[0]?.models.length).toBeGreaterThan(3);
  });

  it("401 and 403: without credentials, and without the scope", async () => {
    for (const [as, status] of [
      ["", 401],
      ["key-without-chat", 403],
    ] as const) {
      expect((await call("GET", "/api/v1/llm/providers", { as })).status).toBe(status);
      expect((await generate({ model: "llama", prompt: "Hi" }, as)).status).toBe(status);
    }
    expect(upstream.requests).toEqual([]);
  });
});

describe("asking a model", () => {
  it("answers with text, counts, cost and latency; the provider gets its own key", async () => {
    upstream.plan(completion("Hello!"));
    const answer = await generate({ model: "llama", prompt: "Hi", max_tokens: 20, temperature: 0.5 });
    expect([answer.status, GenerateResponse.parse(answer.json())]).toEqual([
      200,
      {
        id: expect.stringMatching(/^req_/),
        provider: "server",
        model: "llama",
        content: "Hello!",
        finish_reason: "stop",
        usage: { input_tokens: 11, output_tokens: 4, cost_usd: null },
        latency_ms: expect.any(Number),
      },
    ]);
    const asked = await upstream.nextRequest();
    expect(asked.headers.authorization).toBe("Bearer its-own-key");
    expect(asked.path).toBe("/base/v1/chat/completions");
    expect(asked.body).toMatchObject({
      model: "llama",
      messages: [{ role: "user", content: "Hi" }],
      temperature: 0.5,
    });
    expect(asked.body.max_completion_tokens ?? asked.body.max_tokens).toBe(20);
  });

  it("takes a conversation, the other name of max_tokens, and a provider that alone may answer", async () => {
    upstream.plan(completion(null));
    const messages = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hi" },
    ];
    const answer = await generate({ provider: "server", model: "llama", messages, maxTokens: 9 });
    expect(GenerateResponse.parse(answer.json())).toMatchObject({ provider: "server", content: "" });
    const asked = await upstream.nextRequest();
    expect(asked.body).toMatchObject({ model: "llama", messages });
    expect(asked.body.max_completion_tokens ?? asked.body.max_tokens).toBe(9);
    expect(refusalOf(await generate({ provider: "openai", model: "llama", prompt: "Hi" }))).toEqual([
      404,
      "model_not_found",
    ]);
  });

  it("is on the bill like any other request", async () => {
    upstream.plan(completion("Hello!"));
    const { id } = GenerateResponse.parse((await generate({ model: "llama", prompt: "Hi" })).json());
    await world.flush();
    const entries = await world.database.execute("select 1 from usage_requests where request_id = $1", [id]);
    expect(entries).toBe(1);
  });

  it("passes on the gateway's refusals and the provider's errors, with their status", async () => {
    expect(refusalOf(await generate({ model: "nothing", prompt: "Hi" }))).toEqual([404, "model_not_found"]);
    upstream.plan(jsonAnswer({ error: { message: "too long", type: "invalid_request_error" } }, 400));
    expect((await generate({ model: "llama", prompt: "Hi" })).status).toBe(400);
  });

  it("says of a limit when to try again, whole and streamed", async () => {
    for (const isStream of [false, true]) {
      upstream.plan(jsonAnswer({ error: { message: "slow down" } }, 429, { "retry-after": "7" }));
      const refused = await send({ model: "llama", prompt: "Hi", stream: isStream });
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "7"]);
      const { error } = ApiError.parse(await refused.json());
      expect(error).toMatchObject({ code: "provider_rate_limited", details: { retry_after_seconds: 7 } });
    }
  });

  it("streams pieces of text as they come, and at last the whole answer with its bill", async () => {
    const more = Promise.withResolvers<void>();
    upstream.plan({
      steps: [
        ...sends(event(chatChunk({ role: "assistant", content: "" })), event(chatChunk({ content: "Hel" }))),
        { wait: more.promise },
        ...sends(
          event(chatChunk({ content: "lo!" })),
          event(chatChunk({}, { finish_reason: "stop" })),
          event(chatChunk(null, { usage: usageOf(11, 4) })),
          doneEvent,
        ),
      ],
    });
    const answer = await stream({ model: "llama", prompt: "Hi" });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    const events = eventsOf(answer);
    expect((await events.next()).value).toEqual({ event: "delta", data: { content: "Hel" } });
    more.resolve();
    expect((await events.next()).value).toEqual({ event: "delta", data: { content: "lo!" } });
    const done = (await events.next()).value;
    expect([done?.event, GenerateResponse.parse(done?.data)]).toEqual([
      "done",
      {
        id: expect.stringMatching(/^req_/),
        provider: "server",
        model: expect.any(String),
        content: "Hello!",
        finish_reason: "stop",
        usage: { input_tokens: 11, output_tokens: 4, cost_usd: null },
        latency_ms: expect.any(Number),
      },
    ]);
    expect((await events.next()).done).toBe(true);
  });

  it("tells before a stream with a status, and within it with an event, what went wrong", async () => {
    const refused = await stream({ model: "nothing", prompt: "Hi" });
    expect([refused.status, ApiError.parse(await refused.json()).error.code]).toEqual([404, "model_not_found"]);
    upstream.plan({ steps: [...sends(event(chatChunk({ content: "Hel" }))), { reset: true }] });
    const events = eventsOf(await stream({ model: "llama", prompt: "Hi" }));
    expect((await events.next()).value?.event).toBe("delta");
    const { value } = await events.next();
    expect([value?.event, ApiError.parse(value?.data).error]).toEqual([
      "error",
      { code: "provider_disconnected", message: expect.any(String), request_id: expect.any(String) },
    ]);
    expect((await events.next()).done).toBe(true);
  });

  it("ends at the provider when the client of a stream goes away", async () => {
    upstream.plan({ steps: [...sends(event(chatChunk({ content: "Hel" }))), { wait: new Promise(() => undefined) }] });
    const gone = new AbortController();
    const before = upstream.requests.length;
    const events = eventsOf(await stream({ model: "llama", prompt: "Hi" }, gone.signal));
    await events.next();
    gone.abort();
    expect(await upstream.requests[before]?.over).toBe(true);
  });

  it("400: with neither or both of prompt and messages, with both names of max_tokens, with an unknown field", async () => {
    const messages = [{ role: "user", content: "Hi" }];
    const invalid = [
      { model: "llama" },
      { model: "llama", prompt: "Hi", messages },
      { model: "llama", prompt: "Hi", max_tokens: 1, maxTokens: 1 },
      { model: "llama", prompt: "Hi", top_p: 1 },
      { model: "llama", messages: [{ role: "tool", content: "Hi" }] },
    ];
    for (const body of invalid) expect(refusalOf(await generate(body))).toEqual([400, "invalid_request"]);
  });
});

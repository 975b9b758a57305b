import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { insufficientQuota } from "./errors.ts";
import { jsonAnswer, usageOf } from "./testing/fake-upstream.ts";
import { startTestGateway, testCaller, testKey, type TestGateway } from "./testing/test-gateway.ts";

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway({ maxRequestBytes: 100_000, maxRequestDepth: 16, maxAnswerBytes: 100_000 });
});
afterAll(() => test.close());
afterEach(() => {
  test.meter.refuse = undefined;
  test.meter.failSettlement = undefined;
  test.meter.answerHeaders = {};
  if (test.openLeases() !== 0) throw new Error("a lease was not released");
});

const messages = [{ role: "user", content: "Hello there" }];
const answer = (more: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "upstream-model",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello you" }, finish_reason: "stop" }],
  usage: usageOf(5, 2),
  ...more,
});

describe("requests that are refused at the door", () => {
  const nested = (depth: number) => `{"model":"tuned","x":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  const bodies: [string, string | object, number, string | null, string][] = [
    ["no JSON", "{", 400, null, "invalid_json"],
    ["empty", "", 400, null, "invalid_json"],
    ["an array", "[]", 400, null, "invalid_json"],
    ["deeply nested", nested(40_000), 400, null, "invalid_json"],
    ["without a model", { messages }, 400, "model", "invalid_request"],
    ["a model that is a number", { model: 1, messages }, 400, "model", "invalid_request"],
    ["without messages", { model: "tuned" }, 400, "messages", "invalid_request"],
    ["no messages", { model: "tuned", messages: [] }, 400, "messages", "invalid_request"],
    ["a message without role", { model: "tuned", messages: [{ content: "a" }] }, 400, "messages[0].role", "invalid_request"],
    ["a stream that is text", { model: "tuned", messages, stream: "yes" }, 400, "stream", "invalid_request"],
    ["a bound of zero", { model: "tuned", messages, max_tokens: 0 }, 400, "max_tokens", "invalid_request"],
    ["too large", { model: "tuned", messages: [{ role: "user", content: "x".repeat(100_000) }] }, 413, null, "request_too_large"],
  ]; // prettier-ignore
  it.each(bodies)("%s", async (_name, body, status, param, code) => {
    const reserved = test.meter.reservations.length;
    const response = await test.post("/v1/chat/completions", body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error", param, code } });
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(test.meter.reservations).toHaveLength(reserved);
  });

  it("a chunked body beyond the limit, answered before its end", async () => {
    const headers = { authorization: `Bearer ${testKey}` };
    const request = httpRequest(`${test.url}/v1/chat/completions`, { method: "POST", headers });
    for (let piece = 0; piece < 20; piece += 1) request.write(new Uint8Array(10_000));
    // The event's one argument is the response.
    const [response] = (await once(request, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    request.end();
    response.resume();
    await once(response, "end");
  });

  it("a compressed body", async () => {
    const response = await test.post("/v1/chat/completions", "x", { "content-encoding": "gzip" });
    expect(response.status).toBe(415);
  });

  it("a body that is not UTF-8", async () => {
    const bytes = Uint8Array.of(0x22, 0xff, 0x22);
    const headers = { authorization: `Bearer ${testKey}` };
    const response = await fetch(`${test.url}/v1/chat/completions`, { method: "POST", headers, body: bytes });
    expect(response.status).toBe(400);
  });

  it("unknown paths and methods, before any credentials are looked at", async () => {
    expect((await fetch(`${test.url}/v1/nothing?x=1`)).status).toBe(404);
    const wrongMethod = await fetch(`${test.url}/v1/chat/completions`);
    expect(wrongMethod.status).toBe(405);
    expect(wrongMethod.headers.get("allow")).toBe("POST");
    expect((await fetch(`${test.url}/v1/models/%E0%A4%A`)).status).toBe(400);
  });

  it("no credentials, or none of a known kind", async () => {
    for (const headers of [{}, { authorization: "Basic dXNlcg==" }, { authorization: "Bearer " }]) {
      const response = await fetch(`${test.url}/v1/models`, { headers });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error: { code: "missing_api_key" } });
    }
  });

  it("a client that goes away within its body leaves nothing behind", async () => {
    const reserved = test.meter.reservations.length;
    const socket = connect(Number(new URL(test.url).port), "127.0.0.1");
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${testKey}\r\ncontent-length: 500\r\n\r\n{"mo`,
    );
    socket.end();
    socket.resume();
    await once(socket, "close");
    expect(test.meter.reservations).toHaveLength(reserved);
    expect(test.log.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("a whole answer", () => {
  const ask = (body: object = {}) => test.post("/v1/chat/completions", { model: "upstream-model", messages, ...body });

  it("is forwarded byte by byte where the model is named alike, and so is the request", async () => {
    const text = JSON.stringify(answer(), null, 2);
    test.upstream.plan({ headers: { "content-type": "application/json" }, steps: [{ send: text }] });
    const sent = `{ "model": "upstream-model", "messages": [{"role":"user","content":"grün"}], "big": 12345678901234567890, "stop": null }`;
    const response = await test.post("/v1/chat/completions", sent);
    expect(await response.text()).toBe(text);
    expect(test.upstream.requests.at(-1)?.text).toBe(sent);
  });

  it("names the model as the client did, and tells the provider its own name", async () => {
    const response = await test.post("/v1/chat/completions", { model: "tuned", messages, return_token_ids: true });
    expect(await response.json()).toMatchObject({ model: "tuned" });
    expect(test.upstream.requests.at(-1)?.body).toEqual({ model: "upstream-model", messages, return_token_ids: true });
  });

  it("is reserved for in the tier of service that it asks for", async () => {
    const tiers = [];
    for (const more of [{}, { service_tier: "priority" }, { service_tier: 5 }, { speed: "fast" }]) {
      await test.post("/v1/chat/completions", { model: "tuned", messages, ...more });
      tiers.push(test.meter.reservations.at(-1)?.serviceTier);
    }
    await test.post("/v1/messages", { model: "tuned", max_tokens: 9, messages, speed: "fast" });
    tiers.push(test.meter.reservations.at(-1)?.serviceTier);
    expect(tiers).toEqual([null, "priority", null, null, "fast"]);
  });

  it("is reserved before and settled after, by the same id", async () => {
    test.upstream.plan(jsonAnswer(answer()));
    test.meter.answerHeaders = { "x-ratelimit-remaining-requests": "9" };
    const response = await ask({ max_completion_tokens: 10, n: 3 });
    const requestId = response.headers.get("x-request-id");
    const subject = { requestId, model: "upstream-model", caller: testCaller };
    const priced = { provider: "tuned", priceModel: "starter" };
    expect(test.meter.reservations.at(-1)).toMatchObject({
      ...subject,
      candidates: [priced],
      estimatedInputTokens: 7,
      maxOutputTokens: 30,
    });
    const settlement = test.meter.settlements.at(-1);
    expect(settlement).toMatchObject({
      ...subject,
      ...priced,
      attempts: [{ ...priced, outcome: "completed", upstreamModel: "upstream-model", errorCode: null }],
      operation: "chat/completions",
      stream: false,
      outcome: "completed",
      usage: { counts: { inputUncached: 5, outputText: 2 }, source: "reported" },
      startedAt: new Date(1_700_000_000_000),
      errorCode: null,
    });
    expect(settlement?.latencyMs).toBeGreaterThanOrEqual(settlement?.firstByteMs ?? Infinity);
    expect(response.headers.get("x-ratelimit-remaining-requests")).toBe("9");
    expect(response.headers.get("x-gateway-cost-nano-usd")).toBe("110");
  });

  it("without usage is estimated by its length", async () => {
    const { usage: _usage, ...silent } = answer();
    test.upstream.plan(jsonAnswer(silent));
    await (await ask()).json();
    expect(test.meter.settlements.at(-1)).toMatchObject({
      usage: { counts: { inputUncached: 7, outputText: 3 }, source: "estimated" },
    });
  });

  it("without usage is estimated by what it calls, too", async () => {
    const called = { id: "call_1", type: "function", function: { name: "look", arguments: '{"at":"a"}' } };
    const message = { role: "assistant", content: null, reasoning_content: "Well, well.", tool_calls: [called] };
    const { usage: _usage, ...silent } = answer({ choices: [{ index: 0, message, finish_reason: "tool_calls" }] });
    test.upstream.plan(jsonAnswer(silent));
    await (await ask()).json();
    expect(test.meter.settlements.at(-1)).toMatchObject({
      usage: { counts: { inputUncached: 7, outputText: 6 }, source: "estimated" },
    });
  });

  it("is not withheld when the settlement fails; the counts are in the log", async () => {
    test.meter.failSettlement = new Error("database away");
    test.upstream.plan(jsonAnswer(answer()));
    const response = await ask();
    expect(response.status).toBe(200);
    expect(response.headers.has("x-gateway-cost-nano-usd")).toBe(false);
    expect(test.log.findLast(({ level }) => level === "error")).toMatchObject({
      message: "settlement failed",
      fields: { usage: { counts: { inputUncached: 5, outputText: 2 } }, accountId: "user_1" },
    });
  });

  const broken: [string, Parameters<typeof test.upstream.plan>[0], number][] = [
    ["text", { headers: { "content-type": "text/plain" }, steps: [{ send: "hello" }] }, 502],
    ["an array", jsonAnswer([]), 502],
    ["no choices", jsonAnswer({ id: "x" }), 502],
    ["larger than the limit", jsonAnswer(answer({ pad: "x".repeat(200_000) })), 502],
    ["an error with status 200", jsonAnswer({ error: { message: "nope", code: 429 } }), 429],
    ["cut off", { headers: { "content-length": "500" }, steps: [{ send: "{" }, { reset: true }] }, 502],
    ["compressed", jsonAnswer(answer(), 200, { "content-encoding": "gzip" }), 502],
  ];
  it.each(broken)("that is %s is an error, and costs nothing", async (_name, plan, status) => {
    test.upstream.plan(plan);
    expect((await ask()).status).toBe(status);
    expect(test.meter.settlements.at(-1)).toMatchObject({
      outcome: "failed",
      usage: { counts: { inputUncached: 0, outputText: 0 } },
    });
  });

  it("counts what the provider counted, over many requests at once", async () => {
    const before = { ...test.upstream.counts };
    const settledBefore = test.meter.settlements.length;
    const asked = Array.from({ length: 100 }, async (_, index) => {
      const response = await ask({ stream: index % 2 === 0, model: index % 3 === 0 ? "tuned" : "upstream-model" });
      return response.text();
    });
    await Promise.all(asked);
    const settled = test.meter.settlements.slice(settledBefore);
    const total = (field: "inputUncached" | "outputText") =>
      settled.reduce((sum, { usage }) => sum + usage.counts[field], 0);
    expect(settled).toHaveLength(100);
    expect(new Set(settled.map(({ requestId }) => requestId)).size).toBe(100);
    expect(total("inputUncached")).toBe(test.upstream.counts.promptTokens - before.promptTokens);
    expect(total("outputText")).toBe(test.upstream.counts.completionTokens - before.completionTokens);
  });
});

describe("chat within the process", () => {
  it("answers and is metered like any other", async () => {
    const caller = { ...testCaller, scopes: new Set<string>() };
    const answered = await test.gateway.chat(caller, { model: "tuned", messages });
    expect(answered).toMatchObject({ status: 200, body: { model: "tuned" }, costNanoUsd: 220 });
    expect(answered.latencyMs).toBeGreaterThanOrEqual(0);
    expect(test.meter.settlements.at(-1)).toMatchObject({ requestId: answered.requestId, outcome: "completed" });
  });

  it("gives errors as status and body", async () => {
    const chat = (body: unknown) => test.gateway.chat(testCaller, body);
    expect(await chat({ model: "nobody", messages })).toMatchObject({
      status: 404,
      body: { error: { code: "model_not_found" } },
      costNanoUsd: null,
    });
    expect(await chat({ model: "tuned", messages, stream: true })).toMatchObject({
      status: 400,
      body: { error: { param: "stream" } },
    });
    expect((await chat(undefined)).status).toBe(400);
    expect((await chat({ model: "gone", messages })).status).toBe(502);
    test.meter.refuse = insufficientQuota("empty");
    expect((await chat({ model: "tuned", messages })).status).toBe(402);
  });

  it("rejects with the reason of its signal, and stops the provider", async () => {
    test.upstream.plan({ steps: [{ wait: new Promise(() => undefined) }] });
    const abort = new AbortController();
    const asked = test.upstream.requests.length;
    const chatting = test.gateway.chat(testCaller, { model: "tuned", messages }, abort.signal);
    while (test.upstream.requests.length === asked) await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error("page closed"));
    await expect(chatting).rejects.toThrow("page closed");
    expect(await test.upstream.requests.at(-1)?.over).toBe(true);
    expect(test.meter.settlements.at(-1)).toMatchObject({
      outcome: "aborted",
      usage: { counts: { inputUncached: 0 } },
    });
  });
});

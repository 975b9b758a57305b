import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  chatChunk,
  doneEvent,
  event,
  jsonAnswer,
  sends,
  usageOf,
  type FakeAnswer,
  type FakeStep,
} from "./testing/fake-upstream.ts";
import { startTestGateway, testKey, type TestGateway } from "./testing/test-gateway.ts";

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
});
afterAll(() => test.close());
afterEach(() => {
  if (test.openLeases() !== 0) throw new Error("a lease was not released");
});

const messages = [{ role: "user", content: "twelve chars" }];
const chat = (more: object = {}): Promise<Response> =>
  test.post("/v1/chat/completions", { model: "upstream-model", messages, stream: true, ...more });

/** Payloads of a stream's events, JSON parsed. */
const payloads = (text: string): unknown[] =>
  text
    .split("\n\n")
    .filter((block) => block.startsWith("data: "))
    .map((block) => (block === "data: [DONE]" ? "[DONE]" : (JSON.parse(block.slice("data: ".length)) as unknown)));

/** Streams a planned answer and settles it. */
const relayed = async (answer: FakeAnswer, more: object = {}) => {
  test.upstream.plan(answer);
  const settled = test.meter.nextSettlement();
  const response = await chat(more);
  const text = await response.text();
  return { response, text, events: payloads(text), settlement: await settled };
};

const content = (text: string) => event(chatChunk({ content: text }));
const finish = event(chatChunk({}, { finish_reason: "stop" }));
const usageEvent = event(chatChunk(null, { usage: usageOf(11, 2) }));
const ends = sends(finish, usageEvent, doneEvent);

describe("the end of a stream", () => {
  it("is told only after the settlement, so that the bill already holds the request", async () => {
    const gate = Promise.withResolvers<void>();
    test.meter.settlementGate = gate.promise;
    test.upstream.plan({ steps: [...sends(content("grün")), ...ends] });
    const settled = test.meter.nextSettlement();
    const response = await chat();
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    await settled;
    let text = "";
    while (!text.includes('"finish_reason":"stop"')) text += (await reader?.read())?.value ?? "";
    expect(text).toContain("grün");
    expect(text).not.toContain("[DONE]");
    gate.resolve();
    test.meter.settlementGate = undefined;
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) text += part.value;
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  });
});

describe("framing", () => {
  const whole = content("grün 🦜") + finish + usageEvent + doneEvent;
  const expected = [chatChunk({ content: "grün 🦜" }), chatChunk({}, { finish_reason: "stop" }), "[DONE]"];
  const bytes = new TextEncoder().encode(whole);
  const variants: [string, FakeAnswer][] = [
    ["everything in one piece", { steps: sends(whole) }],
    ["single bytes", { steps: [...bytes].map((byte) => ({ send: Uint8Array.of(byte) })) }],
    ["CRLF", { steps: sends(whole.replaceAll("\n", "\r\n")) }],
    ["a byte order mark and comments", { steps: sends(`\uFEFF: hello\n\n${whole}: bye\n\n`) }],
    ["no blank line at the end", { steps: sends(whole.trimEnd()) }],
    ["no content type", { headers: { "content-type": "" }, steps: sends(whole) }],
    ["data spread over lines", { steps: sends(whole.replaceAll(',"choices"', ',\ndata: "choices"')) }],
  ];
  for (const [name, answer] of variants) {
    it(`edge case 11: takes ${name}`, async () => {
      const { events, settlement, response } = await relayed(answer);
      expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
      expect(events).toEqual(expected);
      expect(settlement).toMatchObject({
        outcome: "completed",
        usage: { counts: { inputUncached: 11, outputText: 2 } },
      });
    });
  }

  it("edge case 12: carries a line of megabytes", async () => {
    const image = "A".repeat(3_000_000);
    const { events } = await relayed({ steps: [...sends(content(image)), ...ends] });
    expect(events[0]).toEqual(chatChunk({ content: image }));
  });

  it("forwards the provider's own bytes where nothing must change", async () => {
    const odd = `{ "id":"x",  "model":"upstream-model","big":12345678901234567890, "choices":[] }`;
    const { text } = await relayed({ steps: [...sends(`event: note\ndata: ${odd}\n\n`), ...ends] });
    expect(text.startsWith(`event: note\ndata: ${odd}\n\n`)).toBe(true);
  });
});

describe("usage", () => {
  it("edge case 08: is asked for upstream and hidden downstream, other options of the stream kept", async () => {
    const { events } = await relayed(
      { steps: [...sends(event(chatChunk({ content: "a" }, { usage: null }))), ...ends] },
      { stream_options: { include_obfuscation: false } },
    );
    expect(test.upstream.requests.at(-1)?.body["stream_options"]).toEqual({
      include_obfuscation: false,
      include_usage: true,
    });
    expect(events).toEqual([chatChunk({ content: "a" }), chatChunk({}, { finish_reason: "stop" }), "[DONE]"]);
  });

  it("is passed on when the client asked for it, and the request's own bytes with it", async () => {
    const more = { stream_options: { include_usage: true }, seed: 7, return_token_ids: true };
    const { events } = await relayed({ steps: ends }, more);
    expect(events).toContainEqual(chatChunk(null, { usage: usageOf(11, 2) }));
    expect(test.upstream.requests.at(-1)?.text).toBe(
      JSON.stringify({ model: "upstream-model", messages, stream: true, ...more }),
    );
  });

  it("edge case 09: that comes on every chunk is never added up, and not shown", async () => {
    const counted = (text: string, output: number) =>
      event(chatChunk({ content: text }, { usage: usageOf(4, output) }));
    const { events, settlement } = await relayed({
      steps: sends(
        counted("a", 1),
        counted("b", 2),
        finish,
        event(chatChunk(null, { usage: usageOf(4, 2) })),
        doneEvent,
      ),
    });
    expect(settlement).toMatchObject({ usage: { counts: { inputUncached: 4, outputText: 2 }, source: "reported" } });
    expect(JSON.stringify(events)).not.toContain("usage");
    expect(events).toHaveLength(4);
  });

  it("edge case 10: of zero is a count and not a gap", async () => {
    const { settlement } = await relayed({
      steps: sends(content("a"), finish, event(chatChunk(null, { usage: usageOf(0, 0) })), doneEvent),
    });
    expect(settlement).toMatchObject({ usage: { counts: { inputUncached: 0, outputText: 0 }, source: "reported" } });
  });

  it("that was told before a stream breaks off holds; only pieces that came after it are added", async () => {
    const told = event(chatChunk({ content: "a" }, { usage: usageOf(4, 1) }));
    const { settlement } = await relayed({ steps: sends(told, content("b"), content("c")) });
    expect(settlement).toMatchObject({
      outcome: "failed",
      usage: { counts: { inputUncached: 4, outputText: 3 }, source: "partial" },
    });
  });

  it("that never comes is estimated: input by length, output by pieces with content", async () => {
    const role = event(chatChunk({ role: "assistant", content: "" }));
    const tool = event(chatChunk({ tool_calls: [{ index: 0, function: { arguments: "{" } }] }));
    const { settlement } = await relayed({ steps: sends(role, content("a"), content("b"), tool, finish, doneEvent) });
    expect(settlement).toMatchObject({
      usage: { counts: { inputUncached: 4 + 3, outputText: 3 }, source: "estimated" },
    });
  });
});

describe("the end of a stream", () => {
  it("gets its [DONE] when the server leaves it out although every choice was finished", async () => {
    const { events, settlement } = await relayed({ steps: sends(content("a"), finish, usageEvent) });
    expect(events.at(-1)).toBe("[DONE]");
    expect(settlement.outcome).toBe("completed");
  });

  it("is a failure when a choice is left open", async () => {
    const second = event(chatChunk(null, { choices: [{ index: 1, delta: { content: "b" }, finish_reason: null }] }));
    const { events, settlement } = await relayed({ steps: sends(content("a"), second, finish) });
    expect(events.at(-1)).toMatchObject({ error: { code: "provider_disconnected" } });
    expect(events).not.toContain("[DONE]");
    expect(settlement).toMatchObject({ outcome: "failed", usage: { counts: { outputText: 2 }, source: "partial" } });
  });

  it("is [DONE], whatever a server still sends after it", async () => {
    const { events } = await relayed({ steps: [...ends, ...sends(content("late"))] });
    expect(events.at(-1)).toBe("[DONE]");
    expect(JSON.stringify(events)).not.toContain("late");
  });

  it("does not wait for a server that keeps the connection open after [DONE]", async () => {
    const { events } = await relayed({ steps: [...ends, { wait: new Promise(() => undefined) }] });
    expect(events.at(-1)).toBe("[DONE]");
  });
});

describe("errors before the first event have their real status", () => {
  const cases: { name: string; answer: FakeAnswer; status: number; code: string; retry: string }[] = [
    {
      name: "edge case 01: a refused request",
      answer: jsonAnswer({ error: { message: "too long", code: "context_length_exceeded", param: "messages" } }, 400),
      status: 400,
      code: "context_length_exceeded",
      retry: "false",
    },
    {
      name: "the gateway's own key refused, which is no 401 of the client",
      answer: jsonAnswer({ error: { message: "Incorrect API key provided: worker-token" } }, 401),
      status: 502,
      code: "provider_rejected_credentials",
      retry: "false",
    },
    {
      name: "a rate limit of the provider",
      answer: jsonAnswer({ error: { message: "slow down" } }, 429, { "retry-after": "3" }),
      status: 429,
      code: "provider_rate_limited",
      retry: "true",
    },
    {
      name: "a fault",
      answer: jsonAnswer({ detail: "boom" }, 500),
      status: 502,
      code: "provider_error",
      retry: "true",
    },
    { name: "overload", answer: jsonAnswer({}, 503), status: 503, code: "provider_overloaded", retry: "true" },
    { name: "a gateway's timeout", answer: jsonAnswer({}, 504), status: 504, code: "provider_timeout", retry: "false" },
    { name: "a redirect", answer: jsonAnswer({}, 302), status: 502, code: "provider_error", retry: "false" },
    {
      name: "edge case 22: no content",
      answer: { status: 204, steps: [] },
      status: 502,
      code: "provider_error",
      retry: "false",
    },
    {
      name: "edge case 22: a page of HTML",
      answer: { status: 500, headers: { "content-type": "text/html" }, steps: sends("<h1>secret host</h1>") },
      status: 502,
      code: "provider_error",
      retry: "true",
    },
    {
      name: "edge case 22: a page of HTML with status 200",
      answer: { headers: { "content-type": "text/html" }, steps: sends("<h1>login</h1>") },
      status: 502,
      code: "provider_invalid_answer",
      retry: "false",
    },
    {
      name: "edge case 22: a plain text",
      answer: { status: 429, headers: { "content-type": "text/plain" }, steps: sends("too many at secret host") },
      status: 429,
      code: "provider_rate_limited",
      retry: "true",
    },
    {
      name: "a whole answer where a stream was asked for",
      answer: jsonAnswer({ choices: [] }),
      status: 502,
      code: "provider_invalid_answer",
      retry: "false",
    },
    {
      name: "an error in JSON with status 200",
      answer: jsonAnswer({ error: { message: "no", type: "rate_limit_error" } }),
      status: 429,
      code: "provider_rate_limited",
      retry: "true",
    },
    {
      name: "edge case 02: a first event that is an error with a code",
      answer: { steps: sends(event({ error: { message: "bad", type: "BadRequestError", code: 400 } })) },
      status: 400,
      code: "invalid_request",
      retry: "false",
    },
    {
      name: "edge case 02: a first event of type error",
      answer: { steps: sends(`event: error\n${event({ message: "broken" })}`) },
      status: 502,
      code: "provider_error",
      retry: "true",
    },
    {
      name: "a first event that is not JSON",
      answer: { steps: sends("data: hello\n\n") },
      status: 502,
      code: "provider_invalid_answer",
      retry: "false",
    },
    { name: "an empty stream", answer: { steps: [] }, status: 502, code: "provider_disconnected", retry: "true" },
    {
      name: "a connection broken before any event",
      answer: { steps: [...sends(": wait\n\n"), { reset: true }] },
      status: 502,
      code: "provider_disconnected",
      retry: "true",
    },
    {
      name: "edge case 19: a compressed answer",
      answer: { headers: { "content-encoding": "gzip" }, steps: sends("\u001f") },
      status: 502,
      code: "provider_invalid_answer",
      retry: "false",
    },
  ];
  it.each(cases)("$name", async ({ answer, status, code, retry }) => {
    const { response, text, settlement } = await relayed(answer);
    expect(response.status).toBe(status);
    expect(JSON.parse(text)).toEqual({
      error: {
        message: expect.any(String),
        type: expect.any(String),
        param: expect.toBeOneOf([null, "messages"]),
        code,
      },
    });
    expect(text).not.toMatch(/worker-token|secret host/);
    expect(response.headers.get("x-should-retry")).toBe(retry);
    expect(settlement).toMatchObject({
      outcome: "failed",
      usage: { counts: { inputUncached: 0, outputText: 0 } },
      errorCode: code,
    });
  });

  it("passes on how long the provider asks to wait", async () => {
    const { response } = await relayed(jsonAnswer({}, 503, { "retry-after": "7" }));
    expect(response.headers.get("retry-after")).toBe("7");
  });
});

describe("errors after content become an event, without [DONE]", () => {
  const cases: [string, FakeAnswer["steps"], string][] = [
    ["edge case 03: an error event", sends(content("a"), event({ error: { message: "oom" } })), "provider_error"],
    ["an event that is not JSON", sends(content("a"), "data: {\n\n"), "provider_invalid_answer"],
    ["edge case 03: a broken connection", [...sends(content("a")), { reset: true }], "provider_disconnected"],
    ["an end without a reason to stop", sends(content("a")), "provider_disconnected"],
  ];
  it.each(cases)("%s", async (_name, steps, code) => {
    const { response, events, settlement } = await relayed({ steps });
    expect(response.status).toBe(200);
    expect(events).toHaveLength(2);
    expect(events[1]).toMatchObject({ error: { code, type: "server_error", param: null } });
    expect(settlement).toMatchObject({ outcome: "failed", usage: { counts: { outputText: 1 } }, errorCode: code });
  });
});

it("does not count the provider's time as the gateway's own, before or within its headers", async () => {
  const delayMs = 80;
  const delay = () => new Promise((resolve) => setTimeout(resolve, delayMs));
  test.upstream.plan(() => ({ after: delay(), steps: ends }));
  const settled = test.meter.nextSettlement();
  const early = await chat();
  await early.text();
  const overheadMs = Number(early.headers.get("x-gateway-overhead-ms"));
  expect((await settled).firstByteMs).toBeGreaterThan(overheadMs + delayMs - 10);
  const whenAsked: FakeStep = {
    get wait() {
      return delay();
    },
  };
  const { response, settlement } = await relayed({ steps: [whenAsked, ...ends] });
  expect(settlement.firstByteMs).toBeGreaterThan(Number(response.headers.get("x-gateway-overhead-ms")) + delayMs - 10);
});

it("never sends the same request twice", async () => {
  const asked = test.upstream.requests.length;
  await relayed({ steps: [...sends(content("a")), { reset: true }] });
  expect(test.upstream.requests).toHaveLength(asked + 1);
});

it("forwards only the lease's credentials, never the client's", async () => {
  await relayed({ steps: ends });
  const { headers, path } = test.upstream.requests.at(-1) ?? {};
  expect(path).toBe("/v1/chat/completions");
  expect(headers?.["authorization"]).toBe("Bearer worker-token");
  expect(headers?.["x-request-id"]).toMatch(/^req_/);
  expect(JSON.stringify(headers)).not.toContain(testKey);
});

it("reuses connections to a provider", async () => {
  const before = test.upstream.connections();
  for (let round = 0; round < 5; round += 1) await relayed({ steps: ends });
  expect(test.upstream.connections() - before).toBeLessThanOrEqual(1);
});

import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { chatChunk, doneEvent, event } from "./testing/fake-upstream.ts";
import { type RawUpstream, startRawUpstream } from "./testing/raw-upstream.ts";
import { startTestGateway, type TestGateway } from "./testing/test-gateway.ts";

const maxEventBytes = 100_000;
let test: TestGateway;
let raw: RawUpstream;
beforeAll(async () => {
  raw = await startRawUpstream();
  test = await startTestGateway({
    maxEventBytes,
    maxAnswerBytes: 1_000_000,
    maxAttempts: 1,
    failuresBeforeCooldown: 1_000_000,
  });
  const adapters = ["openai-compatible", "anthropic", "gemini"] as const;
  for (const adapter of adapters) {
    const route = test.routeTo(raw.origin, { adapter, provider: adapter });
    test.plans.set(adapter, { steps: [[{ route, weight: 1 }]] });
  }
  const timeouts = { firstByteTimeoutMs: 500, idleTimeoutMs: 300, totalTimeoutMs: 1_500 };
  test.plans.set("impatient", { steps: [[{ route: test.routeTo(raw.origin, { timeouts }), weight: 1 }]] });
});
afterAll(async () => {
  await test.close();
  await raw.close();
});
afterEach(() => {
  if (test.openLeases() !== 0) throw new Error("a lease was not released");
});

const streamHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
const jsonHead = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";

const ask = async (more: object = {}) => {
  const messages = [{ role: "user", content: "hi" }];
  const response = await test.post("/v1/chat/completions", { model: "openai-compatible", messages, ...more });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const settled = () => test.meter.settlements.at(-1);

/** Writes the same bytes until the other side breaks off. */
const flood = (socket: Socket, bytes: string): void => {
  const more = (): void => {
    if (!socket.destroyed) socket.write(bytes, (error) => (error ? undefined : setImmediate(more)));
  };
  more();
};

const answersJson = (body: string, more = "") => {
  raw.answer = (socket) => socket.end(`${jsonHead}${more}\r\n${body}`);
};
const answersStream = (body: string | Uint8Array) => {
  raw.answer = (socket) => {
    socket.write(streamHead);
    socket.end(body);
  };
};

const chunk = (content: string) => event(chatChunk({ content }));
const finish = event(chatChunk({}, { finish_reason: "stop" }));
const whole = (usage: string) =>
  `{"id":"x","model":"up","choices":[{"index":0,"message":{"role":"assistant","content":"four"},"finish_reason":"stop"}],"usage":${usage}}`;

describe("a provider that never ends", () => {
  const models = ["openai-compatible", "anthropic", "gemini"] as const;
  const floods = [
    ["one line", "x".repeat(60_000)],
    ["one event of many lines", `data: ${"x".repeat(1_000)}\n`],
    ["one event of empty lines", "data:\n".repeat(10_000)],
  ] as const;
  for (const model of models) {
    it.each(floods)(`in %s at ${model} is broken off at the limit of an event`, async (_what, bytes) => {
      raw.answer = (socket) => {
        socket.write(streamHead);
        flood(socket, bytes);
      };
      const { status, text } = await ask({ model, stream: true });
      expect([status, text]).toEqual([502, expect.stringContaining("provider_invalid_answer")]);
      await raw.closed();
      expect(settled()).toMatchObject({ outcome: "failed", usage: { counts: { outputText: 0 } } });
    });
  }

  it("in a whole answer is broken off at its limit", async () => {
    raw.answer = (socket) => {
      socket.write(`${jsonHead}\r\n`);
      flood(socket, " ".repeat(60_000));
    };
    expect((await ask()).status).toBe(502);
    await raw.closed();
  });

  it("edge case 20: in comments before its first event has that long for it, and no longer", async () => {
    raw.answer = (socket) => {
      socket.write(streamHead);
      flood(socket, ": working\n\n");
    };
    const { status, text } = await ask({ model: "impatient", stream: true });
    expect([status, text]).toEqual([504, expect.stringContaining("did not begin to answer")]);
    await raw.closed();
  });

  it("edge case 20: in comments within its answer is alive, until its whole time is over", async () => {
    raw.answer = (socket) => {
      socket.write(streamHead + chunk("a"));
      flood(socket, ": working\n\n");
    };
    const { status, text } = await ask({ model: "impatient", stream: true });
    expect(status).toBe(200);
    expect(text).not.toContain("working");
    expect(text).toContain("did not finish its answer in time");
    await raw.closed();
  });

  it("to tell that it will answer has not begun to", async () => {
    raw.answer = (socket) => flood(socket, "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n");
    const { status } = await ask({ model: "impatient", stream: true });
    expect([502, 504]).toContain(status);
    await raw.closed();
  });
});

describe("a provider that cheats in HTTP", () => {
  it.each([301, 302, 303, 307, 308])("is not followed with the gateway's key by a %i", async (code) => {
    const other = await startRawUpstream();
    raw.answer = (socket) =>
      socket.end(`HTTP/1.1 ${code} Moved\r\nlocation: ${other.origin.href}steal\r\ncontent-length: 0\r\n\r\n`);
    for (const stream of [false, true]) {
      const { status, headers } = await ask({ stream });
      expect(status).toBe(502);
      expect(headers.get("location")).toBeNull();
    }
    expect(other.requests).toEqual([]);
    expect(raw.requests.at(-1)).toContain("Bearer worker-token");
    await other.close();
  });

  it("passes none of its headers on", async () => {
    answersJson(whole("null"), "set-cookie: a=b\r\nx-gateway-cost-nano-usd: 0\r\naccess-control-allow-origin: *\r\n");
    const { status, headers } = await ask();
    expect(status).toBe(200);
    expect(headers.get("set-cookie")).toBeNull();
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.get("x-gateway-cost-nano-usd")).not.toBe("0");
  });

  it.each([
    ["too much", whole("null").length + 50, "provider_disconnected"],
    ["too little", 20, "provider_invalid_answer"],
  ])("by announcing %s of a body is taken for a broken one", async (_what, length, code) => {
    answersJson(whole("null"), `content-length: ${length}\r\n`);
    const { status, text } = await ask();
    expect([status, text]).toEqual([502, expect.stringContaining(code)]);
    expect(settled()).toMatchObject({ outcome: "failed", errorCode: code });
  });

  it.each([
    ["no HTTP", "+OK Redis\r\n\r\n"],
    ["endless headers", `HTTP/1.1 200 OK\r\nx-long: ${"x".repeat(200_000)}\r\n\r\n`],
    ["two lengths", `HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 9\r\n\r\n{}`],
    ["a broken chunk", `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n{}`],
    ["another protocol", "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"],
  ])("by %s is a bad gateway", async (_what, bytes) => {
    raw.answer = (socket) => socket.end(bytes);
    expect((await ask()).status).toBe(502);
  });
});

describe("a provider that cheats in JSON", () => {
  const nested = (depth: number, inner: string) => "[".repeat(depth) + inner + "]".repeat(depth);

  it.each([
    ["negative", `{"prompt_tokens":-5,"completion_tokens":7}`],
    ["no numbers", `{"prompt_tokens":"5","completion_tokens":{}}`],
    ["fractions", `{"prompt_tokens":1.5,"completion_tokens":1}`],
    ["beyond any", `{"prompt_tokens":1e999,"completion_tokens":1}`],
    ["more than exact", `{"prompt_tokens":9007199254740991,"completion_tokens":1}`],
    ["a list", "[1,2]"],
  ])("has its usage estimated where its counts are %s", async (_what, usage) => {
    answersJson(whole(usage));
    expect((await ask()).status).toBe(200);
    expect(settled()?.usage).toMatchObject({ source: "estimated", counts: { inputUncached: 5, outputText: 1 } });
    answersStream(chunk("four") + finish + `data: {"model":"up","choices":[],"usage":${usage}}\n\n` + doneEvent);
    expect((await ask({ stream: true })).status).toBe(200);
    expect(settled()?.usage.source).toBe("estimated");
  });

  it("cannot take more from its details than there is", async () => {
    answersJson(
      whole(
        `{"prompt_tokens":5,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":99},"completion_tokens_details":{"reasoning_tokens":-1,"audio_tokens":50}}`,
      ),
    );
    await ask();
    expect(settled()?.usage.counts).toMatchObject({
      inputUncached: 0,
      inputCacheRead: 5,
      outputText: 0,
      outputAudio: 3,
    });
  });

  it("reaches no prototype", async () => {
    const answer = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},${whole("null").slice(1)}`;
    answersJson(answer);
    const { status, text } = await ask();
    expect(status).toBe(200);
    expect(text).toContain("four");
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it.each(["openai-compatible", "anthropic", "gemini"])(
    "by depth breaks nothing but its own answer at %s",
    async (model) => {
      const deep = nested(200_000, "1");
      const of: Readonly<Record<string, string>> = {
        "openai-compatible": `{"model":"up","x":${deep},"choices":[]}`,
        anthropic: `{"type":"message","content":[{"type":"tool_use","id":"a","name":"b","input":{"x":${deep}}}],"usage":{"input_tokens":1,"output_tokens":1}}`,
        gemini: `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"b","args":{"x":${deep}}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1}}`,
      };
      answersJson(of[model] ?? "");
      const { status, text } = await ask({ model });
      expect([status, text]).toEqual([502, expect.stringContaining("provider_invalid_answer")]);
      expect(settled()?.outcome).toBe("failed");
    },
  );

  it.each(["openai-compatible", "gemini"])("by depth breaks nothing but its own stream at %s", async (model) => {
    const deep = nested(40_000, "1");
    const of: Readonly<Record<string, string>> = {
      "openai-compatible": `{"model":"up","x":${deep},"choices":[]}`,
      gemini: `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"b","args":{"x":${deep}}}}]}}]}`,
    };
    answersStream(`data: ${of[model]}\n\n`);
    const { text } = await ask({ model, stream: true });
    expect(text).toContain("nested too deeply");
    expect(text).not.toContain("[DONE]");
    expect(settled()).toMatchObject({ outcome: "failed", errorCode: "provider_invalid_answer" });
  });

  it("by broken UTF-8 has replacement characters in its place, and the stream goes on", async () => {
    const bytes = Buffer.concat([
      Buffer.from(`data: {"model":"up","choices":[{"index":0,"delta":{"content":"a`),
      Buffer.of(0xff, 0xc3),
      Buffer.from(`b"},"finish_reason":null}]}\n\n${finish}${doneEvent}`),
    ]);
    answersStream(bytes);
    const { text } = await ask({ stream: true });
    expect(text).toContain("a\uFFFD\uFFFDb");
    expect(text.endsWith(doneEvent)).toBe(true);
  });

  it("by thousands of blocks is carried in its order", async () => {
    const calls = Array.from({ length: 5_000 }, (_, index) => ({
      functionCall: { id: `c${index}`, name: "f", args: {} },
    }));
    answersJson(JSON.stringify({ candidates: [{ content: { parts: calls }, finishReason: "STOP" }] }));
    const { text } = await ask({ model: "gemini" });
    const ids = [...text.matchAll(/"id":"(c\d+)"/g)].map(([, id]) => id);
    expect(ids).toEqual(calls.map(({ functionCall }) => functionCall.id));
  });

  it.each([
    ["id", "a\\u0000b"],
    ["service_tier", "x".repeat(100_000)],
  ])("by a strange %s has none in the records", async (field, value) => {
    answersJson(`{"${field}":"${value}",${whole("null").replace('"id":"x",', "").slice(1)}`);
    expect((await ask()).status).toBe(200);
    expect(settled()).toMatchObject(field === "id" ? { upstreamId: null } : { serviceTier: null });
  });
});

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { CallError } from "./call.ts";
import { createChatReader, streamChat, warningsOf, type ChatEvent } from "./chat-stream.ts";

/** The browser's storage, which the modules under test look into while they load. */
const storage = vi.hoisted(() => {
  const entries = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
  });
  return entries;
});

const chunk = (delta: object, finish_reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
const usage = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } })}\n\n`;
const done = "data: [DONE]\n\n";
const whole = [
  chunk({ role: "assistant", content: "" }),
  chunk({ reasoning_content: "Hm." }),
  chunk({ content: "Grüß " }),
  chunk({ content: "dich" }),
  chunk({}, "stop"),
  usage,
  done,
].join("");
const wholeEvents: ChatEvent[] = [
  { type: "reasoning", text: "Hm." },
  { type: "text", text: "Grüß " },
  { type: "text", text: "dich" },
  { type: "finished", reason: "stop" },
  { type: "usage", inputTokens: 7, outputTokens: 3 },
];

const failureOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error instanceof CallError ? [error.code, error.message] : error;
  }
};

describe("reading a stream", () => {
  it.each([1, 7, 64, 100_000])("gives the same events in pieces of %i characters", (size) => {
    const reader = createChatReader();
    const events: ChatEvent[] = [];
    for (let at = 0; at < whole.length; at += size) events.push(...reader.feed(whole.slice(at, at + size)));
    reader.end();
    expect(events).toEqual(wholeEvents);
  });

  it("passes over comments that keep the connection, and over what it has no use for", () => {
    const reader = createChatReader();
    const image = { images: [{ index: 0, type: "image_url", image_url: { url: "data:image/png;base64,AA" } }] };
    const text = `: keep\n\n${chunk({ refusal: "No." })}${chunk({ tool_calls: [] })}${chunk(image)}`;
    expect(reader.feed(text)).toEqual([
      { type: "refusal", text: "No." },
      { type: "picture", url: "data:image/png;base64,AA" },
    ]);
  });

  it("takes an error within a stream for what it is", () => {
    const error = {
      error: { message: "The provider ended it.", type: "server_error", param: null, code: "provider_disconnected" },
    };
    expect(failureOf(() => createChatReader().feed(`data: ${JSON.stringify(error)}\n\n`))).toEqual([
      "provider_disconnected",
      "The provider ended it.",
    ]);
  });

  it("does not take a stream that broke off for a whole one", () => {
    const reader = createChatReader();
    reader.feed(chunk({ content: "Half" }));
    expect(failureOf(() => reader.end())).toEqual(["answer_broken_off", expect.any(String)]);
  });

  it.each(["data: <html>\n\n", 'data: {"choices": 3}\n\n'])("says so when it does not understand %j", (text) => {
    expect(failureOf(() => createChatReader().feed(text))).toEqual(["unexpected_answer", expect.any(String)]);
  });

  it("reads the warnings apart", () => {
    expect(warningsOf(null)).toEqual([]);
    expect(warningsOf("seed: has no word there; stop: only four are taken")).toEqual([
      "seed: has no word there",
      "stop: only four are taken",
    ]);
  });
});

/** A platform whose gateway takes tokens only; `chat` is what it does with a question. */
const platform = {
  server: undefined as Server | undefined,
  origin: "",
  tokens: 0,
  requests: [] as { path: string; authorization: string | undefined; cookie: string | undefined; body: string }[],
  chat: (_request: IncomingMessage, response: ServerResponse): void => void response.end(whole),
};
const realFetch = fetch;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const piece of request) text += String(piece);
  return text;
};

beforeAll(async () => {
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => realFetch(platform.origin + path, init));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { authorization, cookie } = request.headers;
    platform.requests.push({ path: request.url ?? "", authorization, cookie, body: await bodyOf(request) });
    if (request.url !== "/api/auth/client-token") return platform.chat(request, response);
    platform.tokens += 1;
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    response.writeHead(201, { "content-type": "application/json" });
    const client_token = `lp_ct_${platform.tokens}`;
    response.end(JSON.stringify({ id: "ct_4YtAbCdEfGhIjKlMnOpQrS", client_token, expires_at }));
  };
  platform.server = createServer((request, response) => void answer(request, response));
  platform.server.listen(0, "127.0.0.1");
  await once(platform.server, "listening");
  const address = platform.server.address();
  platform.origin = typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
});

afterAll(() => {
  platform.server?.closeAllConnections();
  platform.server?.close();
  vi.unstubAllGlobals();
});

let people = 0;
beforeEach(() => {
  people += 1;
  platform.requests = [];
  const marker = { email: `person${people}@example.org`, expiresAt: Date.now() + 600_000 };
  storage.set("llm-tuner.signed-in", JSON.stringify(marker));
});

const ask = async (signal = new AbortController().signal): Promise<ChatEvent[]> => {
  const events: ChatEvent[] = [];
  await streamChat({ body: { model: "m", messages: [] }, signal, onEvents: (more) => events.push(...more) });
  return events;
};

const chats = () => platform.requests.filter(({ path }) => path === "/v1/chat/completions");

describe("asking the gateway", () => {
  it("shows a token that the session made, once for many questions, and asks for the usage", async () => {
    platform.chat = (_, response) => {
      response.writeHead(200, {
        "x-request-id": "req_4YtAbCdEfGhIjKl",
        "x-gateway-provider": "openai",
        "x-gateway-warnings": "seed: has no word there",
      });
      response.end(whole);
    };
    const [events] = await Promise.all([ask(), ask()]);
    expect(events).toEqual([
      { type: "begun", requestId: "req_4YtAbCdEfGhIjKl", provider: "openai", warnings: ["seed: has no word there"] },
      ...wholeEvents,
    ]);
    await ask();
    const [question, ...others] = chats();
    expect(JSON.parse(question?.body ?? "")).toEqual({
      model: "m",
      messages: [],
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(others.map(({ authorization }) => authorization)).toEqual([
      question?.authorization,
      question?.authorization,
    ]);
    expect(question?.authorization).toMatch(/^Bearer lp_ct_\d+$/);
    expect(platform.requests.filter(({ path }) => path === "/api/auth/client-token")).toHaveLength(1);
    expect([...storage.values()].join()).not.toContain("lp_ct");
  });

  it("makes another token for another person, and when one has ended", async () => {
    let refusals = 1;
    platform.chat = (_, response) => {
      if (refusals-- <= 0) return void response.end(whole);
      response.writeHead(401, { "content-type": "application/json" });
      const error = {
        message: "It has ended.",
        type: "authentication_error",
        param: null,
        code: "client_token_expired",
      };
      response.end(JSON.stringify({ error }));
    };
    await ask();
    const [first, second] = chats();
    expect(first?.authorization).not.toBe(second?.authorization);
    storage.set("llm-tuner.signed-in", JSON.stringify({ email: "other@example.org", expiresAt: Date.now() + 600_000 }));
    await ask();
    expect(chats().at(-1)?.authorization).not.toBe(second?.authorization);
  });

  it("passes on which limit refused it, and how long to wait", async () => {
    platform.chat = (_, response) => {
      response.writeHead(429, { "retry-after": "8", "retry-after-ms": "7250", "x-request-id": "req_1" });
      const error = {
        message: "The limit is reached.",
        type: "rate_limit_error",
        param: "model",
        code: "account_requests_per_minute_exceeded",
      };
      response.end(JSON.stringify({ error }));
    };
    await expect(ask()).rejects.toMatchObject({
      status: 429,
      code: "account_requests_per_minute_exceeded",
      message: "The limit is reached.",
      requestId: "req_1",
      details: { retry_after_seconds: 7.25, places: [{ field: "model" }] },
    });
  });

  it("says that a stream broke off when the connection is lost", async () => {
    platform.chat = (_, response) => {
      response.write(chunk({ content: "Half" }), () => response.destroy());
    };
    await expect(ask()).rejects.toMatchObject({ code: "answer_broken_off" });
  });

  it("ends the request when it is stopped", async () => {
    const closed = Promise.withResolvers<void>();
    platform.chat = (_, response) => {
      response.write(chunk({ content: "Half" }));
      response.once("close", () => closed.resolve());
    };
    const abort = new AbortController();
    const stopped = streamChat({
      body: {},
      signal: abort.signal,
      onEvents: (events) => (events.some(({ type }) => type === "text") ? abort.abort() : undefined),
    });
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    await closed.promise;
  });
});

import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { APIUserAbortError } from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { modelUnavailable } from "./errors.ts";
import type { GatewayOptions } from "./options.ts";
import { chatChunk, doneEvent, event, sends, usageOf, type FakeStep } from "./testing/fake-upstream.ts";
import { startTestGateway, testKey, type TestGateway } from "./testing/test-gateway.ts";

let test: TestGateway;
beforeEach(async () => {
  test = await startTestGateway();
});
afterEach(async () => {
  await test.close();
  if (test.openLeases() !== 0) throw new Error("a lease was not released");
});

/** Limits so short that a test can run into them; only for tests that do, since a busy machine may as well. */
const restart = async (options: Partial<GatewayOptions>): Promise<void> => {
  await test.close();
  test = await startTestGateway(options);
};

const messages = [{ role: "user" as const, content: "twelve chars" }];
const content = (text: string) => event(chatChunk({ content: text }));
const forever = { wait: new Promise(() => undefined) };

const errorOf = async (response: Response): Promise<unknown> => {
  const body: unknown = await response.json();
  return body;
};

/** A raw request whose answer is read only when the test says so. */
const openStream = async (body: object): Promise<IncomingMessage> => {
  const request = httpRequest(`${test.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${testKey}`, "content-type": "application/json" },
  });
  request.end(JSON.stringify(body));
  // The second argument of the event is nothing; the first is the response.
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
};

describe("a client that goes away", () => {
  it("in the middle of a stream stops the provider, and pays for the pieces that came", async () => {
    test.upstream.plan({ steps: [...sends(content("a"), content("b")), forever] });
    const stream = await test.client().chat.completions.create({ model: "tuned", messages, stream: true });
    let seen = 0;
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content === undefined) continue;
      seen += 1;
      if (seen === 2) break;
    }
    const [asked] = test.upstream.requests;
    expect(await asked?.over).toBe(true);
    expect(await test.meter.nextSettlement()).toMatchObject({
      outcome: "aborted",
      usage: { counts: { inputUncached: 4 + 3, outputText: 2 }, source: "partial" },
      errorCode: null,
    });
  });

  it("pays by the provider's own count where one had come", async () => {
    const counted = event(chatChunk({ content: "a" }, { usage: usageOf(9, 1) }));
    test.upstream.plan({ steps: [...sends(counted), forever] });
    const response = await openStream({ model: "tuned", messages, stream: true });
    await once(response, "data");
    response.destroy();
    expect(await test.meter.nextSettlement()).toMatchObject({
      outcome: "aborted",
      usage: { counts: { inputUncached: 9, outputText: 1 }, source: "partial" },
    });
  });

  it("before any answer stops the provider and pays nothing", async () => {
    test.upstream.plan({ steps: [forever] });
    const abort = new AbortController();
    const asking = test
      .client()
      .chat.completions.create({ model: "tuned", messages, stream: true }, { signal: abort.signal });
    const asked = await test.upstream.nextRequest();
    abort.abort();
    await expect(asking).rejects.toBeInstanceOf(APIUserAbortError);
    expect(await asked.over).toBe(true);
    expect(await test.meter.nextSettlement()).toMatchObject({
      outcome: "aborted",
      usage: { counts: { inputUncached: 0, outputText: 0 } },
    });
  });

  it("while the model starts ends the start", async () => {
    let started: () => void = () => undefined;
    const starting = new Promise<void>((resolve) => (started = resolve));
    test.onAcquire(
      (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("start cancelled")));
          started();
        }),
    );
    const abort = new AbortController();
    const asking = test.client().chat.completions.create({ model: "tuned", messages }, { signal: abort.signal });
    await starting;
    abort.abort();
    await expect(asking).rejects.toBeInstanceOf(APIUserAbortError);
    expect(await test.meter.nextSettlement()).toMatchObject({ outcome: "aborted", errorCode: null });
    expect(test.upstream.requests).toHaveLength(0);
  });

  it("after [DONE] has had its whole answer", async () => {
    test.upstream.plan({ steps: [...sends(event(chatChunk({}, { finish_reason: "stop" })), doneEvent)] });
    const response = await openStream({ model: "tuned", messages, stream: true });
    for await (const piece of response) if (String(piece).includes("[DONE]")) break;
    expect((await test.meter.nextSettlement()).outcome).toBe("completed");
  });
});

describe("a slow client", () => {
  const line = content("x".repeat(64 * 1024));

  const pieces = 400;

  /** 26 MB, far more than the kernel's buffers hold; each piece is made when it is its turn, which counts them. */
  const counted = (): { sent: () => number; steps: FakeStep[] } => {
    let sent = 0;
    const step = (): FakeStep => ({
      get send() {
        sent += 1;
        return line;
      },
    });
    return { sent: () => sent, steps: Array.from({ length: pieces }, step) };
  };

  it("gets everything", async () => {
    const finish = event(chatChunk({}, { finish_reason: "stop" }));
    test.upstream.plan({ steps: [...counted().steps, ...sends(finish, doneEvent)] });
    const response = await openStream({ model: "upstream-model", messages, stream: true });
    let bytes = 0;
    for await (const piece of response) bytes += Buffer.byteLength(piece);
    expect(bytes).toBeGreaterThan(pieces * 64 * 1024);
    expect((await test.meter.nextSettlement()).outcome).toBe("completed");
  });

  it("that stands still slows the provider down, and is cut off in the end", async () => {
    await restart({ clientStallTimeoutMs: 200 });
    const { sent, steps } = counted();
    test.upstream.plan({ steps });
    const response = await openStream({ model: "upstream-model", messages, stream: true });
    const settlement = await test.meter.nextSettlement();
    expect(settlement.outcome).toBe("aborted");
    const [asked] = test.upstream.requests;
    expect(await asked?.over).toBe(true);
    expect(sent()).toBeLessThan(pieces);
    const reading = (async () => {
      for await (const piece of response) expect(piece).toBeDefined();
    })();
    await expect(reading).rejects.toThrow(/aborted/);
  });
});

describe("time limits", () => {
  it("504 when the provider does not begin, and the request is stopped there", async () => {
    await restart({ firstByteTimeoutMs: 100 });
    test.upstream.plan({ after: forever.wait, steps: [] });
    const response = await test.post("/v1/chat/completions", { model: "tuned", messages });
    expect(response.status).toBe(504);
    expect(await errorOf(response)).toMatchObject({ error: { code: "provider_timeout" } });
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(await test.upstream.requests[0]?.over).toBe(true);
  });

  it("504 when a stream is silent before its first event", async () => {
    await restart({ idleTimeoutMs: 100 });
    test.upstream.plan({ steps: [forever] });
    const response = await test.post("/v1/chat/completions", { model: "tuned", messages, stream: true });
    expect(response.status).toBe(504);
  });

  it("edge case 20: an error event when a stream falls silent, after comments that kept the connection alive", async () => {
    await restart({ idleTimeoutMs: 300, keepAliveIntervalMs: 20 });
    test.upstream.plan({ steps: [...sends(content("a")), forever] });
    const response = await test.post("/v1/chat/completions", { model: "tuned", messages, stream: true });
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).toContain(": keep-alive\n\n");
    expect(text).toContain('"code":"provider_timeout"');
    expect(text).not.toContain("[DONE]");
    expect(await test.meter.nextSettlement()).toMatchObject({
      outcome: "failed",
      usage: { counts: { outputText: 1 } },
    });
  });
});

describe("a provider that cannot be reached", () => {
  it("502 when nobody listens", async () => {
    const response = await test.post("/v1/chat/completions", { model: "gone", messages });
    expect(response.status).toBe(502);
    expect(await errorOf(response)).toMatchObject({ error: { code: "provider_unreachable" } });
    expect(response.headers.get("x-should-retry")).toBe("true");
    expect(await test.meter.nextSettlement()).toMatchObject({
      outcome: "failed",
      usage: { counts: { inputUncached: 0 } },
    });
  });

  it("503 with the time to wait when the model cannot be started", async () => {
    test.onAcquire(() =>
      Promise.reject(modelUnavailable({ message: "The worker ran out of memory.", retryAfterSeconds: 30 })),
    );
    const response = await test.post("/v1/chat/completions", { model: "tuned", messages });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("30");
    expect(await errorOf(response)).toMatchObject({
      error: { code: "model_unavailable", message: "The worker ran out of memory." },
    });
  });

  it("500 without detail when a port breaks, with the cause in the log", async () => {
    test.onAcquire(() => Promise.reject(new Error("password=hunter2")));
    const response = await test.post("/v1/chat/completions", { model: "tuned", messages });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("hunter2");
    expect(test.log.find(({ level }) => level === "error")?.fields["err"]).toMatchObject({
      message: "password=hunter2",
    });
  });
});

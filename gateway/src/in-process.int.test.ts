import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeText } from "./json.ts";
import type { GatewayReply } from "./receive/exchange.ts";
import { chatChunk, doneEvent, event, jsonAnswer, sends, usageOf } from "./testing/fake-upstream.ts";
import { startTestGateway, testCaller, type TestGateway } from "./testing/test-gateway.ts";

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
});
afterAll(() => test.close());

const body = { model: "upstream-model", messages: [{ role: "user", content: "hi" }] };
const neverAborted = new AbortController().signal;

/** Keeps what it is given. */
const recorder = () => {
  const seen = { started: 0, text: "", ended: 0, broken: 0 };
  const take = (bytes?: Uint8Array): void => void (seen.text += bytes === undefined ? "" : decodeText(bytes));
  const reply: GatewayReply = {
    start: () => void (seen.started += 1),
    write: (bytes) => {
      take(bytes);
      return true;
    },
    onDrain: () => undefined,
    end: (bytes) => {
      take(bytes);
      seen.ended += 1;
    },
    breakOff: () => void (seen.broken += 1),
  };
  return { seen, reply };
};

const content = event(chatChunk({ content: "grün" }));
const ends = sends(
  event(chatChunk({}, { finish_reason: "stop" })),
  event(chatChunk(null, { usage: usageOf(5, 2) })),
  doneEvent,
);

describe("an answer that is streamed within the process", () => {
  it("comes as the same events as over HTTP, and is metered", async () => {
    test.upstream.plan({ steps: [...sends(content), ...ends] });
    const { seen, reply } = recorder();
    const answer = await test.gateway.chatStream(testCaller, body, reply, neverAborted);
    expect(answer).toMatchObject({
      status: 200,
      body: null,
      provider: "tuned",
      usage: { source: "reported", counts: { inputUncached: 5, outputText: 2 } },
      costNanoUsd: 110,
    });
    expect(seen).toMatchObject({ started: 1, ended: 1, broken: 0 });
    expect(seen.text).toContain("grün");
    expect(seen.text).toMatch(/data: \[DONE\]\n\n$/);
    expect(test.meter.settlements.at(-1)).toMatchObject({ requestId: answer.requestId, stream: true });
  });

  it("that fails before its beginning is told as status and body, and starts nothing", async () => {
    test.upstream.plan(jsonAnswer({ error: { message: "too long" } }, 400));
    const { seen, reply } = recorder();
    const answer = await test.gateway.chatStream(testCaller, body, reply, neverAborted);
    expect(answer).toMatchObject({ status: 400, body: { error: { message: "too long" } } });
    expect(seen).toEqual({ started: 0, text: "", ended: 0, broken: 0 });
  });

  it("that fails later ends with an error event and without [DONE]", async () => {
    test.upstream.plan({ steps: [...sends(content), { reset: true }] });
    const { seen, reply } = recorder();
    const answer = await test.gateway.chatStream(testCaller, body, reply, neverAborted);
    expect(answer).toMatchObject({ status: 200, usage: { source: "partial" } });
    expect(seen.ended).toBe(1);
    expect(seen.text).toContain("provider_disconnected");
    expect(seen.text).not.toContain("[DONE]");
  });

  it("rejects with the reason of its signal", async () => {
    const abort = new AbortController();
    test.upstream.plan(() => {
      abort.abort(new Error("enough"));
      return { steps: [...sends(content), { wait: new Promise(() => undefined) }] };
    });
    const { reply } = recorder();
    await expect(test.gateway.chatStream(testCaller, body, reply, abort.signal)).rejects.toThrow("enough");
    expect(await test.upstream.requests.at(-1)?.over).toBe(true);
  });
});

describe("a whole answer within the process", () => {
  it("says what a failed exchange cost, and when to try again", async () => {
    test.upstream.plan(jsonAnswer({ error: { message: "slow down" } }, 429, { "retry-after": "7" }));
    const limited = await test.gateway.chat(testCaller, body);
    expect(limited).toMatchObject({ status: 429, retryAfterSeconds: 7, costNanoUsd: 0 });
    expect(limited.error).toMatchObject({ code: "provider_rate_limited", retryable: true });
    expect(test.meter.settlements.at(-1)).toMatchObject({ requestId: limited.requestId, outcome: "failed" });
    expect((await test.gateway.chat(testCaller, body)).error).toBeNull();
  });

  it("cannot be asked for as a stream by its body", async () => {
    const answer = await test.gateway.chat(testCaller, { ...body, stream: true });
    expect(answer).toMatchObject({ status: 400, body: { error: { param: "stream" } }, costNanoUsd: null });
  });
});

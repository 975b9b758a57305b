import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DisconnectPolicy } from "./ports.ts";
import { chatChunk, doneEvent, event, sends, usageOf } from "./testing/fake-upstream.ts";
import { startTestGateway, testKey, type TestGateway } from "./testing/test-gateway.ts";

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway({ maxDrains: 1, drainTimeoutMs: 200 });
});
afterAll(() => test.close());

const offer = (stream: DisconnectPolicy, whole: DisconnectPolicy = "abort"): void =>
  void test.plans.set("leaving", {
    steps: [[{ route: test.routeTo(undefined, { onDisconnect: { stream, whole } }), weight: 1 }]],
  });

const first = event(chatChunk({ content: "one" }));
const rest = sends(
  event(chatChunk({ content: " two" })),
  event(chatChunk({}, { finish_reason: "stop" })),
  event(chatChunk(null, { usage: usageOf(5, 40) })),
  doneEvent,
);

/** Asks, and goes away when the first piece has come. */
const leave = async (): Promise<void> => {
  const abort = new AbortController();
  const response = await fetch(`${test.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${testKey}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "leaving", messages: [{ role: "user", content: "hi" }], stream: true }),
    signal: abort.signal,
  });
  await response.body?.getReader().read();
  const noticed = test.nextDeparture();
  abort.abort();
  await noticed;
};

describe("edge case 21: a client that leaves a stream", () => {
  it("stops the provider where the policy is to abort, and pays for what had come", async () => {
    offer("abort");
    test.upstream.plan({ steps: [...sends(first), { wait: new Promise(() => undefined) }] });
    await leave();
    expect(await test.meter.nextSettlement()).toMatchObject({
      outcome: "aborted",
      disconnect: "abort",
      usage: { source: "partial", counts: { outputText: 1 } },
    });
    expect(await test.upstream.requests.at(-1)?.over).toBe(true);
  });

  it("lets it finish where the policy is to drain, and pays what the provider reports", async () => {
    offer("drain");
    const gone = Promise.withResolvers<void>();
    test.upstream.plan({ steps: [...sends(first), { wait: gone.promise }, ...rest] });
    await leave();
    gone.resolve();
    expect(await test.meter.nextSettlement()).toMatchObject({
      outcome: "aborted",
      disconnect: "drain",
      usage: { source: "reported", counts: { inputUncached: 5, outputText: 40 } },
    });
    expect(await test.upstream.requests.at(-1)?.over).toBe(false);
  });

  it("does not wait for ever for the end", async () => {
    offer("drain");
    test.upstream.plan({ steps: [...sends(first), { wait: new Promise(() => undefined) }] });
    await leave();
    expect(await test.meter.nextSettlement()).toMatchObject({
      outcome: "aborted",
      disconnect: "abort",
      usage: { source: "partial" },
    });
    expect(await test.upstream.requests.at(-1)?.over).toBe(true);
  });

  it("drains no more answers at once than the limit, and breaks the others off", async () => {
    offer("drain");
    const gone = Promise.withResolvers<void>();
    test.upstream.plan(
      { steps: [...sends(first), { wait: gone.promise }, ...rest] },
      { steps: [...sends(first), { wait: gone.promise }, ...rest] },
    );
    const settled = [test.meter.nextSettlement(), test.meter.nextSettlement()];
    await Promise.all([leave(), leave()]);
    expect(await settled[0]).toMatchObject({ disconnect: "abort" });
    gone.resolve();
    expect(await settled[1]).toMatchObject({ disconnect: "drain", usage: { source: "reported" } });
  });
});

describe("a client that leaves a whole answer", () => {
  it("pays what the provider reports where the policy is to drain", async () => {
    offer("abort", "drain");
    const [arrived, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    test.upstream.plan(() => {
      arrived.resolve();
      return {
        headers: { "content-type": "application/json" },
        after: gone.promise,
        steps: [{ send: JSON.stringify({ choices: [], usage: usageOf(5, 40) }) }],
      };
    });
    const abort = new AbortController();
    const answered = fetch(`${test.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${testKey}` },
      body: JSON.stringify({ model: "leaving", messages: [{ role: "user", content: "hi" }] }),
      signal: abort.signal,
    });
    await arrived.promise;
    const noticed = test.nextDeparture();
    abort.abort();
    await expect(answered).rejects.toThrow("aborted");
    await noticed;
    gone.resolve();
    expect(await test.meter.nextSettlement()).toMatchObject({
      outcome: "aborted",
      disconnect: "drain",
      usage: { source: "reported", counts: { outputText: 40 } },
    });
  });
});

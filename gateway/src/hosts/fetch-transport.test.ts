import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createFetchTransport } from "./fetch-transport.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const request = {
  origin: new URL("https://provider.test"),
  method: "GET",
  path: "/",
  headers: {},
  body: null,
  headersTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
} as const;

it("leaves no timer behind when it is ended while its client is slow", async () => {
  const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(Uint8Array.of(1)) });
  const { promise: came, resolve: tell } = Promise.withResolvers<void>();
  const transport = createFetchTransport(async () => new Response(body));
  const ended: unknown[] = [];
  const exchange = transport.send(request, {
    onStart: () => undefined,
    onData() {
      exchange.pause();
      tell();
    },
    onEnd: () => void ended.push("end"),
    onFailure: (failure) => void ended.push(failure),
  });
  await came;
  exchange.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
  expect(ended).toEqual([]);
});

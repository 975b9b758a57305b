import { setImmediate } from "node:timers/promises";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { eventStream, type ServerSentEvent } from "./event-stream.ts";

async function* of(...events: ServerSentEvent[]): AsyncGenerator<ServerSentEvent> {
  yield* events;
}

describe("an event stream", () => {
  it("writes id, event and data as the standard says, data on one line", async () => {
    expect(await text(eventStream(of({ id: "a", event: "log", data: "two\nlines" }, { data: { x: null } })))).toBe(
      'retry: 2000\n\nid: a\nevent: log\ndata: "two\\nlines"\n\ndata: {"x":null}\n\n',
    );
  });

  it("says something while nothing happens", async () => {
    const go = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<ServerSentEvent> {
      await go.promise;
      yield { data: 1 };
    }
    const body = eventStream(slow(), { keepAliveMs: 1 });
    let said = "";
    for await (const chunk of body) {
      said += String(chunk);
      if (said.includes(":\n\n:\n\n")) go.resolve();
    }
    expect(said).toMatch(/^retry: 2000\n\n(:\n\n)+data: 1\n\n$/);
  });

  it("takes events only as fast as they are read", async () => {
    let taken = 0;
    async function* endless(): AsyncGenerator<ServerSentEvent> {
      for (;;) yield { data: `${taken++}`.padEnd(1000) };
    }
    const body = eventStream(endless());
    body.read();
    for (let turn = 0; turn < 200; turn++) await setImmediate();
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(40);
    body.destroy();
  });

  it("ends its source when it is destroyed, also while that waits", async () => {
    const ended = Promise.withResolvers<void>();
    const source: AsyncIterable<ServerSentEvent> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        async return() {
          ended.resolve();
          return { done: true, value: undefined };
        },
      }),
    };
    const body = eventStream(source);
    body.resume();
    await setImmediate();
    body.destroy();
    await expect(ended.promise).resolves.toBeUndefined();
  });

  it("fails when its source fails", async () => {
    async function* failing(): AsyncGenerator<ServerSentEvent> {
      yield { data: 1 };
      throw new Error("lost");
    }
    await expect(text(eventStream(failing()))).rejects.toThrow("lost");
  });
});

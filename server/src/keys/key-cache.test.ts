import { describe, expect, it } from "vitest";
import { createMovableClock } from "../platform/testing/movable-clock.ts";
import { createKeyCache } from "./key-cache.ts";

function createReads() {
  const reads: string[] = [];
  const rows = new Map([["key_a", { version: 1 }]]);
  const clock = createMovableClock();
  const cache = createKeyCache(async (id) => {
    reads.push(id);
    return rows.get(id) ?? null;
  }, clock);
  return { reads, rows, clock, cache };
}

describe("key cache", () => {
  it("remembers a key for 10 seconds", async () => {
    const { reads, clock, cache } = createReads();
    await cache.get("key_a");
    clock.advance(9999);
    expect(await cache.get("key_a")).toEqual({ version: 1 });
    expect(reads).toHaveLength(1);
    clock.advance(2);
    await cache.get("key_a");
    expect(reads).toHaveLength(2);
  });

  it("remembers for one second that there is no such key", async () => {
    const { reads, rows, clock, cache } = createReads();
    expect(await cache.get("key_b")).toBeNull();
    rows.set("key_b", { version: 1 });
    clock.advance(999);
    expect(await cache.get("key_b")).toBeNull();
    clock.advance(2);
    expect(await cache.get("key_b")).toEqual({ version: 1 });
    expect(reads).toHaveLength(2);
  });

  it("forgets one key, or all", async () => {
    const { rows, cache } = createReads();
    await cache.get("key_a");
    rows.set("key_a", { version: 2 });
    cache.forget("key_a");
    expect(await cache.get("key_a")).toEqual({ version: 2 });
    rows.set("key_a", { version: 3 });
    cache.forgetAll();
    expect(await cache.get("key_a")).toEqual({ version: 3 });
  });

  it("does not remember what was read while the key changed", async () => {
    const clock = createMovableClock();
    const held = Promise.withResolvers<{ version: number }>();
    const answers = [held.promise, Promise.resolve({ version: 2 })];
    const cache = createKeyCache(() => answers.shift() ?? Promise.resolve(null), clock);
    const reading = cache.get("key_a");
    cache.forget("key_a");
    held.resolve({ version: 1 });
    await reading;
    expect(await cache.get("key_a")).toEqual({ version: 2 });
  });
});

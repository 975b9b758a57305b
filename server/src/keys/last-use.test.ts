import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silentLog } from "../platform/log/log.ts";
import { createMovableClock } from "../platform/testing/movable-clock.ts";
import { createLastUse } from "./last-use.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function createNotes() {
  const written: { id: string; at: Date }[][] = [];
  const store = { failing: false };
  const clock = createMovableClock();
  const lastUse = createLastUse({
    write: async (uses) => {
      if (store.failing) throw new Error("the database is away");
      written.push([...uses]);
    },
    clock,
    log: silentLog,
  });
  return { written, store, clock, lastUse };
}

describe("last use of API keys", () => {
  it("is written once a minute however often a key is used, with the latest time", async () => {
    const { written, clock, lastUse } = createNotes();
    for (let call = 0; call < 100; call += 1) {
      clock.advance(1);
      lastUse.note("key_a");
    }
    lastUse.note("key_b");
    await vi.advanceTimersByTimeAsync(59_999);
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(written).toEqual([
      [
        { id: "key_a", at: clock.now() },
        { id: "key_b", at: clock.now() },
      ],
    ]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(written).toHaveLength(1);
  });

  it("is written at shutdown", async () => {
    const { written, clock, lastUse } = createNotes();
    lastUse.note("key_a");
    await lastUse.flush();
    expect(written).toEqual([[{ id: "key_a", at: clock.now() }]]);
    await lastUse.flush();
    expect(written).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("survives a database that is away: older notes wait, newer ones win", async () => {
    const { written, store, clock, lastUse } = createNotes();
    store.failing = true;
    lastUse.note("key_a");
    lastUse.note("key_b");
    await lastUse.flush();
    const before = clock.now();
    clock.advance(1000);
    lastUse.note("key_a");
    store.failing = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(written).toEqual([
      [
        { id: "key_a", at: clock.now() },
        { id: "key_b", at: before },
      ],
    ]);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silentLog } from "../log/log.ts";
import { createFreshness } from "./freshness.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

function createLoads() {
  const state: { count: number; failing: boolean; held?: Promise<void> } = { count: 0, failing: false };
  const load = async () => {
    state.count += 1;
    await state.held;
    if (state.failing) throw new Error("the database is away");
  };
  return { state, freshness: createFreshness({ load, freshMs: 5000, staleMs: 60_000, log: silentLog }) };
}

describe("freshness", () => {
  it("loads at the first use, once for all who wait", async () => {
    const { state, freshness } = createLoads();
    await Promise.all([freshness.ensure(), freshness.ensure()]);
    expect(state.count).toBe(1);
    expect(freshness.ensure()).toBeUndefined();
  });

  it("loads in the background when it is no longer fresh, and nobody waits for it", async () => {
    const { state, freshness } = createLoads();
    await freshness.ensure();
    vi.advanceTimersByTime(5001);
    expect(freshness.ensure()).toBeUndefined();
    expect(state.count).toBe(2);
  });

  it("goes on without the database for a minute and then no longer", async () => {
    const { state, freshness } = createLoads();
    await freshness.ensure();
    state.failing = true;
    vi.advanceTimersByTime(59_000);
    expect(freshness.ensure()).toBeUndefined();
    vi.advanceTimersByTime(1001);
    await expect(freshness.ensure()).rejects.toThrow("away");
    state.failing = false;
    await freshness.ensure();
    expect(freshness.ensure()).toBeUndefined();
  });

  it("loads again when something changed while it was loading", async () => {
    const { state, freshness } = createLoads();
    const held = Promise.withResolvers<void>();
    state.held = held.promise;
    const ready = freshness.ensure();
    freshness.invalidate();
    held.resolve();
    await ready;
    expect(state.count).toBe(2);
    expect(freshness.ensure()).toBeUndefined();
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silentLog } from "../log/log.ts";
import { createHousekeeping } from "./housekeeping.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const hourMs = 3_600_000;

describe("housekeeping", () => {
  it("runs at the start and every hour until it is stopped", async () => {
    let rounds = 0;
    const housekeeping = createHousekeeping({ tasks: [async () => (rounds += 1)], log: silentLog });
    housekeeping.start();
    expect(rounds).toBe(1);
    await vi.advanceTimersByTimeAsync(2 * hourMs);
    expect(rounds).toBe(3);
    await housekeeping.stop();
    await vi.advanceTimersByTimeAsync(5 * hourMs);
    expect(rounds).toBe(3);
  });

  it("goes on after a task that failed, says so, and lets the others run", async () => {
    const lines: string[] = [];
    let rounds = 0;
    const housekeeping = createHousekeeping({
      tasks: [() => Promise.reject(new Error("broken")), async () => (rounds += 1)],
      log: { ...silentLog, error: (_fields, message) => lines.push(message) },
    });
    housekeeping.start();
    await vi.advanceTimersByTimeAsync(hourMs);
    await housekeeping.stop();
    expect(rounds).toBe(2);
    expect(lines).toEqual(["a housekeeping task failed", "a housekeeping task failed"]);
  });

  it("waits at stop for a task that is under way", async () => {
    const task = Promise.withResolvers<void>();
    const housekeeping = createHousekeeping({ tasks: [() => task.promise], log: silentLog });
    housekeeping.start();
    let isStopped = false;
    const stopped = housekeeping.stop().then(() => (isStopped = true));
    await vi.advanceTimersByTimeAsync(0);
    expect(isStopped).toBe(false);
    task.resolve();
    expect(await stopped).toBe(true);
  });
});

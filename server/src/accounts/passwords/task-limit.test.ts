import { describe, expect, it } from "vitest";
import { createTaskLimit } from "./task-limit.ts";

const busy = () => new Error("busy");

/** A task that says that it began and ends when told. */
function heldTask() {
  const held = Promise.withResolvers<string>();
  const state = { began: false };
  return {
    state,
    finish: held.resolve,
    fail: held.reject,
    run: () => {
      state.began = true;
      return held.promise;
    },
  };
}

describe("task limit", () => {
  it("runs no more at once than it may and keeps the order", async () => {
    const limit = createTaskLimit({ concurrency: 1, maxWaiting: 10, busy });
    const [first, second, third] = [heldTask(), heldTask(), heldTask()];
    const results = [limit(first.run), limit(second.run), limit(third.run)];
    expect([first, second, third].map(({ state }) => state.began)).toEqual([true, false, false]);
    first.finish("1");
    expect(await results[0]).toBe("1");
    expect([second, third].map(({ state }) => state.began)).toEqual([true, false]);
    second.finish("2");
    third.finish("3");
    expect(await Promise.all(results)).toEqual(["1", "2", "3"]);
  });

  it("refuses beyond its queue and takes tasks again once there is room", async () => {
    const limit = createTaskLimit({ concurrency: 1, maxWaiting: 1, busy });
    const [running, waiting] = [heldTask(), heldTask()];
    const results = [limit(running.run), limit(waiting.run)];
    await expect(limit(async () => "too many")).rejects.toThrow("busy");
    running.finish("a");
    waiting.finish("b");
    await Promise.all(results);
    expect(await limit(async () => "again")).toBe("again");
  });

  it("gives the place of a failed task on", async () => {
    const limit = createTaskLimit({ concurrency: 1, maxWaiting: 1, busy });
    const failing = heldTask();
    const failed = limit(failing.run);
    const next = limit(async () => "next");
    failing.fail(new Error("broken"));
    await expect(failed).rejects.toThrow("broken");
    expect(await next).toBe("next");
  });
});

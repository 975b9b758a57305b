import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { RequestTimer } from "./request-timer.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

it("tells the gateway's own time from the time spent waiting", async () => {
  const timer = new RequestTimer();
  vi.advanceTimersByTime(3);
  const waited = timer.waitFor(new Promise((resolve) => setTimeout(() => resolve("body"), 100)));
  await vi.advanceTimersByTimeAsync(100);
  expect(await waited).toBe("body");
  vi.advanceTimersByTime(2);
  expect(timer.elapsedMs()).toBe(105);
  expect(timer.overheadMs()).toBe(5);
});

it("stops waiting when what it waited for fails, and takes a second start or stop for none", async () => {
  const timer = new RequestTimer();
  await expect(timer.waitFor(Promise.reject(new Error("no")))).rejects.toThrow("no");
  timer.startWaiting();
  vi.advanceTimersByTime(10);
  timer.startWaiting();
  vi.advanceTimersByTime(10);
  timer.stopWaiting();
  timer.stopWaiting();
  vi.advanceTimersByTime(1);
  expect(timer.overheadMs()).toBe(1);
});

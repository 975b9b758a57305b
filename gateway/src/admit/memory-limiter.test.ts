import { expect, it } from "vitest";
import { describeLimiter } from "./limiter.suite.ts";
import type { Demand } from "./limiter.ts";
import { createMemoryLimiter } from "./memory-limiter.ts";

const createWatch = () => {
  let nowMs = Date.UTC(2026, 10, 21, 12);
  return { clock: { now: () => new Date(nowMs) }, advance: (ms: number) => void (nowMs += ms) };
};

const leaseMs = 60_000;
describeLimiter("memory", async () => {
  const { clock, advance } = createWatch();
  return {
    limiter: createMemoryLimiter({ clock, leaseMs }),
    otherNode: undefined,
    leaseMs,
    advance,
    tidy: async () => {},
    end: async () => {},
  };
});

const requests = (subject: string, amount = 1): Demand => ({
  kind: "requests",
  subject,
  model: null,
  limit: 2,
  amount,
});
const place = (subject: string): Demand => ({ kind: "concurrent", subject, model: null, limit: 1, amount: 1 });

it("forgets who came first when there are too many, but no place that is taken", async () => {
  const { clock } = createWatch();
  const limiter = createMemoryLimiter({ clock, maxLevels: 10 });
  await limiter.reserve("place", [place("first")]);
  await limiter.reserve("request", [requests("first", 2)]);
  for (let count = 0; count < 30; count += 1) await limiter.reserve(`req_${count}`, [requests(`other:${count}`)]);
  expect(await limiter.reserve("again", [requests("first", 2)])).toMatchObject({ granted: true });
  expect(await limiter.reserve("second", [place("first")])).toMatchObject({ granted: false });
});

it("takes a clock that goes backwards for one that stands still", async () => {
  const { clock, advance } = createWatch();
  const limiter = createMemoryLimiter({ clock });
  await limiter.reserve("one", [requests("a", 2)]);
  advance(-5000);
  expect(await limiter.reserve("two", [requests("a")])).toMatchObject({
    granted: false,
    refusedBy: { waitMs: 30_000 },
  });
  advance(5000);
  expect(await limiter.reserve("three", [requests("a")])).toMatchObject({ refusedBy: { waitMs: 30_000 } });
});

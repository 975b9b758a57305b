import { defaultLeaseMs } from "@llm-tuner/gateway/admit/limiter.ts";
import { afterAll, afterEach, expect, it, vi } from "vitest";
import { silentLog } from "../../platform/log/log.ts";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { createMovableClock } from "../../platform/testing/movable-clock.ts";
import { freeCaller, reservationOf } from "../testing/usage-requests.ts";
import { createKeptLimits } from "./kept-limits.ts";

const { database, drop } = await createTestDatabase();
afterEach(() => {
  vi.useRealTimers();
});
afterAll(drop);

it("extends the places of running requests before their leases end, until it is stopped", async () => {
  vi.useFakeTimers();
  const clock = createMovableClock();
  const kept = createKeptLimits({
    requestsPerMinute: 1_000_000,
    driver: "memory",
    database,
    tierOf: () => ({
      name: "standard",
      description: "",
      requests_per_minute: null,
      tokens_per_minute: null,
      concurrent_requests: 1,
      daily_spend_nano_usd: null,
      monthly_spend_nano_usd: null,
      model_limits: [],
      created_at: new Date(),
    }),
    clock,
    log: silentLog,
  });
  const take = async (requestId: string) =>
    kept.limits.take(reservationOf({ requestId, caller: freeCaller("user_1"), startedAt: clock.now() }));
  const pass = async (ms: number) => {
    clock.advance(ms);
    await vi.advanceTimersByTimeAsync(ms);
  };
  kept.start();
  await take("req_1");
  for (let count = 0; count < 10; count += 1) await pass(defaultLeaseMs / 3);
  await expect(take("req_2")).rejects.toMatchObject({ status: 429 });
  await kept.stop();
  await pass(defaultLeaseMs);
  await take("req_3");
});

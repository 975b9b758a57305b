import { createMemoryLimiter } from "@llm-tuner/gateway/admit/memory-limiter.ts";
import type { Limiter } from "@llm-tuner/gateway/admit/limiter.ts";
import { expect, it } from "vitest";
import { silentLog } from "../../platform/log/log.ts";
import { createMovableClock } from "../../platform/testing/movable-clock.ts";
import { freeCaller, reservationOf, settlementOf } from "../testing/usage-requests.ts";
import type { TierRow } from "../tiers/tiers.store.ts";
import { createRecentOutputs } from "./recent-outputs.ts";
import { createTierLimits } from "./tier-limits.ts";

const leaseMs = 60_000;
const tier: TierRow = {
  name: "standard",
  description: "",
  requests_per_minute: null,
  tokens_per_minute: null,
  concurrent_requests: 1,
  daily_spend_nano_usd: null,
  monthly_spend_nano_usd: null,
  model_limits: [],
  created_at: new Date(),
};

function createLimits(changed: Partial<TierRow> = {}) {
  const clock = createMovableClock();
  const limiter = createMemoryLimiter({ clock, leaseMs });
  const common = { tierOf: () => ({ ...tier, ...changed }), outputs: createRecentOutputs(), requestsPerMinute: 500 };
  const logged: string[] = [];
  const log = { ...silentLog, warn: (_fields: object, message: string) => void logged.push(message) };
  return {
    clock,
    limiter,
    logged,
    limits: createTierLimits({ ...common, limiter, clock, log }),
    /** As another process has them. */
    createOther: (other: Limiter) => createTierLimits({ ...common, limiter: other, clock, log }),
  };
}
const caller = freeCaller("user_1");
const request = (requestId: string) => reservationOf({ requestId, caller, startedAt: new Date() });
const settlement = (requestId: string) => settlementOf({ requestId, caller, startedAt: new Date() });
const refused = { status: 429, code: "account_concurrency_exceeded", retryable: true };

it("keeps the places of requests that run, for as long as their process extends them", async () => {
  const { clock, limits, limiter, createOther } = createLimits();
  await limits.take(request("req_1"));
  for (let count = 0; count < 5; count += 1) {
    clock.advance(leaseMs - 1);
    await limits.extend();
  }
  const other = createOther(limiter);
  await expect(async () => other.take(request("req_2"))).rejects.toMatchObject(refused);
  clock.advance(leaseMs - 1);
  // A process extends its own requests alone.
  await other.extend();
  clock.advance(1);
  await other.take(request("req_3"));
});

it("gives up a place that nobody frees for two hours, such as one of a satellite that died", async () => {
  const { clock, limits } = createLimits();
  await limits.take(request("req_1"));
  const extendFor = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += leaseMs / 2) {
      clock.advance(leaseMs / 2);
      await limits.extend();
    }
  };
  await extendFor(7_100_000);
  await expect(async () => limits.take(request("req_2"))).rejects.toMatchObject(refused);
  await extendFor(200_000);
  await limits.take(request("req_3"));
  // It comes after all, and takes nobody's place away.
  await limits.settle(settlement("req_1"), { inputTokens: 1, outputTokens: 1 });
  await expect(async () => limits.take(request("req_4"))).rejects.toMatchObject(refused);
});

it("frees a place that another process took, as a satellite may report to any of them", async () => {
  const { limits, limiter, createOther } = createLimits();
  await limits.take(request("req_1"));
  await createOther(limiter).settle(settlement("req_1"), { inputTokens: 1, outputTokens: 1 });
  await limits.extend();
  expect((await limits.take(request("req_2"))).limits).toMatchObject([{ kind: "requests" }, { remaining: 0 }]);
});

it("does not extend what is over, and gives back once what was not asked", async () => {
  const { limits } = createLimits({ requests_per_minute: 2 });
  await limits.take(request("req_1"));
  await limits.giveBack("req_1");
  await limits.giveBack("req_1");
  const { limits: states } = await limits.take(request("req_2"));
  expect(states?.map(({ kind, remaining }) => [kind, remaining])).toEqual([
    ["requests", 1],
    ["concurrent", 0],
  ]);
});

it("limits the requests of an account whose tier does not, and nothing else", async () => {
  const { limits } = createLimits({ concurrent_requests: null });
  const taken = await limits.take(request("req_1"));
  expect(taken.limits).toMatchObject([
    { kind: "requests", subject: "user:user_1", model: null, limit: 500, remaining: 499 },
  ]);
  await limits.settle(settlement("req_1"), { inputTokens: 1, outputTokens: 1 });
});

it("lets an answer end although its limits cannot be reached, and says so", async () => {
  const { limiter, createOther, logged } = createLimits();
  const away = async (): Promise<never> => Promise.reject(new Error("the database is away"));
  const limits = createOther({ ...limiter, settle: away, release: away });
  await limits.take(request("req_1"));
  await limits.settle(settlement("req_1"), { inputTokens: 1, outputTokens: 1 });
  expect(logged).toEqual(["what a request took from its limits is given back when its lease ends"]);
});

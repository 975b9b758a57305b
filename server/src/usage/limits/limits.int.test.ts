import type { createTier } from "@llm-tuner/contract/admin.ts";
import { afterAll, describe, expect, it } from "vitest";
import type { GatewayCaller } from "@llm-tuner/gateway/ports.ts";
import type { FakeStep } from "@llm-tuner/gateway/testing/fake-upstream.ts";
import type { z } from "zod";
import { authenticatorOf, createTestApp, testCaller } from "../../platform/testing/test-app.ts";
import { createUsageWorld, startMeteredGateway } from "../testing/usage-world.ts";

const world = await createUsageWorld({ spendPerMinute: 30 });
const { clock, usage, addUser, callerOf } = world;
const gateway = await startMeteredGateway(world, usage);
const app = await createTestApp({
  modules: [usage],
  authenticator: authenticatorOf({ admin: testCaller({ userId: await addUser(), role: "admin" }) }),
});
afterAll(async () => {
  await app.close();
  await gateway.close();
  await world.close();
});

const administer = async (method: "POST" | "PATCH", path: string, body: unknown): Promise<void> => {
  const { statusCode } = await app.inject({
    method,
    url: `/api/admin/tiers${path}`,
    headers: { authorization: "Bearer admin", "content-type": "application/json" },
    payload: JSON.stringify(body),
  });
  expect(statusCode).toBe(method === "POST" ? 201 : 200);
};
let names = 0;
async function makeTier(limits: Partial<z.input<typeof createTier.body>>): Promise<string> {
  const name = `tier-${(names += 1)}`;
  await administer("POST", "", { name, ...limits });
  return name;
}
const callerWith = async (tier: string): Promise<GatewayCaller> => ({ ...callerOf(await addUser()), tier });

/** A request that is answered to its end; 10 tokens are estimated for the question, 50 at most for the answer. */
async function ask(caller: GatewayCaller, body: Record<string, unknown> = {}) {
  const response = await gateway.ask(caller, body);
  const text = await response.text();
  const [message, code] = ["message", "code"].map((name) => new RegExp(`"${name}":"([^"]*)"`).exec(text)?.[1]);
  return { status: response.status, headers: response.headers, message, code };
}
const statusOf = async (caller: GatewayCaller, body?: Record<string, unknown>) => (await ask(caller, body)).status;

/** A stream that goes on until `end`, or until its reader goes away. */
async function openStream(caller: GatewayCaller, model = "tuned", through = gateway) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const chunk = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const steps: FakeStep[] = [
    { send: chunk({ content: "So" }, null) },
    { wait: promise },
    { send: `${chunk({}, "stop")}data: [DONE]\n\n` },
  ];
  through.upstream.plan({ steps });
  const leaving = new AbortController();
  const response = await through.ask(caller, { stream: true, model }, leaving.signal);
  expect(response.status).toBe(200);
  return {
    async end() {
      resolve();
      await response.text();
    },
    leave() {
      leaving.abort();
      resolve();
    },
  };
}

describe("a tier's limits", () => {
  it("SEC-24: streams per user: as many as the tier has, not one more, and one more once one has ended", async () => {
    const caller = await callerWith(await makeTier({ concurrent_requests: 3 }));
    const streams = [await openStream(caller), await openStream(caller), await openStream(caller)];
    const refused = await ask(caller);
    expect([refused.status, refused.headers.get("retry-after"), refused.code, refused.message]).toEqual([
      429,
      "1",
      "account_concurrency_exceeded",
      `The limit of this account (tier ${caller.tier}) is reached: 3 answers at once.`,
    ]);
    // Somebody else has places of their own.
    expect(await statusOf(await callerWith(caller.tier))).toBe(200);
    await streams[0]?.end();
    const next = await openStream(caller);
    expect(await statusOf(caller)).toBe(429);
    // A reader who goes away gives the place back too.
    next.leave();
    await expect.poll(() => statusOf(caller)).toBe(200);
    await Promise.all(streams.slice(1).map((stream) => stream.end()));
  });

  it("SEC-24: a place is given back when the provider fails and when the budget refuses", async () => {
    const caller = await callerWith(await makeTier({ concurrent_requests: 1 }));
    gateway.upstream.plan({ steps: [{ reset: true }] }, { status: 500, steps: [] });
    expect([await statusOf(caller), await statusOf(caller)]).toEqual([502, 502]);
    const spend = [{ subject: "key:no-money", period: "total", limitNanoUsd: 1, maxRequests: null } as const];
    expect(await statusOf({ ...caller, bounds: { ...caller.bounds, spend } })).toBe(402);
    expect(await statusOf(caller)).toBe(200);
  });

  it("SEC-24: requests a minute: the last is answered, one more is refused, and one passes when there is room again", async () => {
    const caller = await callerWith(await makeTier({ requests_per_minute: 6 }));
    for (let count = 0; count < 5; count += 1) expect(await statusOf(caller)).toBe(200);
    const last = await ask(caller);
    expect([last.status, last.headers.get("x-ratelimit-remaining-requests")]).toEqual([200, "0"]);
    const refused = await ask(caller);
    expect([refused.status, refused.headers.get("retry-after"), refused.headers.get("x-should-retry")]).toEqual([
      429,
      "10",
      "true",
    ]);
    clock.advance(9999);
    const almost = await ask(caller);
    expect([almost.status, almost.headers.get("retry-after"), almost.headers.get("retry-after-ms")]).toEqual([
      429,
      "1",
      "1",
    ]);
    clock.advance(1);
    expect([await statusOf(caller), await statusOf(caller)]).toEqual([200, 429]);
    clock.advance(60_000);
    const statuses: number[] = [];
    for (let count = 0; count < 7; count += 1) statuses.push(await statusOf(caller));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
  });

  it("SEC-24: tokens a minute: reserved by the estimate to the last one, corrected by what was used", async () => {
    // Two questions of 60 tokens at most fit side by side, and no third.
    const [exact, oneLess] = [await makeTier({ tokens_per_minute: 120 }), await makeTier({ tokens_per_minute: 119 })];
    const [caller, other] = [await callerWith(exact), await callerWith(oneLess)];
    const both = [await openStream(caller), await openStream(caller)];
    const refused = await ask(caller);
    expect([refused.status, refused.headers.get("x-ratelimit-remaining-tokens"), refused.message]).toEqual([
      429,
      "0",
      `The limit of this account (tier ${exact}) is reached: 120 tokens a minute.`,
    ]);
    const one = await openStream(other);
    expect(await statusOf(other)).toBe(429);
    await Promise.all([...both, one].map((stream) => stream.end()));
    // The provider counted nothing, so the gateway did: 10 for the question and one for the piece.
    const after = await ask(other);
    expect([after.status, after.headers.get("x-ratelimit-remaining-tokens")]).toEqual([200, String(119 - 11 - 60)]);
    // 12 were used of those 60.
    expect((await ask(other)).headers.get("x-ratelimit-remaining-tokens")).toBe(String(119 - 11 - 12 - 60));
  });

  it("SEC-24: a request that is larger than a whole minute's tokens is told so at once, one token less passes", async () => {
    const caller = await callerWith(await makeTier({ tokens_per_minute: 60 }));
    const refused = await ask(caller, { max_tokens: 51 });
    expect([refused.status, refused.headers.get("x-should-retry"), refused.code, refused.message]).toEqual([
      429,
      "false",
      "account_tokens_per_minute_exceeded",
      `This request may take 61 tokens, more than the whole limit of this account (tier ${caller.tier}): ` +
        "60 tokens a minute. Ask for fewer tokens with max_tokens.",
    ]);
    expect(await statusOf(caller, { max_tokens: 50 })).toBe(200);
    clock.advance(60_000);
    // Without a bound it counts as what is left.
    expect(await statusOf(caller, { max_tokens: undefined })).toBe(200);
  });

  it("SEC-24: spend per month: to the last nano-USD, not one less, and anew in the next month", async () => {
    // The hold is 20 × 20 + 50 × 60, the cost 7 × 20 + 5 × 60 nano-USD.
    const [enough, tooLittle] = [0.000_003_4 + 0.000_000_44, 0.000_003_4 + 0.000_000_439];
    const caller = await callerWith(await makeTier({ monthly_spend_usd: enough }));
    const other = await callerWith(await makeTier({ monthly_spend_usd: tooLittle }));
    expect([await statusOf(caller), await statusOf(other)]).toEqual([200, 200]);
    expect(await statusOf(caller)).toBe(200);
    const refused = await ask(other);
    expect([refused.status, refused.code, refused.message]).toEqual([
      402,
      "account_monthly_spend_exceeded",
      expect.stringContaining(`The budget of the tier ${other.tier} of this account, 0.000003839 USD a month`),
    ]);
    clock.advance(32 * 86_400_000);
    expect(await statusOf(other)).toBe(200);
    expect(await world.unequalCounters()).toEqual([]);
  });

  it("SEC-24: spend per day: to the last nano-USD, and anew at midnight by UTC, while the month goes on", async () => {
    const day = 86_400_000;
    // The days of this test are the first ones of a month, and so all of one month.
    const now = clock.now();
    clock.advance(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1) - now.getTime());
    const tier = await makeTier({ daily_spend_usd: 0.000_003_839, monthly_spend_usd: 0.000_004_279 });
    const caller = await callerWith(tier);
    expect(await statusOf(caller)).toBe(200);
    const refused = await ask(caller);
    expect([
      refused.status,
      refused.code,
      refused.headers.get("x-should-retry"),
      refused.headers.get("retry-after"),
    ]).toEqual([402, "account_daily_spend_exceeded", "false", null]);
    clock.advance(day - 1);
    expect(await statusOf(caller)).toBe(402);
    clock.advance(1);
    expect(await statusOf(caller)).toBe(200);
    clock.advance(day);
    // The day is new, but of the month less is left than one more may cost.
    expect((await ask(caller)).code).toBe("account_monthly_spend_exceeded");
    expect(await world.unequalCounters()).toEqual([]);
  });

  it("SEC-24: for models of a pattern: shared by them, beside the whole, and nothing to others", async () => {
    const tier = await makeTier({
      requests_per_minute: 10,
      model_limits: [
        { model: "big-*", requests_per_minute: 2 },
        { model: "big-one", concurrent_requests: 1, daily_spend_usd: 0.000_003_839 },
      ],
    });
    const caller = await callerWith(tier);
    const keyed = { ...caller, bounds: { ...caller.bounds, tier: { name: tier, subject: `key:${tier}` } } };
    const stream = await openStream(caller, "big-one");
    const second = await ask(caller, { model: "big-one" });
    expect([second.code, second.message]).toEqual([
      "account_model_concurrency_exceeded",
      `The limit of this account (tier ${tier}, models big-one) is reached: 1 answers at once.`,
    ]);
    await stream.end();
    // That one cost 10 × 20 + 1 × 60 nano-USD; what is left does not cover the hold.
    const dear = await ask(caller, { model: "big-one", max_tokens: 60 });
    expect([dear.status, dear.code, dear.message]).toEqual([
      402,
      "account_model_daily_spend_exceeded",
      expect.stringContaining(`the tier ${tier} of this account for models big-one, 0.000003839 USD a day`),
    ]);
    const other = await ask(keyed, { model: "big-two" });
    expect([other.status, other.headers.get("ratelimit")]).toEqual([
      200,
      '"user-requests";r=8;t=12, "user-requests big-*";r=0;t=60, "key-requests";r=9;t=6, "key-requests big-*";r=1;t=30',
    ]);
    expect((await ask(caller, { model: "big-two" })).code).toBe("account_model_requests_per_minute_exceeded");
    expect(await statusOf(caller)).toBe(200);
    await administer("PATCH", `/${tier}`, { model_limits: [] });
    expect(await statusOf(caller, { model: "big-one" })).toBe(200);
    expect(await world.unequalCounters()).toEqual([]);
  });

  it("count an answer without a bound as recent ones were, once enough of them are known", async () => {
    const caller = await callerWith(await makeTier({ tokens_per_minute: 5000 }));
    const left = async () => {
      const { headers } = await ask(caller, { max_tokens: undefined, model: "unpriced" });
      clock.advance(60_000);
      return headers.get("x-ratelimit-remaining-tokens");
    };
    const before = await left();
    for (let count = 1; count < 20; count += 1) await left();
    // 10 for the question, and 1000 before or 5 after for the answer.
    expect([before, await left()]).toEqual(["3990", "4985"]);
  });

  it("of a credential hold for it alone, besides the account's", async () => {
    const [wide, narrow] = [await makeTier({ requests_per_minute: 3 }), await makeTier({ requests_per_minute: 1 })];
    const account = await callerWith(wide);
    const keyed = { ...account, bounds: { ...account.bounds, tier: { name: narrow, subject: "key:narrow" } } };
    const first = await ask(keyed);
    expect(Object.fromEntries([...first.headers].filter(([name]) => name.includes("ratelimit")))).toEqual({
      "ratelimit-policy": '"user-requests";q=3;qu="requests";w=60, "key-requests";q=1;qu="requests";w=60',
      ratelimit: '"user-requests";r=2;t=20, "key-requests";r=0;t=60',
      "x-ratelimit-limit-requests": "1",
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "1m0s",
    });
    const refused = await ask(keyed);
    expect([refused.status, refused.code, refused.message]).toEqual([
      429,
      "key_requests_per_minute_exceeded",
      `The limit of this API key (tier ${narrow}) is reached: 1 requests a minute.`,
    ]);
    // The refused one took nothing from the account.
    expect([await statusOf(account), await statusOf(account), await statusOf(account)]).toEqual([200, 200, 429]);
  });

  it("change for requests that come after, without a new beginning, in every process", async () => {
    const other = world.openDatabase();
    const module = world.createModule({ database: other });
    await module.start?.();
    const second = await startMeteredGateway(world, module);
    const caller = await callerWith(await makeTier({ requests_per_minute: 4 }));
    expect([await statusOf(caller), await statusOf(caller)]).toEqual([200, 200]);
    await administer("PATCH", `/${caller.tier}`, { requests_per_minute: 2 });
    expect(await statusOf(caller)).toBe(429);
    const inOther = async () => (await second.ask(caller)).headers.get("x-ratelimit-limit-requests");
    await expect.poll(inOther).toBe("2");
    await administer("PATCH", `/${caller.tier}`, { requests_per_minute: null });
    // Without one of its own the tier has that of the settings.
    await expect.poll(inOther).toBe("30");
    await second.close();
    await module.stop?.();
    await other.close();
  });
});

describe("limits that processes keep together", () => {
  const openNode = async () => {
    const database = world.openDatabase();
    const module = world.createModule({ database, config: { limitsDriver: "postgres" } });
    await module.start?.();
    const node = await startMeteredGateway(world, module);
    return {
      node,
      async close() {
        await node.close();
        await module.stop?.();
        await database.close();
      },
    };
  };

  it("SEC-24: hold for all of them: places to the last one, requests a minute, and what is given back", async () => {
    // Before the nodes, which hear of a change a moment after it was made.
    const places = await callerWith(await makeTier({ concurrent_requests: 2 }));
    const rate = await callerWith(await makeTier({ requests_per_minute: 1 }));
    const [one, two] = [await openNode(), await openNode()];
    const statusAt = async ({ node }: typeof one, caller: GatewayCaller) => {
      const response = await node.ask(caller);
      await response.text();
      return response.status;
    };
    const streams = [await openStream(places, "tuned", one.node), await openStream(places, "tuned", two.node)];
    expect([await statusAt(one, places), await statusAt(two, places)]).toEqual([429, 429]);
    await streams[0]?.end();
    expect(await statusAt(two, places)).toBe(200);
    await streams[1]?.end();
    const statuses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => statusAt(index % 2 === 0 ? one : two, rate)),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    await Promise.all([one.close(), two.close()]);
  });
});

describe("a tier without requests a minute", () => {
  it("has that of the settings, told in headers like any other; a tier with its own is free of it", async () => {
    const caller = callerOf(await addUser());
    const first = await ask(caller);
    expect(first.headers.get("ratelimit-policy")).toBe('"user-requests";q=30;qu="requests";w=60');
    expect(first.headers.get("x-ratelimit-remaining-requests")).toBe("29");
    for (let count = 1; count < 30; count += 1) expect(await statusOf(caller)).toBe(200);
    const refused = await ask(caller);
    expect(refused.status).toBe(429);
    expect(refused.code).toBe("account_requests_per_minute_exceeded");
    const more = await callerWith(await makeTier({ requests_per_minute: 100 }));
    for (let count = 0; count < 32; count += 1) expect(await statusOf(more)).toBe(200);
  });

  it("counts calls that ask for no answer far beyond the limit of those that do", async () => {
    const { userId, tier } = { userId: await addUser(), tier: await makeTier({ requests_per_minute: 5 }) };
    for (let count = 0; count < 70; count += 1) await usage.countCall({ userId, tier });
    await expect(async () => usage.countCall({ userId, tier })).rejects.toMatchObject({
      status: 429,
      code: "rate_limited",
    });
  });
});

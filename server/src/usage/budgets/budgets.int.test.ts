import assert from "node:assert/strict";
import type { GatewayCaller } from "@llm-tuner/gateway/ports.ts";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { newId } from "../../platform/ids.ts";
import { createBounds, usualHold } from "../testing/bounds.ts";
import { forgetProcessOf, recoveryOf } from "../testing/recover.ts";
import { reservationOf, settlementOf } from "../testing/usage-requests.ts";
import { createUsageWorld, startMeteredGateway } from "../testing/usage-world.ts";
import { budgetsStore } from "./budgets.store.ts";

const world = await createUsageWorld();
const { database, clock, usage, addUser, callerOf } = world;
const gateway = await startMeteredGateway(world, usage);
afterAll(async () => {
  await gateway.close();
  await world.close();
});
/** Whatever a test did: what is counted is what the ledger says. */
afterEach(async () => assert.deepEqual(await world.unequalCounters(), []));

/** The fake provider reports 7 and 5. */
const usualCost = 7 * 20 + 5 * 60;

const { bound, counterOf } = createBounds(world);
const statusesOf = async (answers: readonly Promise<Response>[]) => {
  const statuses = await Promise.all(
    answers.map(async (answer) => {
      const { status, body } = await answer;
      await body?.cancel();
      return status;
    }),
  );
  return {
    passed: statuses.filter((status) => status === 200).length,
    refused: statuses.filter((status) => status === 402).length,
  };
};
const messageOf = async (response: Response): Promise<unknown> => Object(await response.json()).error;
const times = <Result>(count: number, make: (index: number) => Result): Result[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Holds every answer of the provider back until `open`, so that all requests run at the same time. */
function holdAnswersBack(count: number): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  gateway.upstream.plan(
    ...times(count, () => ({
      headers: { "content-type": "application/json" },
      after: promise,
      steps: [
        {
          send: JSON.stringify({
            id: "chatcmpl-1",
            object: "chat.completion",
            created: 1,
            model: "upstream-model",
            choices: [{ index: 0, message: { role: "assistant", content: "Yes." }, finish_reason: "stop" }],
            usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
          }),
        },
      ],
    })),
  );
  return resolve;
}

const reserve = (caller: GatewayCaller, requestId = newId("request"), module = usage) =>
  module.meter.reserve(reservationOf({ requestId, caller, estimatedInputTokens: 10, startedAt: clock.now() }));
const settle = (caller: GatewayCaller, requestId: string, module = usage) =>
  module.meter.settle(settlementOf({ requestId, caller, counts: { inputUncached: 7 }, startedAt: clock.now() }));

describe("a budget under parallel calls", () => {
  it("SEC-25: of 100 parallel calls against a budget for 10, exactly 10 reach the provider", async () => {
    const limited = bound({ limitNanoUsd: 10 * usualHold });
    const caller = callerOf(await addUser(), { spend: [limited] });
    const asked = gateway.upstream.requests.length;
    const open = holdAnswersBack(10);
    const answers = times(100, () => gateway.ask(caller));
    let answered = 0;
    for (const answer of answers) void answer.then(() => (answered += 1));
    await expect.poll(() => answered).toBe(90);
    expect(await counterOf(limited.subject)).toEqual({ held: 10 * usualHold, spent: 0, requests: 10 });
    open();
    expect(await statusesOf(answers)).toEqual({ passed: 10, refused: 90 });
    expect(gateway.upstream.requests.length - asked).toBe(10);
    expect(await counterOf(limited.subject)).toEqual({ held: 0, spent: 10 * usualCost, requests: 10 });
  });

  it("SEC-25: a budget is spent to its end by calls that go on, and never beyond it", async () => {
    const limit = 5 * usualHold;
    const limited = bound({ limitNanoUsd: limit, period: "month" });
    const caller = callerOf(await addUser(), { spend: [limited] });
    let passed = 0;
    for (let round = 1; round > 0; passed += round) {
      round = (await statusesOf(times(10, () => gateway.ask(caller)))).passed;
      const { held, spent } = (await counterOf(limited.subject, "month")) ?? { held: 0, spent: 0 };
      expect([held, spent]).toEqual([0, (passed + round) * usualCost]);
      expect(spent).toBeLessThanOrEqual(limit);
    }
    // The last one that fits is the one whose hold still does.
    expect(passed).toBe(Math.floor((limit - usualHold) / usualCost) + 1);
  });

  it("SEC-25: 100 parallel calls with a token for 10 requests: exactly 10 pass, priced or not", async () => {
    for (const model of ["tuned", "unpriced"]) {
      const limited = bound({ maxRequests: 10 });
      const caller = callerOf(await addUser(), { spend: [limited] });
      expect(await statusesOf(times(100, () => gateway.ask(caller, { model })))).toEqual({ passed: 10, refused: 90 });
      const spent = model === "tuned" ? 10 * usualCost : 0;
      expect(await counterOf(limited.subject)).toEqual({ held: 0, spent, requests: 10 });
    }
  });

  it("SEC-25: two processes on one database take from one budget", async () => {
    const other = world.openDatabase();
    const module = world.createModule({ database: other });
    await module.start?.();
    const limited = bound({ limitNanoUsd: 10 * usualHold, maxRequests: 12 });
    const month = bound({ period: "month", limitNanoUsd: 11 * usualHold });
    const user = await addUser();
    // Named in different orders: neither waits for the other while the other waits for it.
    const callers = [callerOf(user, { spend: [limited, month] }), callerOf(user, { spend: [month, limited] })] as const;
    const requestIds = times(100, () => newId("request"));
    const outcomes = await Promise.allSettled(
      requestIds.map((id, index) => (index % 2 === 0 ? reserve(callers[0], id) : reserve(callers[1], id, module))),
    );
    const granted = outcomes.flatMap(({ status }, index) => (status === "fulfilled" ? [index] : []));
    expect(granted).toHaveLength(10);
    expect(
      outcomes.filter(({ status }) => status === "rejected").map((outcome) => Object(outcome).reason.status),
    ).toEqual(times(90, () => 402));
    expect(await counterOf(limited.subject)).toEqual({ held: 10 * usualHold, spent: 0, requests: 10 });
    // Whichever process settles, and even both: once.
    await Promise.all(
      granted.flatMap((index) => {
        const id = requestIds[index] ?? "";
        return [settle(callers[0], id), settle(callers[0], id, module)];
      }),
    );
    expect(await counterOf(month.subject, "month")).toEqual({ held: 0, spent: 10 * usualCost, requests: 10 });
    await module.stop?.();
    await other.close();
  });

  it("SEC-25: no deadlock between holds and settlements of callers that share some of their counters", async () => {
    const user = await addUser();
    const shared = times(6, () => bound({ limitNanoUsd: 1e9 }));
    const other = world.openDatabase();
    const module = world.createModule({ database: other });
    await module.start?.();
    await Promise.all(
      times(200, async (index) => {
        const spend = shared.filter((_, place) => (index >> (place % 4)) % 2 === place % 2);
        const caller = callerOf(user, { spend: index % 3 === 0 ? spend.toReversed() : spend });
        const id = newId("request");
        await reserve(caller, id, index % 2 === 0 ? usage : module);
        await settle(caller, id, index % 5 === 0 ? usage : module);
      }),
    );
    await module.stop?.();
    expect(await usage.spentOf([{ subject: `user:${user}`, period: "total" }])).toEqual(
      new Map([[`user:${user}`, 200 * usualCost]]),
    );
    await other.close();
  });
});

describe("a refused request", () => {
  it("leaves nothing behind, in none of its counters, and says which budget is used up and until when", async () => {
    const user = await addUser();
    const [wide, narrow] = [
      bound({ limitNanoUsd: 1e9 }),
      bound({ limitNanoUsd: usualHold - 1 + usualCost, period: "month" }),
    ];
    const caller = callerOf(user, { spend: [wide, narrow] });
    expect((await gateway.ask(caller)).status).toBe(200);
    const refused = await gateway.ask(caller);
    expect([refused.status, refused.headers.get("x-should-retry"), refused.headers.get("retry-after")]).toEqual([
      402,
      "false",
      null,
    ]);
    const now = clock.now();
    const reset = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)).toISOString().slice(0, 10);
    expect(await messageOf(refused)).toEqual({
      message:
        "The budget of this API key, 0.000003839 USD a month, does not cover this request: 0.00000044 USD are spent, " +
        `0 USD are held for running requests, and this one may cost up to 0.0000034 USD. It begins anew on ${reset} at 00:00 UTC.`,
      type: "insufficient_quota",
      code: "key_budget_exceeded",
      param: null,
    });
    expect(await counterOf(wide.subject)).toEqual({ held: 0, spent: usualCost, requests: 1 });
    expect(await counterOf(narrow.subject)).toEqual({ held: 0, spent: usualCost, requests: 1 });
  });

  it("that alone is more than the whole budget says so; one nano-USD more, and it passes", async () => {
    const user = await addUser();
    const refused = await gateway.ask(callerOf(user, { spend: [bound({ limitNanoUsd: usualHold - 1 })] }));
    expect(refused.status).toBe(402);
    expect(await messageOf(refused)).toMatchObject({
      message:
        "This request may cost up to 0.0000034 USD, more than the whole budget of this API key, 0.000003399 USD. " +
        "Ask for fewer tokens with max_tokens.",
    });
    expect((await gateway.ask(callerOf(user, { spend: [bound({ limitNanoUsd: usualHold })] }))).status).toBe(200);
  });

  it("that costs nothing passes where the budget is used up", async () => {
    const caller = callerOf(await addUser(), { spend: [bound({ limitNanoUsd: 0 })] });
    expect((await gateway.ask(caller, { model: "unpriced" })).status).toBe(200);
    expect((await gateway.ask(caller)).status).toBe(402);
  });
});

describe("a hold with a limit", () => {
  it("covers the longest answer: where the caller sets no bound, the provider is asked for no more than is held", async () => {
    const limited = bound({ limitNanoUsd: 20 * 20 + 1000 * 60 });
    const caller = callerOf(await addUser(), { spend: [limited] });
    const asked = gateway.upstream.requests.length;
    expect((await gateway.ask(caller, { max_tokens: undefined })).status).toBe(200);
    expect((await gateway.ask(callerOf(await addUser()), { max_tokens: undefined })).status).toBe(200);
    expect(gateway.upstream.requests.slice(asked).map(({ body }) => body["max_tokens"])).toEqual([1000, undefined]);
  });

  it("asked for again is the same hold, also when nothing more would fit", async () => {
    const limited = bound({ limitNanoUsd: usualHold, maxRequests: 1 });
    const caller = callerOf(await addUser(), { spend: [limited] });
    const id = newId("request");
    await Promise.all([reserve(caller, id), reserve(caller, id)]);
    await reserve(caller, id);
    expect(await counterOf(limited.subject)).toEqual({ held: usualHold, spent: 0, requests: 1 });
    await expect(reserve(caller)).rejects.toMatchObject({ status: 402 });
    await Promise.all([settle(caller, id), settle(caller, id)]);
    await settle(caller, id);
    expect(await counterOf(limited.subject)).toEqual({ held: 0, spent: usualCost, requests: 1 });
  });

  it("is given back whole when the provider fails, and when the process died", async () => {
    const limited = bound({ limitNanoUsd: 2 * usualHold });
    const caller = callerOf(await addUser(), { spend: [limited] });
    gateway.upstream.plan({ steps: [{ reset: true }] }, { status: 500, steps: [] });
    expect([(await gateway.ask(caller)).status, (await gateway.ask(caller)).status]).toEqual([502, 502]);
    expect(await counterOf(limited.subject)).toEqual({ held: 0, spent: 0, requests: 2 });
    const abandoned = newId("request");
    await reserve(caller, abandoned);
    const recovery = recoveryOf(world);
    await forgetProcessOf(database, abandoned);
    await Promise.all([recovery.closeDead(), recovery.closeDead()]);
    expect(await counterOf(limited.subject)).toEqual({ held: 0, spent: 0, requests: 3 });
    // It comes after all: charged, and nothing is given back twice.
    await settle(caller, abandoned);
    expect(await counterOf(limited.subject)).toEqual({ held: 0, spent: usualCost, requests: 3 });
  });

  it("of a day counts in the day in which it began, and the next day begins anew", async () => {
    const limited = bound({ limitNanoUsd: usualHold, period: "day" });
    const caller = callerOf(await addUser(), { spend: [limited] });
    const before = newId("request");
    await reserve(caller, before);
    await expect(reserve(caller)).rejects.toMatchObject({
      status: 402,
      message: expect.stringContaining(" USD a day"),
    });
    clock.advance(86_400_000);
    await reserve(caller);
    await settle(caller, before);
    expect(await counterOf(limited.subject, "day")).toEqual({ held: usualHold, spent: 0, requests: 1 });
    expect(await counterOf(limited.subject)).toEqual({ held: usualHold, spent: usualCost, requests: 2 });
    await expect(reserve(caller)).rejects.toMatchObject({ status: 402 });
  });

  it("of a month counts in the month in which it began; the next month begins anew, the whole goes on", async () => {
    const limited = bound({ limitNanoUsd: usualHold, period: "month" });
    const caller = callerOf(await addUser(), { spend: [limited] });
    const before = newId("request");
    await reserve(caller, before);
    await expect(reserve(caller)).rejects.toMatchObject({ status: 402 });
    clock.advance(32 * 86_400_000);
    await reserve(caller);
    await settle(caller, before);
    expect(await counterOf(limited.subject, "month")).toEqual({ held: usualHold, spent: 0, requests: 1 });
    expect(await counterOf(limited.subject)).toEqual({ held: usualHold, spent: usualCost, requests: 2 });
    expect(await usage.spentOf([{ subject: limited.subject, period: "month" }])).toEqual(
      new Map([[limited.subject, usualHold]]),
    );
  });
});

describe("one subject", () => {
  it("that several people use at the same moment is counted once for all of them", async () => {
    const [shared, free] = [bound({ limitNanoUsd: 1e9 }), bound()];
    const callers = await Promise.all(times(4, async () => callerOf(await addUser(), { spend: [shared, free] })));
    const ids = callers.map(() => newId("request"));
    await Promise.all(callers.map((caller, index) => reserve(caller, ids[index])));
    await Promise.all(callers.map((caller, index) => settle(caller, ids[index] ?? "")));
    expect(await counterOf(shared.subject)).toEqual({ held: 0, spent: 4 * usualCost, requests: 4 });
    expect(await counterOf(free.subject)).toEqual({ held: 0, spent: 4 * usualCost, requests: 0 });
  });
});

describe("what has no limit", () => {
  it("locks no counter when it begins, and is in the budget that is set later", async () => {
    const user = await addUser();
    const unlimited = bound();
    const caller = callerOf(user, { spend: [unlimited] });
    const id = newId("request");
    await reserve(caller, id);
    expect(await counterOf(unlimited.subject)).toBeUndefined();
    await settle(caller, id);
    await world.flush();
    const limited = { ...unlimited, limitNanoUsd: usualHold + usualCost - 1 };
    await expect(reserve(callerOf(user, { spend: [limited] }))).rejects.toMatchObject({ status: 402 });
    expect(
      await usage.spentOf([
        { subject: unlimited.subject, period: "month" },
        { subject: "key:never-seen", period: "total" },
      ]),
    ).toEqual(
      new Map([
        [unlimited.subject, usualCost],
        ["key:never-seen", 0],
      ]),
    );
  });

  it("goes with its person; counters of client tokens are forgotten a day after the last request", async () => {
    const [user, other] = [await addUser(), await addUser()];
    const token = bound({ subject: "client_token:ct_old", maxRequests: 5 });
    expect((await gateway.ask(callerOf(user, { spend: [token] }))).status).toBe(200);
    expect((await gateway.ask(callerOf(other))).status).toBe(200);
    await world.flush();
    const deleteEnded = () => budgetsStore.deleteEnded(database, new Date(clock.now().getTime() - 86_400_000));
    await deleteEnded();
    expect(await counterOf(token.subject)).toMatchObject({ requests: 1 });
    await database.execute("delete from users where id = $1", [other]);
    expect(await counterOf(`user:${other}`)).toBeUndefined();
    clock.advance(25 * 3_600_000);
    await deleteEnded();
    expect(await counterOf(token.subject)).toBeUndefined();
    expect(await counterOf(`user:${user}`)).toMatchObject({ spent: usualCost });
    await database.execute("delete from users where id = $1", [user]);
  });
});

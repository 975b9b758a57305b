import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { listUsageRequests, UsageRequest } from "@llm-tuner/contract/usage.ts";
import { noUsage, type Usage } from "@llm-tuner/gateway/meter/usage.ts";
import type { ReservationRequest, SettlementRequest } from "@llm-tuner/gateway/ports.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Database } from "../platform/database/database.ts";
import { newId } from "../platform/ids.ts";
import { archiveOf } from "../platform/testing/archive.ts";
import { authenticatorOf, createTestApp, testCaller } from "../platform/testing/test-app.ts";
import { forgetProcessOf, recoveryOf } from "./testing/recover.ts";
import { reservationOf, settlementOf } from "./testing/usage-requests.ts";
import { createUsageWorld } from "./testing/usage-world.ts";

const world = await createUsageWorld();
const { database, clock, usage, createModule, addUser, callerOf } = world;
const { meter } = usage;

const [ada, bob] = [await addUser(), await addUser()];
const app = await createTestApp({
  modules: [usage],
  authenticator: authenticatorOf({
    ada: testCaller({ userId: ada }),
    key: testCaller({ userId: ada, apiKeyId: "key_000000000000", scopes: ["usage:read"] }),
    chatKey: testCaller({ userId: ada, apiKeyId: "key_000000000000", scopes: ["chat"] }),
    bob: testCaller({ userId: bob }),
  }),
});
afterAll(async () => {
  await app.close();
  await world.close();
});

const reservation = (changed: Partial<ReservationRequest> = {}): ReservationRequest =>
  reservationOf({ requestId: newId("request"), caller: callerOf(ada), startedAt: clock.now(), ...changed });
const settlement = (changed: Partial<SettlementRequest> & { counts?: Partial<Usage> } = {}): SettlementRequest =>
  settlementOf({ requestId: newId("request"), caller: callerOf(ada), startedAt: clock.now(), ...changed });
/** 10 × 20 + 5 × 60 */
const usualCost = 500;

const entryRow = z.object({ kind: z.string(), amount_nano_usd: z.coerce.number() });
const entriesOf = async (requestId: string) => {
  await world.flush();
  return Object.fromEntries(
    (
      await database.rows(entryRow, "select kind, amount_nano_usd from usage_entries where request_id = $1", [
        requestId,
      ])
    ).map(({ kind, amount_nano_usd }) => [kind, amount_nano_usd]),
  );
};
const countOf = async (text: string, values: unknown[] = []) =>
  (await database.row(z.object({ count: z.coerce.number() }), text, values))?.count;

const get = (query = "", as = "ada") =>
  app.inject({
    method: "GET",
    url: `/api/v1/usage/requests${query}`,
    headers: as === "" ? {} : { authorization: `Bearer ${as}` },
  });
const List = listUsageRequests.responses[200].schema;
const listed = async (query = "", as = "ada") => List.parse((await get(query, as)).json());
const find = async (requestId: string) =>
  (await listed("?limit=100")).requests.find(({ request_id }) => request_id === requestId);

describe("a request", () => {
  it("holds what it may cost, releases that and is charged what it did cost", async () => {
    const { requestId } = reservation();
    expect(await meter.reserve(reservation({ requestId }))).not.toHaveProperty("maxOutputTokens");
    expect(await entriesOf(requestId)).toEqual({ hold: -5000 });
    clock.advance(120);
    expect(await meter.settle(settlement({ requestId }))).toEqual({ costNanoUsd: usualCost });
    expect(await entriesOf(requestId)).toEqual({ hold: -5000, release: 5000, charge: -usualCost });
    expect(await find(requestId)).toEqual({
      request_id: requestId,
      time: expect.any(String),
      model: "my-model",
      provider: "tuned",
      user_id: expect.stringMatching(/^user_/),
      api_key_id: "key_000000000000",
      operation: "chat/completions",
      stream: false,
      input_tokens: 10,
      output_tokens: 5,
      cost_nano_usd: usualCost,
      policy: "reported",
      outcome: "completed",
      error_code: null,
      latency_ms: 120,
    });
  });

  it("is charged once however often it is settled", async () => {
    const { requestId } = reservation();
    await Promise.all([meter.reserve(reservation({ requestId })), meter.reserve(reservation({ requestId }))]);
    await meter.settle(settlement({ requestId }));
    await world.flush();
    await Promise.all(
      [1, 2, 3].map((factor) =>
        meter.settle(settlement({ requestId, counts: { outputText: 1000 * factor }, outcome: "aborted" })),
      ),
    );
    expect(await entriesOf(requestId)).toEqual({ hold: -5000, release: 5000, charge: -usualCost });
    expect(await find(requestId)).toMatchObject({ outcome: "completed", output_tokens: 5 });
  });

  it("that the client left is charged what was counted", async () => {
    const request = settlement({ outcome: "aborted", counts: { outputText: 2 } });
    expect(await meter.settle(request)).toEqual({ costNanoUsd: 10 * 20 + 2 * 60 });
    expect(await find(request.requestId)).toMatchObject({ outcome: "aborted", output_tokens: 2 });
  });

  it("that failed before anything was answered costs nothing, which is not the same as having no price", async () => {
    const request = settlement({
      outcome: "failed",
      counts: noUsage,
      errorCode: "upstream_error",
      firstByteMs: null,
    });
    await meter.reserve(reservation({ requestId: request.requestId }));
    expect(await meter.settle(request)).toEqual({ costNanoUsd: 0 });
    expect(await entriesOf(request.requestId)).toEqual({ hold: -5000, release: 5000, charge: 0 });
  });

  it("of a model without a price is counted and has no cost", async () => {
    const request = settlement({ provider: "elsewhere" });
    expect(
      await meter.reserve(
        reservation({ requestId: request.requestId, candidates: [{ provider: "elsewhere", priceModel: "x" }] }),
      ),
    ).not.toHaveProperty("maxOutputTokens");
    expect(await meter.settle(request)).toEqual({ costNanoUsd: null });
    // An answer that is being made is known, also where nobody can say what it will cost.
    expect(await entriesOf(request.requestId)).toEqual({ hold: 0, release: 0 });
    expect(await find(request.requestId)).toMatchObject({ cost_nano_usd: null, input_tokens: 10 });
  });

  it("may cost more than 32 bits hold", async () => {
    const request = settlement({ counts: { inputUncached: 1_000_000_000, outputText: 1_000_000_000 } });
    expect(await meter.settle(request)).toEqual({ costNanoUsd: 80_000_000_000 });
    expect((await find(request.requestId))?.cost_nano_usd).toBe(80_000_000_000);
  });
});

describe("the ledger", () => {
  it("sums up to the costs of the requests after many at once, each settled twice", async () => {
    const user = await addUser();
    const requests = Array.from({ length: 300 }, (_, index) =>
      settlement({ caller: callerOf(user), counts: { inputUncached: index, outputText: 2 * index } }),
    );
    await Promise.all(
      requests.map(async (request) => {
        await meter.reserve(reservation({ requestId: request.requestId, caller: request.caller }));
        await Promise.all([meter.settle(request), meter.settle(request)]);
      }),
    );
    await world.flush();
    const sums = await database.row(
      z.object({ ledger: z.coerce.number(), requests: z.coerce.number(), count: z.coerce.number() }),
      `select (select sum(amount_nano_usd) from usage_entries where user_id = $1) as ledger,
         sum(cost_nano_usd) as requests, count(*) from usage_requests where user_id = $1`,
      [user],
    );
    const expected = requests.reduce(
      (sum, { usage: { counts } }) => sum + counts.inputUncached * 20 + counts.outputText * 60,
      0,
    );
    expect(sums).toEqual({ ledger: -expected, requests: expected, count: 300 });
  });

  it("is written whole or not at all, and a row that is refused does not take others along", async () => {
    const good = [settlement(), settlement()];
    const bad = settlement({ caller: callerOf(newId("user")) });
    await Promise.all([good[0], bad, good[1]].map((request) => meter.settle(request ?? bad)));
    expect(await entriesOf(bad.requestId)).toEqual({});
    expect(await find(good[1]?.requestId ?? "")).toBeDefined();
  });

  it("refuses to be changed, and goes with its person", async () => {
    const user = await addUser();
    await meter.settle(settlement({ caller: callerOf(user) }));
    await world.flush();
    await expect(
      database.execute("update usage_entries set amount_nano_usd = 0 where user_id = $1", [user]),
    ).rejects.toThrow(/append-only/);
    await expect(database.execute("delete from usage_entries where user_id = $1", [user])).rejects.toThrow(
      /append-only/,
    );
    await database.execute("delete from users where id = $1", [user]);
    expect(await countOf("select count(*) from usage_entries where user_id = $1", [user])).toBe(0);
  });

  it("gets back what a process held that was not seen for minutes, once, and bills what comes after all", async () => {
    const elsewhere = createModule({ dataDir: await mkdtemp(join(world.dataDir, "elsewhere-")) });
    await elsewhere.start?.();
    const limited = callerOf(ada, {
      spend: [{ subject: "key:limited", period: "total", limitNanoUsd: 1e9, maxRequests: null }],
    });
    const abandoned = reservation({ caller: limited, operation: "messages", stream: true });
    await elsewhere.meter.reserve(abandoned);
    const recovery = recoveryOf(world);
    await recovery.closeDead();
    expect(await entriesOf(abandoned.requestId)).toEqual({ hold: -7000 });
    await forgetProcessOf(database, abandoned.requestId);
    await Promise.all([recovery.closeDead(), recovery.closeDead()]);
    expect(await entriesOf(abandoned.requestId)).toEqual({ hold: -7000, release: 7000 });
    expect(await find(abandoned.requestId)).toMatchObject({
      policy: "interrupted",
      outcome: "failed",
      error_code: "gateway_interrupted",
      cost_nano_usd: 0,
      model: "my-model",
      provider: "tuned",
      operation: "messages",
      stream: true,
    });
    // It was only cut off.
    await elsewhere.meter.settle(settlement({ requestId: abandoned.requestId, caller: limited }));
    await elsewhere.stop?.();
    expect(await entriesOf(abandoned.requestId)).toEqual({ hold: -7000, release: 7000, charge: -usualCost });
    expect(await find(abandoned.requestId)).toMatchObject({ policy: "reported", cost_nano_usd: usualCost });
    expect(await world.unequalCounters()).toEqual([]);
  });

  it("gets back after two hours what nobody settled in a process that lives", async () => {
    const forgotten = reservation();
    await meter.reserve(forgotten);
    await world.flush();
    clock.advance(119 * 60_000);
    await recoveryOf(world).closeAbandoned();
    expect(await entriesOf(forgotten.requestId)).toEqual({ hold: -5000 });
    clock.advance(2 * 60_000);
    await recoveryOf(world).closeAbandoned();
    expect(await entriesOf(forgotten.requestId)).toEqual({ hold: -5000, release: 5000 });
    await meter.settle(settlement({ requestId: forgotten.requestId }));
    expect(await entriesOf(forgotten.requestId)).toEqual({ hold: -5000, release: 5000, charge: -usualCost });
  });

  it("gets back what names no process that anybody knows, after an hour", async () => {
    const { requestId } = reservation();
    const close = () => recoveryOf(world).closeAbandoned();
    await database.execute(
      `insert into usage_entries (request_id, kind, user_id, amount_nano_usd, price_id, created_at)
       select $1, 'hold', $2, -70, id, $3 from prices limit 1`,
      [requestId, ada, clock.now()],
    );
    clock.advance(59 * 60_000);
    await close();
    expect(await entriesOf(requestId)).toEqual({ hold: -70 });
    // The whole platform is down for days: the search begins before the ledger's last hold.
    clock.advance(3 * 86_400_000);
    await Promise.all([close(), close()]);
    expect(await entriesOf(requestId)).toEqual({ hold: -70, release: 70 });
    expect(await find(requestId)).toMatchObject({ model: "unknown", policy: "interrupted" });
  });
});

describe("a database that is away", () => {
  /** The real one behind a connection that can be cut. */
  function createCutDatabase() {
    const state = { isCut: false };
    const unlessCut =
      <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
      (...args: Args) =>
        state.isCut ? Promise.reject(new Error("connection refused")) : work(...args);
    const { rows, row, execute, transaction } = database;
    const cut: Database = {
      ...database,
      rows: unlessCut(rows),
      row: unlessCut(row),
      execute: unlessCut(execute),
      transaction: unlessCut(transaction),
    };
    return { state, cut };
  }

  it("stops requests under a budget alone; the others are answered, and written once it is back", async () => {
    const { state, cut } = createCutDatabase();
    const module = createModule({ database: cut });
    await module.start?.();
    const limited = callerOf(ada, {
      spend: [{ subject: "key:away", period: "total", limitNanoUsd: 1e9, maxRequests: null }],
    });
    await module.meter.reserve(reservation({ caller: limited }));
    state.isCut = true;
    await expect(module.meter.reserve(reservation({ caller: limited }))).rejects.toThrow("connection refused");
    const request = settlement();
    await module.meter.reserve(reservation({ requestId: request.requestId }));
    expect(await module.meter.settle(request)).toEqual({ costNanoUsd: usualCost });
    expect(await entriesOf(request.requestId)).toEqual({});
    state.isCut = false;
    await expect.poll(() => entriesOf(request.requestId)).toEqual({ hold: -5000, release: 5000, charge: -usualCost });
    await module.stop?.();
  });

  it("gets what is left when the process stops", async () => {
    const module = createModule();
    await module.start?.();
    const request = settlement();
    expect(await module.meter.settle(request)).toEqual({ costNanoUsd: usualCost });
    await module.stop?.();
    expect(await entriesOf(request.requestId)).toEqual({ charge: -usualCost });
  });

  it("gets from the next process on the disk what could not be written before the stop", async () => {
    const { state, cut } = createCutDatabase();
    const module = createModule({ database: cut });
    await module.start?.();
    const [settled, open] = [settlement(), reservation()];
    await module.meter.reserve(reservation({ requestId: settled.requestId }));
    await module.meter.reserve(open);
    state.isCut = true;
    await module.meter.settle(settled);
    await module.stop?.();
    const next = createModule();
    await next.start?.();
    expect(await entriesOf(settled.requestId)).toEqual({ hold: -5000, release: 5000, charge: -usualCost });
    expect(await entriesOf(open.requestId)).toEqual({ hold: -5000, release: 5000 });
    expect(await find(open.requestId)).toMatchObject({ policy: "interrupted", cost_nano_usd: 0 });
    await next.stop?.();
  });
});

describe("prices", () => {
  const versions = () =>
    database.rows(
      z.object({ input: z.coerce.number(), valid_from: z.date(), valid_to: z.date().nullable() }),
      "select rates->>'input_uncached' as input, valid_from, valid_to from prices where provider = 'tuned' order by valid_from",
    );

  it("get a new version when a setting changes, one for all processes, and requests keep that of their beginning", async () => {
    const before = await versions();
    clock.advance(1000);
    const startedAt = clock.now();
    clock.advance(1000);
    const changed = [1, 2].map(() => createModule({ config: { localInputNanoUsdPerToken: 1000 } }));
    await Promise.all(changed.map(async (module) => module.start?.()));
    const after = await versions();
    expect(after).toHaveLength(before.length + 1);
    expect(after.at(-2)?.valid_to).toEqual(clock.now());
    expect(after.at(-1)).toEqual({ input: 1000, valid_from: clock.now(), valid_to: null });
    const settle = (request: SettlementRequest) => changed[0]?.meter.settle(request);
    expect(await settle(settlement({ startedAt }))).toEqual({ costNanoUsd: usualCost });
    expect(await settle(settlement())).toEqual({ costNanoUsd: 10 * 1000 + 5 * 60 });
    await Promise.all(changed.map(async (module) => module.stop?.()));
  });

  it("stay as they are when the settings do", async () => {
    const before = await versions();
    const same = createModule({ config: { localInputNanoUsdPerToken: 1000 } });
    await same.start?.();
    await same.stop?.();
    expect(await versions()).toEqual(before);
  });
});

describe("GET /api/v1/usage/requests", () => {
  it("200: pages through one's own requests, newest first, with a key too", async () => {
    for (let count = 0; count < 3; count += 1) {
      clock.advance(10);
      await meter.settle(settlement({ caller: callerOf(bob) }));
    }
    const first = await listed("?limit=2", "bob");
    const second = await listed(`?limit=2&cursor=${first.next_cursor}`, "bob");
    const times = [...first.requests, ...second.requests].map(({ time }) => time);
    expect(times).toHaveLength(3);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(second.next_cursor).toBeNull();
    expect((await listed("", "key")).requests.length).toBeGreaterThan(0);
    const archive = (await archiveOf(usage, bob)).get("requests.jsonl") ?? "";
    expect(
      archive
        .trimEnd()
        .split("\n")
        .map((line) => UsageRequest.parse(JSON.parse(line)).time),
    ).toEqual(times);
  });

  it("400: a cursor of elsewhere; 401 without credentials; 403 with a key that lacks the scope", async () => {
    const answers = await Promise.all([get("?cursor=x"), get("", ""), get("", "chatKey")]);
    expect(answers.map((answer) => [answer.statusCode, ApiError.parse(answer.json()).error.code])).toEqual([
      [400, "invalid_cursor"],
      [401, expect.any(String)],
      [403, "insufficient_scope"],
    ]);
  });
});

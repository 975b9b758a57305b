import { ApiError } from "@llm-tuner/contract/errors.ts";
import { listUsageRequests, UsageRequest } from "@llm-tuner/contract/usage.ts";
import type { ReservationRequest, SettlementRequest } from "@llm-tuner/gateway/ports.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Database } from "../platform/database/database.ts";
import { newId } from "../platform/ids.ts";
import { archiveOf } from "../platform/testing/archive.ts";
import { authenticatorOf, createTestApp, testCaller } from "../platform/testing/test-app.ts";
import { createUsageUsecases } from "./usage.usecases.ts";
import { usageStore } from "./usage.store.ts";
import { budgetsStore } from "./budgets/budgets.store.ts";
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

const reservation = (changed: Partial<ReservationRequest> = {}): ReservationRequest => ({
  requestId: newId("request"),
  caller: callerOf(ada),
  model: "my-model",
  priceModel: "my-model",
  provider: "tuned",
  estimatedInputTokens: 100,
  maxOutputTokens: 50,
  startedAt: clock.now(),
  ...changed,
});
const settlement = (changed: Partial<SettlementRequest> = {}): SettlementRequest => ({
  requestId: newId("request"),
  caller: callerOf(ada),
  model: "my-model",
  priceModel: "my-model",
  provider: "tuned",
  outcome: "completed",
  inputTokens: 10,
  outputTokens: 5,
  usageSource: "reported",
  startedAt: clock.now(),
  latencyMs: 120,
  firstByteMs: 30.5,
  errorCode: null,
  ...changed,
});
/** 10 × 20 + 5 × 60 */
const usualCost = 500;

const entryRow = z.object({ kind: z.string(), amount_nano_usd: z.coerce.number() });
const entriesOf = async (requestId: string) =>
  Object.fromEntries(
    (
      await database.rows(entryRow, "select kind, amount_nano_usd from usage_entries where request_id = $1", [
        requestId,
      ])
    ).map(({ kind, amount_nano_usd }) => [kind, amount_nano_usd]),
  );
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
    expect(await meter.reserve(reservation({ requestId }))).toEqual({});
    expect(await entriesOf(requestId)).toEqual({ hold: -5000 });
    clock.advance(120);
    expect(await meter.settle(settlement({ requestId }))).toEqual({ costNanoUsd: usualCost });
    expect(await entriesOf(requestId)).toEqual({ hold: -5000, release: 5000, charge: -usualCost });
    expect(await find(requestId)).toEqual({
      request_id: requestId,
      time: expect.any(String),
      model: "my-model",
      provider: "tuned",
      api_key_id: "key_000000000000",
      input_tokens: 10,
      output_tokens: 5,
      cost_nano_usd: usualCost,
      outcome: "completed",
      latency_ms: 120,
    });
  });

  it("is charged once however often it is settled, and each time told the same cost", async () => {
    const { requestId } = reservation();
    await Promise.all([meter.reserve(reservation({ requestId })), meter.reserve(reservation({ requestId }))]);
    await meter.settle(settlement({ requestId }));
    const again = await Promise.all(
      [1, 2, 3].map((factor) =>
        meter.settle(settlement({ requestId, outputTokens: 1000 * factor, outcome: "aborted" })),
      ),
    );
    expect(again).toEqual([1, 2, 3].map(() => ({ costNanoUsd: usualCost })));
    expect(await entriesOf(requestId)).toEqual({ hold: -5000, release: 5000, charge: -usualCost });
    expect(await find(requestId)).toMatchObject({ outcome: "completed", output_tokens: 5 });
  });

  it("that the client left is charged what was counted", async () => {
    const request = settlement({ outcome: "aborted", outputTokens: 2, usageSource: "estimated" });
    expect(await meter.settle(request)).toEqual({ costNanoUsd: 10 * 20 + 2 * 60 });
    expect(await find(request.requestId)).toMatchObject({ outcome: "aborted", output_tokens: 2 });
  });

  it("that failed before anything was answered costs nothing, which is not the same as having no price", async () => {
    const request = settlement({
      outcome: "failed",
      inputTokens: 0,
      outputTokens: 0,
      errorCode: "upstream_error",
      firstByteMs: null,
    });
    await meter.reserve(reservation({ requestId: request.requestId }));
    expect(await meter.settle(request)).toEqual({ costNanoUsd: 0 });
    expect(await entriesOf(request.requestId)).toEqual({ hold: -5000, release: 5000, charge: 0 });
  });

  it("of a model without a price is counted and has no cost", async () => {
    const request = settlement({ provider: "elsewhere" });
    expect(await meter.reserve(reservation({ requestId: request.requestId, provider: "elsewhere" }))).toEqual({});
    expect(await meter.settle(request)).toEqual({ costNanoUsd: null });
    expect(await entriesOf(request.requestId)).toEqual({});
    expect(await find(request.requestId)).toMatchObject({ cost_nano_usd: null, input_tokens: 10 });
  });

  it("may cost more than 32 bits hold", async () => {
    const request = settlement({ inputTokens: 1_000_000_000, outputTokens: 1_000_000_000 });
    expect(await meter.settle(request)).toEqual({ costNanoUsd: 80_000_000_000 });
    expect((await find(request.requestId))?.cost_nano_usd).toBe(80_000_000_000);
  });
});

describe("the ledger", () => {
  it("sums up to the costs of the requests after many at once, each settled twice", async () => {
    const user = await addUser();
    const requests = Array.from({ length: 300 }, (_, index) =>
      settlement({ caller: callerOf(user), inputTokens: index, outputTokens: 2 * index }),
    );
    await Promise.all(
      requests.map(async (request) => {
        await meter.reserve(reservation({ requestId: request.requestId, caller: request.caller }));
        await Promise.all([meter.settle(request), meter.settle(request)]);
      }),
    );
    const sums = await database.row(
      z.object({ ledger: z.coerce.number(), requests: z.coerce.number(), count: z.coerce.number() }),
      `select (select sum(amount_nano_usd) from usage_entries where user_id = $1) as ledger,
         sum(cost_nano_usd) as requests, count(*) from usage_requests where user_id = $1`,
      [user],
    );
    const expected = requests.reduce(
      (sum, { inputTokens, outputTokens }) => sum + inputTokens * 20 + outputTokens * 60,
      0,
    );
    expect(sums).toEqual({ ledger: -expected, requests: expected, count: 300 });
  });

  it("is written whole or not at all, and a row that is refused does not take others along", async () => {
    const good = [settlement(), settlement()];
    const bad = settlement({ caller: callerOf(newId("user")) });
    const outcomes = await Promise.allSettled([good[0], bad, good[1]].map((request) => meter.settle(request ?? bad)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await entriesOf(bad.requestId)).toEqual({});
    expect(await find(good[1]?.requestId ?? "")).toBeDefined();
  });

  it("refuses to be changed, and goes with its person", async () => {
    const user = await addUser();
    await meter.settle(settlement({ caller: callerOf(user) }));
    await expect(
      database.execute("update usage_entries set amount_nano_usd = 0 where user_id = $1", [user]),
    ).rejects.toThrow(/append-only/);
    await expect(database.execute("delete from usage_entries where user_id = $1", [user])).rejects.toThrow(
      /append-only/,
    );
    await database.execute("delete from users where id = $1", [user]);
    expect(await countOf("select count(*) from usage_entries where user_id = $1", [user])).toBe(0);
  });

  it("gets back what a dead process held, after an hour and only once", async () => {
    const usecases = createUsageUsecases({ database, store: usageStore, counters: budgetsStore, clock });
    const abandoned = reservation();
    await meter.reserve(abandoned);
    clock.advance(59 * 60_000);
    const running = reservation();
    await meter.reserve(running);
    await usecases.releaseAbandonedHolds();
    expect(await entriesOf(abandoned.requestId)).toEqual({ hold: -5000 });
    // The whole platform is down for days: the search begins before the ledger's last entry.
    clock.advance(3 * 86_400_000);
    await Promise.all([usecases.releaseAbandonedHolds(), usecases.releaseAbandonedHolds()]);
    expect(await entriesOf(abandoned.requestId)).toEqual({ hold: -5000, release: 5000 });
    expect(await entriesOf(running.requestId)).toEqual({ hold: -5000, release: 5000 });
    // A settlement that comes after all is still charged, and releases nothing twice.
    await meter.settle(settlement({ requestId: running.requestId }));
    expect(await entriesOf(running.requestId)).toEqual({ hold: -5000, release: 5000, charge: -usualCost });
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

  it("stops new requests, but not the answer of one that ran; its settlement is written once it is back", async () => {
    const { state, cut } = createCutDatabase();
    const module = createModule({ database: cut });
    await module.start?.();
    const request = settlement();
    await module.meter.reserve(reservation({ requestId: request.requestId }));
    state.isCut = true;
    await expect(module.meter.reserve(reservation())).rejects.toThrow("connection refused");
    expect(await module.meter.settle(request)).toEqual({ costNanoUsd: usualCost });
    expect(await entriesOf(request.requestId)).toEqual({ hold: -5000 });
    state.isCut = false;
    await expect.poll(() => entriesOf(request.requestId), { timeout: 10_000 }).toHaveProperty("charge", -usualCost);
    await module.stop?.();
  });

  it("gets what is left when the process stops", async () => {
    const { state, cut } = createCutDatabase();
    const module = createModule({ database: cut });
    await module.start?.();
    state.isCut = true;
    const request = settlement();
    const settled = module.meter.settle(request);
    state.isCut = false;
    await module.stop?.();
    expect(await entriesOf(request.requestId)).toEqual({ charge: -usualCost });
    expect(await settled).toEqual({ costNanoUsd: usualCost });
  });
});

describe("prices", () => {
  const versions = () =>
    database.rows(
      z.object({ input: z.coerce.number(), valid_from: z.date(), valid_to: z.date().nullable() }),
      "select nano_usd_per_input_token as input, valid_from, valid_to from prices where provider = 'tuned' order by valid_from",
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

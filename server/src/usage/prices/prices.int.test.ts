import { listAuditEvents } from "@llm-tuner/contract/audit.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { listMissingPrices, listPrices, PriceVersion, rateMissing } from "@llm-tuner/contract/prices.ts";
import { afterAll, describe, expect, it } from "vitest";
import { newId } from "../../platform/ids.ts";
import { authenticatorOf, createTestApp, testCaller } from "../../platform/testing/test-app.ts";
import { reservationOf, settlementOf } from "../testing/usage-requests.ts";
import { createUsageWorld } from "../testing/usage-world.ts";
import { createPriceUsecases } from "./prices.usecases.ts";
import { pricesStore } from "./prices.store.ts";
import { readShippedPrices } from "./shipped-prices.ts";
import { silentLog } from "../../platform/log/log.ts";

const world = await createUsageWorld();
const { accounts, database, clock, usage } = world;
const [ada, admin] = [await world.addUser(), await world.addUser()];
const app = await createTestApp({
  modules: [usage, accounts],
  authenticator: authenticatorOf({
    ada: testCaller({ userId: ada }),
    key: testCaller({ userId: admin, role: "admin", apiKeyId: "key_000000000000", scopes: ["usage:read"] }),
    admin: testCaller({ userId: admin, role: "admin" }),
  }),
});
afterAll(async () => {
  await app.close();
  await world.close();
});

const call = (url: string, { as = "admin", body }: { as?: string; body?: object } = {}) =>
  app.inject({
    method: body === undefined ? "GET" : "POST",
    url,
    headers: as === "" ? {} : { authorization: `Bearer ${as}` },
    ...(body === undefined ? {} : { payload: body }),
  });
const setPrice = (body: object) => call("/api/admin/prices", { body });
const versionOf = (answer: { json: () => unknown }) => PriceVersion.parse(answer.json());
const versionsOf = async (query: string) =>
  listPrices.responses[200].schema.parse((await call(`/api/admin/prices?versions=all&limit=100&${query}`)).json())
    .prices;
const audited = async (action: string) =>
  listAuditEvents.responses[200].schema.parse((await call(`/api/admin/audit?action=${action}`)).json()).events;
const missing = async () =>
  listMissingPrices.responses[200].schema.parse((await call("/api/admin/prices/missing")).json()).models;
const codeOf = (answer: { json: () => unknown }) => ApiError.parse(answer.json()).error.code;

const priced = (changed: object = {}) => ({
  provider: "openai",
  model_pattern: "own-model",
  rates: { input_uncached: "1000", output_text: "2000.5" },
  ...changed,
});
async function ask(provider: string, priceModel: string, serviceTier: string | null = null) {
  const request = { requestId: newId("request"), caller: world.callerOf(ada), startedAt: clock.now() };
  await usage.meter.reserve(reservationOf({ ...request, candidates: [{ provider, priceModel }] }));
  const { costNanoUsd } = await usage.meter.settle(settlementOf({ ...request, provider, priceModel, serviceTier }));
  return { requestId: request.requestId, costNanoUsd };
}

describe("prices", () => {
  it("that were shipped hold from the first start on, and are not loaded twice", async () => {
    const shipped = await versionsOf("provider=anthropic");
    expect(shipped.length).toBeGreaterThan(10);
    expect(
      shipped.every(({ origin, as_of, valid_to }) => origin === "shipped" && as_of !== null && valid_to === null),
    ).toBe(true);
    const again = world.createModule();
    await again.start?.();
    await again.stop?.();
    expect(await versionsOf("provider=anthropic")).toHaveLength(shipped.length);
    // 10 × 1 USD and 5 × 5 USD a million.
    expect((await ask("anthropic", "claude-haiku-4-5")).costNanoUsd).toBe(10 * 1000 + 5 * 5000);
  });

  it("that an administrator sets hold from then on, in every process, with the former as history", async () => {
    const other = world.createModule();
    await other.start?.();
    const first = versionOf(await setPrice(priced()));
    expect(first).toMatchObject({
      ...priced(),
      origin: "admin",
      valid_to: null,
      service_tier: null,
      min_input_tokens: 0,
    });
    clock.advance(60_000);
    const at = clock.now().toISOString();
    const second = versionOf(await setPrice(priced({ rates: { input_uncached: "3" }, source: "our contract" })));
    const [newest, former] = await versionsOf("model_pattern=own-model");
    expect([newest, former]).toEqual([second, { ...first, valid_to: at }]);
    expect(await audited("admin.price_set")).toMatchObject([
      { target: { kind: "price", id: second.id }, actor: { user_id: admin }, details: { rates: ["input_uncached=3"] } },
      { target: { kind: "price", id: first.id } },
    ]);
    await expect
      .poll(async () => {
        const request = { requestId: newId("request"), caller: world.callerOf(ada), startedAt: clock.now() };
        const asked = { provider: "openai", priceModel: "own-model" };
        await other.meter.reserve(reservationOf({ ...request, candidates: [asked] }));
        const counts = { outputText: 0 };
        return (await other.meter.settle(settlementOf({ ...request, ...asked, counts }))).costNanoUsd;
      })
      .toBe(30);
    await other.stop?.();
  });

  it("may be set for a moment to come, and end", async () => {
    const soon = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const now = versionOf(await setPrice(priced({ model_pattern: "soon" })));
    const later = versionOf(
      await setPrice(
        priced({ model_pattern: "soon", rates: { input_uncached: "7", output_text: "7" }, valid_from: soon }),
      ),
    );
    expect((await ask("openai", "soon")).costNanoUsd).toBe(10 * 1000 + Math.round(5 * 2000.5));
    clock.advance(3_600_000);
    expect((await ask("openai", "soon")).costNanoUsd).toBe(15 * 7);
    expect((await versionsOf("model_pattern=soon")).map(({ id, valid_to }) => [id, valid_to])).toEqual([
      [later.id, null],
      [now.id, soon],
    ]);
    const ended = await call(`/api/admin/prices/${later.id}/end`, { body: {} });
    expect(ended.statusCode).toBe(200);
    clock.advance(1);
    expect((await ask("openai", "soon")).costNanoUsd).toBeNull();
    expect(codeOf(await call(`/api/admin/prices/${later.id}/end`, { body: {} }))).toBe("price_ended");
    expect(codeOf(await call(`/api/admin/prices/price_${"0".repeat(22)}/end`, { body: {} }))).toBe("price_not_found");
    expect(await audited("admin.price_ended")).toMatchObject([{ target: { id: later.id } }]);
  });

  it("are refused where another version held, and where they say nothing", async () => {
    versionOf(await setPrice(priced({ model_pattern: "taken" })));
    const past = new Date(clock.now().getTime() - 1000).toISOString();
    expect(codeOf(await setPrice(priced({ model_pattern: "taken", valid_from: past })))).toBe("price_overlaps");
    for (const rates of [
      {},
      { input_uncached: "-1" },
      { input_uncached: "0.0000001" },
      { input_uncached: 1 },
      { other: "1" },
    ]) {
      expect((await setPrice(priced({ rates }))).statusCode, JSON.stringify(rates)).toBe(400);
    }
  });

  it("of an administrator, and their end, are not undone by what is shipped, the next time either", async () => {
    const prices = createPriceUsecases({
      database,
      store: pricesStore,
      audit: { record: async () => undefined, note: async () => undefined },
      clock,
      log: silentLog,
    });
    const [own, ended, changed] = ["gemini-3.5-flash", "gemini-2.5-flash-lite", "gemini-2.5-flash"];
    clock.advance(1000);
    await setPrice(priced({ provider: "gemini", model_pattern: own }));
    const [row] = await versionsOf(`provider=gemini&model_pattern=${ended}`);
    await call(`/api/admin/prices/${row?.id}/end`, { body: {} });
    const raised = readShippedPrices().map((price) => ({
      ...price,
      rates: { ...price.rates, input_uncached: "123456" },
    }));
    await prices.load(raised);
    await prices.load(raised);
    const inputRatesOf = async (pattern = "") =>
      (await versionsOf(`provider=gemini&model_pattern=${pattern}`)).map(({ rates, valid_to }) => [
        rates.input_uncached,
        valid_to === null,
      ]);
    expect(await inputRatesOf(own)).toEqual([
      ["1000", true],
      ["1500", false],
    ]);
    expect(await inputRatesOf(ended)).toEqual([["100", false]]);
    expect(await inputRatesOf(changed)).toEqual([
      ["123456", true],
      ["300", false],
    ]);
  });

  it("are for administrators who signed in", async () => {
    const path = `/api/admin/prices/price_${"0".repeat(22)}/end`;
    for (const as of ["ada", "key"]) {
      const answers = await Promise.all([
        call("/api/admin/prices", { as }),
        call("/api/admin/prices", { as, body: priced() }),
        call(path, { as, body: {} }),
        call("/api/admin/prices/missing", { as }),
        call("/api/admin/prices/missing/rate", { as, body: { provider: "openai", price_model: "x" } }),
      ]);
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403, 403]);
    }
    expect((await call("/api/admin/prices", { as: "" })).statusCode).toBe(401);
  });
});

describe("a model without a price", () => {
  const rate = async () =>
    rateMissing.responses[200].schema.parse(
      (await call("/api/admin/prices/missing/rate", { body: { provider: "openai", price_model: "brand-new" } })).json(),
    );

  it("is counted, listed, and billed when an administrator says so after it has got one", async () => {
    const before = clock.now().toISOString();
    clock.advance(1000);
    const asked = await Promise.all([1, 2, 3].map(() => ask("openai", "brand-new")));
    expect(asked.map(({ costNanoUsd }) => costNanoUsd)).toEqual([null, null, null]);
    expect(usage.missingPriceCounts().find(({ priceModel }) => priceModel === "brand-new")).toMatchObject({
      requests: 3,
    });
    const found = async () => (await missing()).find(({ price_model }) => price_model === "brand-new");
    expect(await found()).toMatchObject({ provider: "openai", requests: 3, has_price_now: false });
    clock.advance(1000);
    expect(await rate()).toEqual({ rated: 0, still_missing: 3, cost_nano_usd: 0 });

    versionOf(await setPrice(priced({ model_pattern: "brand-new", valid_from: before })));
    expect(await found()).toMatchObject({ has_price_now: true });
    const cost = 10 * 1000 + Math.round(5 * 2000.5);
    expect(await rate()).toEqual({ rated: 3, still_missing: 0, cost_nano_usd: 3 * cost });
    expect(await rate()).toEqual({ rated: 0, still_missing: 0, cost_nano_usd: 0 });
    expect(await found()).toBeUndefined();
    const detail = await call(`/api/admin/usage/requests/${asked[0]?.requestId}`);
    expect(detail.json()).toMatchObject({
      cost_nano_usd: cost,
      price: { model_pattern: "brand-new" },
      entries: [
        { kind: "hold", amount_nano_usd: 0 },
        { kind: "release", amount_nano_usd: 0 },
        { kind: "adjust", amount_nano_usd: -cost, reason: "rated when the model had got a price" },
      ],
    });
    expect(await audited("admin.missing_prices_rated")).toHaveLength(3);
    expect(await world.unequalCounters()).toEqual([]);
  });

  it("has one also when that has ended since, and is billed by it", async () => {
    const before = clock.now().toISOString();
    clock.advance(1000);
    await ask("openai", "short-lived");
    clock.advance(1000);
    const { id } = versionOf(await setPrice(priced({ model_pattern: "short-lived", valid_from: before })));
    await call(`/api/admin/prices/${id}/end`, { body: {} });
    clock.advance(1000);
    const found = (await missing()).find(({ price_model }) => price_model === "short-lived");
    expect(found).toMatchObject({ requests: 1, has_price_now: true });
    const rated = await call("/api/admin/prices/missing/rate", {
      body: { provider: "openai", price_model: "short-lived" },
    });
    expect(rated.json()).toMatchObject({ rated: 1, still_missing: 0 });
  });

  it("is one alarm for all names of the ordinary tier of service, and one price by any of them ends it", async () => {
    clock.advance(1000);
    const before = clock.now().toISOString();
    for (const tier of [null, "default", "standard", "flex"]) await ask("openai", "tiered", tier);
    const found = async () =>
      (await missing())
        .filter(({ price_model }) => price_model === "tiered")
        .map(({ service_tier, requests, has_price_now }) => ({ service_tier, requests, has_price_now }));
    expect(await found()).toEqual([
      { service_tier: null, requests: 3, has_price_now: false },
      { service_tier: "flex", requests: 1, has_price_now: false },
    ]);
    const set = await setPrice(priced({ model_pattern: "tiered", service_tier: "Default", valid_from: before }));
    expect(versionOf(set).service_tier).toBeNull();
    expect(await found()).toEqual([
      { service_tier: null, requests: 3, has_price_now: true },
      { service_tier: "flex", requests: 1, has_price_now: false },
    ]);
  });
});

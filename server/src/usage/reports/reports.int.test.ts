import { ApiError } from "@llm-tuner/contract/errors.ts";
import { getUsage, listUsageRequests, UsageRequestDetail } from "@llm-tuner/contract/usage.ts";
import type { SettlementRequest } from "@llm-tuner/gateway/ports.ts";
import type { Usage } from "@llm-tuner/gateway/meter/usage.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { newId } from "../../platform/ids.ts";
import { silentLog } from "../../platform/log/log.ts";
import { authenticatorOf, createTestApp, testCaller } from "../../platform/testing/test-app.ts";
import { reservationOf, settlementOf } from "../testing/usage-requests.ts";
import { createUsageWorld } from "../testing/usage-world.ts";
import { rollupsStore } from "./rollups.store.ts";
import { createUpkeepUsecases } from "./upkeep.usecases.ts";

const world = await createUsageWorld();
const { database, clock, usage } = world;
const [ada, bob, admin] = [await world.addUser(), await world.addUser(), await world.addUser()];
const app = await createTestApp({
  modules: [usage],
  authenticator: authenticatorOf({
    ada: testCaller({ userId: ada }),
    key: testCaller({ userId: ada, apiKeyId: "key_000000000000", scopes: ["usage:read"] }),
    chatKey: testCaller({ userId: ada, apiKeyId: "key_000000000000", scopes: ["chat"] }),
    bob: testCaller({ userId: bob }),
    admin: testCaller({ userId: admin, role: "admin" }),
  }),
});
afterAll(async () => {
  await app.close();
  await world.close();
});
const upkeep = createUpkeepUsecases({ database, store: rollupsStore, log: silentLog });

const call = (url: string, as = "ada", body?: object) =>
  app.inject({
    method: body === undefined ? "GET" : "POST",
    url,
    headers: as === "" ? {} : { authorization: `Bearer ${as}` },
    ...(body === undefined ? {} : { payload: body }),
  });
const reportOf = async (query = "", as = "ada", path = "/api/v1/usage") =>
  getUsage.responses[200].schema.parse((await call(`${path}?${query}`, as)).json());
const listOf = async (query: string, as = "ada", path = "/api/v1/usage/requests") =>
  listUsageRequests.responses[200].schema.parse((await call(`${path}?${query}`, as)).json()).requests;

interface Used {
  user?: string;
  at: string;
  settled?: Partial<SettlementRequest> & { counts?: Partial<Usage> };
}
async function use({ user = ada, at, settled = {} }: Used): Promise<string> {
  const request = { requestId: newId("request"), caller: world.callerOf(user), startedAt: new Date(at) };
  await usage.meter.reserve(reservationOf(request));
  await usage.meter.settle(settlementOf({ ...request, ...settled }));
  return request.requestId;
}
const usual = 500;

beforeAll(async () => {
  // Later than the beginning of every price.
  clock.advance(Date.parse("2031-11-21T12:30:00Z") - clock.now().getTime());
  const failed = {
    outcome: "failed" as const,
    counts: { inputUncached: 0, outputText: 0 },
    errorCode: "upstream_error",
  };
  await use({ at: "2031-11-20T09:15:00Z" });
  await use({ at: "2031-11-20T09:59:59.999Z", settled: { model: "=cmd", counts: { outputReasoning: 3 } } });
  await use({ at: "2031-11-20T10:00:00Z", settled: failed });
  // Half of what is reported has been summed up, half has not.
  await world.flush();
  await upkeep.roll();
  await use({ at: "2031-11-21T00:00:00Z" });
  await use({ at: "2031-11-20T09:30:00Z", settled: { provider: "elsewhere" } });
  await use({ user: bob, at: "2031-11-21T08:00:00Z" });
});

describe("GET /api/v1/usage", () => {
  it("200: sums up one's own by the day, those that came late to their hour included", async () => {
    const { totals, groups, from, to, truncated } = await reportOf();
    expect({ from, to, truncated }).toEqual({
      from: "2031-10-22T13:00:00.000Z",
      to: "2031-11-21T13:00:00.000Z",
      truncated: false,
    });
    expect(totals).toMatchObject({
      requests: 5,
      errors: 1,
      unpriced: 1,
      cost_nano_usd: 3 * usual + 3 * 60,
      input_tokens: 40,
      output_tokens: 23,
      usage: { input_uncached: 40, output_text: 20, output_reasoning: 3 },
    });
    expect(groups.map(({ group, requests, cost_nano_usd }) => [group, requests, cost_nano_usd])).toEqual([
      ["2031-11-20T00:00:00.000Z", 4, 2 * usual + 180],
      ["2031-11-21T00:00:00.000Z", 1, usual],
    ]);
  });

  it.each([
    ["group_by=hour", ["2031-11-20T09:00:00.000Z", "2031-11-20T10:00:00.000Z", "2031-11-21T00:00:00.000Z"]],
    ["group_by=model", ["my-model", "=cmd"]],
    ["group_by=provider", ["tuned", "elsewhere"]],
    ["group_by=key", ["key_000000000000"]],
    ["group_by=hour&from=2031-11-20T10:00:00Z&to=2031-11-21T00:00:00Z", ["2031-11-20T10:00:00.000Z"]],
    ["group_by=hour&model=%3Dcmd", ["2031-11-20T09:00:00.000Z"]],
    ["group_by=hour&api_key_id=key_999999999999", []],
  ])("200: %s", async (query, groups) => {
    expect((await reportOf(query)).groups.map(({ group }) => group)).toEqual(groups);
  });

  it("200: splits groups, and whatever the grouping is, the groups add up to the totals", async () => {
    const { groups, totals } = await reportOf("group_by=day&split_by=provider");
    expect(groups.map(({ group, split, requests }) => [group?.slice(0, 10), split, requests])).toEqual([
      ["2031-11-20", "tuned", 3],
      ["2031-11-20", "elsewhere", 1],
      ["2031-11-21", "tuned", 1],
    ]);
    expect(groups.reduce((sum, { cost_nano_usd }) => sum + cost_nano_usd, 0)).toBe(totals.cost_nano_usd);
  });

  it("200: as CSV, in nano-USD and to the last digit in dollars", async () => {
    const answer = await call("/api/v1/usage/export?group_by=model", "key");
    expect(answer.headers["content-type"]).toBe("text/csv; charset=utf-8");
    const [head, first, second] = answer.body.split("\n");
    expect(head).toMatch(/^\uFEFFgroup,split,requests,errors,unpriced,cost_nano_usd,cost_usd,input_tokens/);
    expect(first).toMatch(/^my-model,,4,1,1,1000,0\.000001000,30,15,/);
    // A spreadsheet would otherwise run it.
    expect(second).toMatch(/^'=cmd,,1,0,0,680,0\.000000680,10,8,/);
  });

  it("400, 401, 403: a range that is none, no credentials, no scope, groups by people", async () => {
    const answers = await Promise.all([
      call("/api/v1/usage?from=2031-11-21T00:00:00Z&to=2031-11-20T00:00:00Z"),
      call("/api/v1/usage?from=2020-01-01T00:00:00Z"),
      call("/api/v1/usage?group_by=user"),
      call("/api/v1/usage", ""),
      call("/api/v1/usage", "chatKey"),
      call("/api/v1/usage/export", "chatKey"),
      call("/api/admin/usage", "ada"),
      call("/api/admin/usage/requests", "key"),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400, 400, 401, 403, 403, 403, 403]);
    expect(ApiError.parse(answers[0]?.json()).error.code).toBe("invalid_range");
  });
});

describe("GET /api/admin/usage", () => {
  it("200: has everybody, by person, and one person alone", async () => {
    const { groups } = await reportOf("group_by=user", "admin", "/api/admin/usage");
    expect(groups.map(({ group, requests }) => [group, requests])).toEqual([
      [ada, 5],
      [bob, 1],
    ]);
    expect((await reportOf(`user_id=${bob}`, "admin", "/api/admin/usage")).totals.requests).toBe(1);
    expect((await call("/api/admin/usage/export?group_by=user", "admin")).body).toContain(`\n${bob},,1,0,0,500,`);
  });
});

describe("GET /api/v1/usage/requests", () => {
  it("200: as CSV, one line a request, with words for what is true or not", async () => {
    const { body } = await call("/api/v1/usage/requests/export", "key");
    const [head = "", ...lines] = body.trim().split("\n");
    const column = head.split(",").indexOf("stream");
    const streams = lines.map((line) => line.split(",")[column]);
    expect(streams.length).toBeGreaterThan(0);
    for (const cell of streams) expect(cell).toMatch(/^(true|false)$/);
  });

  it.each([
    ["model=%3Dcmd", 1],
    ["provider=elsewhere", 1],
    ["outcome=failed", 1],
    ["api_key_id=key_000000000000", 5],
    ["api_key_id=key_999999999999", 0],
    ["from=2031-11-20T09:59:59.999Z&to=2031-11-20T10:00:00Z", 1],
    ["min_cost_nano_usd=501", 1],
    ["min_cost_nano_usd=500", 3],
  ])("200: filtered by %s", async (query, count) => {
    expect(await listOf(query)).toHaveLength(count);
  });

  it("200: as CSV, all pages of it, and nobody else's", async () => {
    const user = await world.addUser();
    const at = "2031-11-21T12:00:00Z";
    await Promise.all(Array.from({ length: 230 }, () => use({ user, at })));
    const own = await createTestApp({
      modules: [usage],
      authenticator: authenticatorOf({ own: testCaller({ userId: user }) }),
    });
    const answer = await own.inject({ url: "/api/v1/usage/requests/export", headers: { authorization: "Bearer own" } });
    const lines = answer.body.trimEnd().split("\n");
    expect(lines).toHaveLength(231);
    expect(new Set(lines.slice(1).map((line) => line.split(",")[0])).size).toBe(230);
    expect(lines[1]).toMatch(/,500,0\.000000500,reported,completed,,120$/);
    await own.close();
  });

  it("200 for an administrator: as CSV, everybody's or one person's, with who pays, noted in the audit log", async () => {
    const path = "/api/admin/usage/requests/export";
    const rowsOf = async (query = "") => {
      const { statusCode, body } = await call(`${path}?${query}`, "admin");
      expect(statusCode).toBe(200);
      const [head = "", ...lines] = body.trimEnd().split("\n");
      const column = head.split(",").indexOf("user_id");
      return lines.map((line) => line.split(",")[column]);
    };
    expect(await rowsOf()).toEqual(expect.arrayContaining([ada, bob]));
    expect(await rowsOf(`user_id=${bob}&outcome=completed`)).toEqual([bob]);
    const entry = await database.row(
      z.object({ details: z.string() }),
      "select details from audit_events where action = 'admin.usage_exported' order by sequence desc limit 1",
    );
    expect(JSON.parse(entry?.details ?? "")).toEqual({
      of: "requests",
      filters: ["outcome=completed", `user_id=${bob}`],
    });
    expect((await call(path, "ada")).statusCode).toBe(403);
    expect((await call("/api/v1/usage/requests/export", "ada")).body).not.toContain("user_id");
  });

  it("200 for an administrator: everybody's, or one person's", async () => {
    expect(await listOf(`user_id=${bob}`, "admin", "/api/admin/usage/requests")).toHaveLength(1);
    expect((await listOf("outcome=failed", "admin", "/api/admin/usage/requests")).length).toBe(1);
  });
});

describe("GET /api/v1/usage/requests/{id}", () => {
  const detailOf = async (id: string, as = "ada", path = "/api/v1/usage/requests") =>
    UsageRequestDetail.parse((await call(`${path}/${id}`, as)).json());

  it("200: says why it cost that", async () => {
    const id = await use({
      at: "2031-11-21T11:00:00Z",
      settled: {
        counts: { inputCacheRead: 4 },
        upstreamId: "chatcmpl-1",
        attempts: [
          {
            deployment: "dep_1",
            provider: "tuned",
            priceModel: "my-model",
            upstreamModel: "m",
            outcome: "failed",
            errorCode: "upstream_error",
            latencyMs: 7,
          },
        ],
      },
    });
    const detail = await detailOf(id);
    expect(detail).toMatchObject({
      user_id: ada,
      price_model: "my-model",
      upstream_id: "chatcmpl-1",
      usage: { input_uncached: 10, input_cache_read: 4, output_text: 5 },
      usage_source: "reported",
      policy: "reported",
      explanation: "The provider counted the whole exchange, and that is billed.",
      price: {
        provider: "tuned",
        model_pattern: "*",
        rates: { input_uncached: "20", output_text: "60" },
        origin: "settings",
      },
      lines: [
        {
          bucket: "input_uncached",
          quantity: 10,
          rated_as: "input_uncached",
          nano_usd_per_unit: "20",
          nano_usd: "200",
        },
        {
          bucket: "input_cache_read",
          quantity: 4,
          rated_as: "input_uncached",
          nano_usd_per_unit: "20",
          nano_usd: "80",
        },
        { bucket: "output_text", quantity: 5, rated_as: "output_text", nano_usd_per_unit: "60", nano_usd: "300" },
      ],
      unrounded_nano_usd: "580",
      cost_nano_usd: 580,
      first_byte_ms: 31,
      attempts: [{ deployment: "dep_1", outcome: "failed", error_code: "upstream_error", latency_ms: 7 }],
    });
    expect(detail.entries.map(({ kind, amount_nano_usd }) => [kind, amount_nano_usd])).toEqual([
      ["hold", -5000],
      ["release", 5000],
      ["charge", -580],
    ]);
  });

  it("404: of somebody else, and of nobody", async () => {
    const id = await use({ user: bob, at: "2031-11-21T11:00:00Z" });
    expect((await call(`/api/v1/usage/requests/${id}`)).statusCode).toBe(404);
    expect((await call(`/api/v1/usage/requests/${newId("request")}`)).statusCode).toBe(404);
    expect((await detailOf(id, "admin", "/api/admin/usage/requests")).user_id).toBe(bob);
  });

  it("POST adjust, for an administrator: gives back, with a reason that is shown, in the ledger, the sums and the audit log", async () => {
    const id = await use({ user: bob, at: "2031-11-21T11:00:00Z" });
    await world.flush();
    await upkeep.roll();
    const before = (await reportOf("", "bob")).totals.cost_nano_usd;
    const answer = await call(`/api/admin/usage/requests/${id}/adjust`, "admin", {
      cost_nano_usd: 120,
      reason: "Half of it",
    });
    expect(answer.statusCode).toBe(200);
    const detail = await detailOf(id, "bob");
    expect(detail).toMatchObject({ cost_nano_usd: 120 });
    expect(detail.entries.at(-1)).toMatchObject({ kind: "adjust", amount_nano_usd: 380, reason: "Half of it" });
    expect((await reportOf("", "bob")).totals.cost_nano_usd).toBe(before - 380);
    expect(await world.unequalCounters()).toEqual([]);
    const [refused, nobody] = await Promise.all([
      call(`/api/admin/usage/requests/${id}/adjust`, "bob", { cost_nano_usd: 0, reason: "x" }),
      call(`/api/admin/usage/requests/${newId("request")}/adjust`, "admin", { cost_nano_usd: 0, reason: "x" }),
    ]);
    expect([refused.statusCode, nobody.statusCode]).toEqual([403, 404]);
  });
});

describe("sums by the hour", () => {
  it("are the same when they are made anew, and when several processes make them while requests come", async () => {
    const user = await world.addUser();
    await Promise.all([
      ...Array.from({ length: 120 }, (_, index) =>
        use({ user, at: `2031-11-21T0${index % 10}:00:00Z`, settled: { counts: { inputUncached: index } } }),
      ),
      ...Array.from({ length: 6 }, () => upkeep.roll()),
      upkeep.rebuild(),
    ]);
    await world.flush();
    await upkeep.roll();
    expect(await upkeep.check()).toEqual([]);
    const before = await reportOf(`group_by=hour&user_id=${user}`, "admin", "/api/admin/usage");
    expect(before.totals).toMatchObject({ requests: 120, cost_nano_usd: 120 * 300 + 20 * ((119 * 120) / 2) });
    await upkeep.rebuild();
    expect(await reportOf(`group_by=hour&user_id=${user}`, "admin", "/api/admin/usage")).toEqual(before);
    expect(await upkeep.check()).toEqual([]);
  });

  it("that are wrong, costs that are not in the ledger and counters that drifted are found", async () => {
    await database.execute("update usage_hourly set requests = requests + 1 where user_id = $1", [bob]);
    await database.execute("update usage_counters set spent_nano_usd = spent_nano_usd + 1 where subject = $1", [
      `user:${bob}`,
    ]);
    await database.execute("update usage_requests set cost_nano_usd = 1 where user_id = $1 and cost_nano_usd > 1", [
      bob,
    ]);
    const found = await upkeep.check();
    expect(found.map(({ what }) => what)).toEqual([
      "requests whose cost is not what the ledger has for them",
      "hours whose sums are not those of their requests",
      "counters whose spending is not that of the ledger",
    ]);
    expect(found[0]?.example).toMatch(/^req_/);
  });
});

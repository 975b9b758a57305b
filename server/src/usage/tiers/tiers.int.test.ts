import { listAuditEvents } from "@llm-tuner/contract/audit.ts";
import { listTiers, Tier } from "@llm-tuner/contract/admin.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { authenticatorOf, createTestApp, testCaller } from "../../platform/testing/test-app.ts";
import { reservationOf } from "../testing/usage-requests.ts";
import { createUsageWorld } from "../testing/usage-world.ts";

const world = await createUsageWorld();
const { database, usage, accounts, addUser } = world;
const [admin, ada] = [await addUser(), await addUser()];
const app = await createTestApp({
  modules: [accounts, usage],
  authenticator: authenticatorOf({
    admin: testCaller({ userId: admin, role: "admin" }),
    ada: testCaller({ userId: ada }),
    key: testCaller({ userId: admin, role: "admin", apiKeyId: "key_000000000000" }),
  }),
});
afterAll(async () => {
  await app.close();
  await world.close();
});
beforeEach(async () => {
  await database.execute("update users set tier = 'standard'");
  await database.execute("delete from api_keys");
  await database.execute("delete from tiers where name <> 'standard'");
});

async function call(
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path = "",
  { body, as = "admin" }: { body?: unknown; as?: string } = {},
) {
  const answer = await app.inject({
    method,
    url: `/api/admin/tiers${path}`,
    headers: {
      ...(as === "" ? {} : { authorization: `Bearer ${as}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  return { status: answer.statusCode, json: (): unknown => answer.json() };
}
const tierOf = (answer: { json: () => unknown }): Tier => Tier.parse(answer.json());
const refusalOf = ({ status, json }: { status: number; json: () => unknown }) => [
  status,
  ApiError.parse(json()).error.code,
];
const listed = async () => listTiers.responses[200].schema.parse((await call("GET")).json()).tiers;
/** The newest entry about a tier. */
async function audited(action: string) {
  const answer = await app.inject({
    url: `/api/admin/audit?action=${action}&limit=1`,
    headers: { authorization: "Bearer admin" },
  });
  const [event] = listAuditEvents.responses[200].schema.parse(answer.json()).events;
  return event && { actor: event.actor.user_id, target: event.target, details: event.details };
}
const team = { name: "team", requests_per_minute: 100, monthly_spend_usd: 12.345678901 };
const teamLimits = {
  description: "",
  requests_per_minute: 100,
  tokens_per_minute: null,
  concurrent_requests: null,
  model_limits: [],
};

describe("tiers", () => {
  it("are the standard one without limits from the start; others are made, changed and deleted, each with an audit entry", async () => {
    expect(await listed()).toEqual([
      expect.objectContaining({
        name: "standard",
        requests_per_minute: null,
        tokens_per_minute: null,
        concurrent_requests: null,
        monthly_spend_usd: null,
        users: 2,
      }),
    ]);
    const made = await call("POST", "", { body: team });
    const spend = { daily_spend_usd: null, monthly_spend_usd: 12.345678901 };
    expect([made.status, tierOf(made)]).toEqual([
      201,
      { name: "team", ...teamLimits, ...spend, users: 0, created_at: expect.any(String) },
    ]);
    const target = { kind: "tier", id: "team" };
    const details = { ...teamLimits, daily_spend_nano_usd: null, monthly_spend_nano_usd: 12_345_678_901 };
    expect(await audited("admin.tier_created")).toEqual({ actor: admin, target, details });
    expect(await usage.tierExists("team")).toBe(true);

    await database.execute("update users set tier = 'team' where id = $1", [ada]);
    const changes = {
      description: " The team ",
      requests_per_minute: null,
      concurrent_requests: 3,
      daily_spend_usd: 0.5,
      model_limits: [{ model: " gpt-* ", tokens_per_minute: 9, monthly_spend_usd: 0.000000001 }],
    };
    const changed = await call("PATCH", "/team", { body: changes });
    const after = {
      description: "The team",
      requests_per_minute: null,
      tokens_per_minute: null,
      concurrent_requests: 3,
    };
    expect([changed.status, tierOf(changed)]).toEqual([
      200,
      {
        name: "team",
        ...after,
        ...spend,
        daily_spend_usd: 0.5,
        model_limits: [
          {
            model: "gpt-*",
            requests_per_minute: null,
            tokens_per_minute: 9,
            concurrent_requests: null,
            daily_spend_usd: null,
            monthly_spend_usd: 0.000000001,
          },
        ],
        users: 1,
        created_at: expect.any(String),
      },
    ]);
    expect((await audited("admin.tier_changed"))?.details).toEqual({
      ...after,
      daily_spend_nano_usd: 500_000_000,
      monthly_spend_nano_usd: 12_345_678_901,
      model_limits: ["gpt-*: tokens_per_minute 9, monthly_spend_nano_usd 1"],
    });
    expect((await listed()).map(({ name, users }) => [name, users])).toEqual([
      ["standard", 1],
      ["team", 1],
    ]);

    await database.execute("update users set tier = 'standard' where id = $1", [ada]);
    expect(tierOf(await call("DELETE", "/team"))).toMatchObject({ name: "team", users: 0 });
    expect(await audited("admin.tier_deleted")).toMatchObject({ actor: admin, target });
    expect(await usage.tierExists("team")).toBe(false);
  });

  it("404 and 409: unknown, taken, in use by people or keys, and the standard one", async () => {
    await call("POST", "", { body: team });
    expect(refusalOf(await call("POST", "", { body: { name: "team" } }))).toEqual([409, "tier_exists"]);
    expect(refusalOf(await call("PATCH", "/nowhere", { body: { tokens_per_minute: 1 } }))).toEqual([
      404,
      "tier_not_found",
    ]);
    expect(refusalOf(await call("DELETE", "/nowhere"))).toEqual([404, "tier_not_found"]);
    expect(refusalOf(await call("DELETE", "/standard"))).toEqual([409, "standard_tier_stays"]);
    await database.execute("update users set tier = 'team' where id = $1", [ada]);
    expect(refusalOf(await call("DELETE", "/team"))).toEqual([409, "tier_in_use"]);
    await database.execute("update users set tier = 'standard'");
    await database.execute(
      `insert into api_keys (id, user_id, name, secret_mac, scopes, tier, family_id, created_at)
       values ('key_1', $1, 'a key', decode(repeat('00', 32), 'hex'), '{chat}', 'team', 'key_1', now())`,
      [ada],
    );
    const refused = await call("DELETE", "/team");
    expect([refused.status, refused.json()]).toEqual([
      409,
      expect.objectContaining({
        error: expect.objectContaining({ message: "The tier is still that of 0 accounts and 1 API keys." }),
      }),
    ]);
    await database.execute("update api_keys set revoked_at = now()");
    expect((await call("DELETE", "/team")).status).toBe(200);
  });

  it("400: a limit of nothing, a name that cannot be one, a change of nothing; 401 and 403 for everybody else", async () => {
    const bodies = [
      { name: "team", requests_per_minute: 0 },
      { name: "Team" },
      { name: "team", monthly_spend_usd: -1 },
      { name: "team", monthly_spend_usd: 0.000_000_000_1 },
      { name: "team", daily_spend_usd: -0.1 },
      { name: "team", model_limits: [{ model: "", requests_per_minute: 1 }] },
      { name: "team", model_limits: [{ model: "gpt-*", requests_per_minute: 0 }] },
      { name: "team", model_limits: [{ model: "gpt-*" }, { model: "gpt-* " }] },
      { name: "team", model_limits: Array.from({ length: 51 }, (_, index) => ({ model: `gpt-${index}` })) },
    ];
    for (const body of bodies) expect((await call("POST", "", { body })).status).toBe(400);
    expect((await call("PATCH", "/standard", { body: {} })).status).toBe(400);
    expect((await call("GET", "", { as: "" })).status).toBe(401);
    for (const as of ["ada", "key"]) {
      expect((await call("GET", "", { as })).status).toBe(403);
      expect((await call("POST", "", { as, body: team })).status).toBe(403);
      const freed = { requests_per_minute: null, model_limits: [] };
      expect((await call("PATCH", "/standard", { as, body: freed })).status).toBe(403);
      expect((await call("DELETE", "/standard", { as })).status).toBe(403);
    }
    expect((await listed()).map(({ name }) => name)).toEqual(["standard"]);
  });

  it("limit of the standard tier holds for everybody, also for those whose tier is gone", async () => {
    await call("PATCH", "/standard", { body: { requests_per_minute: 1 } });
    const gone = { ...world.callerOf(ada), tier: "gone" };
    const request = reservationOf({
      requestId: "req_1",
      caller: gone,
      estimatedInputTokens: 1,
      modelMaxOutputTokens: null,
      maxOutputTokens: 1,
      startedAt: world.clock.now(),
    });
    expect((await usage.meter.reserve(request)).headers).toMatchObject({ "x-ratelimit-limit-requests": "1" });
    await expect(usage.meter.reserve({ ...request, requestId: "req_2" })).rejects.toMatchObject({
      status: 429,
      message: "The limit of this account (tier standard) is reached: 1 requests a minute.",
    });
    await call("PATCH", "/standard", { body: { requests_per_minute: null } });
  });
});

import { ApiKey, CreatedApiKey, listApiKeys } from "@llm-tuner/contract/api-keys.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { AppError } from "../platform/errors.ts";
import { newApiKeyParts } from "./api-key-format.ts";
import { createKeyWorld } from "./testing/key-world.ts";

const world = await createKeyWorld();
afterAll(world.close);
const { clock, createKeys, database, keys, spent } = world;
const [ada, bob] = [await world.register(), await world.register()];
const dayMs = 86_400_000;
const inDays = (days: number) => new Date(clock.now().getTime() + days * dayMs).toISOString();

const call = (method: "GET" | "POST" | "PATCH" | "DELETE", path = "", { as = ada.token, body = {} } = {}) =>
  world.call(method, `/api/v1/api-keys${path}`, { as, ...(["POST", "PATCH"].includes(method) ? { body } : {}) });
const refusalOf = (answer: Awaited<ReturnType<typeof call>>) => ({
  status: answer.statusCode,
  code: ApiError.parse(answer.json()).error.code,
});
const create = async (body: Record<string, unknown> = {}) => {
  await database.execute("update api_keys set revoked_at = $1 where revoked_at is null", [clock.now()]);
  return CreatedApiKey.parse((await call("POST", "", { body: { name: "test", ...body } })).json());
};
const patch = (id: string, body: Record<string, unknown>, as = ada.token) => call("PATCH", `/${id}`, { as, body });
const authenticate = async (secret: string) => keys.authenticateApiKey(secret);
const answeredBy = (secret: string) => authenticate(secret).catch(({ code }: AppError) => code);
const boundsOf = async (secret: string) => (await keys.authenticateApiKey(secret)).bounds;

const Audited = z.object({ action: z.string(), details: z.string(), actor_user_id: z.string().nullable() });
const auditOf = (id: string) =>
  database.rows(
    Audited,
    "select action, details, actor_user_id from audit_events where target_id = $1 order by sequence",
    [id],
  );

const bounds = {
  allowed_models: ["ft:*", "starter"],
  budget: { limit_usd: 12.5, period: "total" },
  tier: "small",
};

describe("a key with bounds", () => {
  it("201: is answered and listed with them, and hands them to whoever asks who calls", async () => {
    const { key, secret } = await create({ ...bounds, allowed_models: ["ft:*", "starter", "ft:*"] });
    expect(key).toMatchObject({ ...bounds, spent_usd: 0, family_id: key.id, replaced_by: null });
    const subject = `key:${key.id}`;
    expect(await boundsOf(secret)).toEqual({
      allowedModels: bounds.allowed_models,
      spend: [{ subject, period: "total", limitNanoUsd: 12_500_000_000, maxRequests: null }],
      locked: null,
      tier: { name: "small", subject },
    });
    const [listed] = listApiKeys.responses[200].schema.parse((await call("GET")).json()).api_keys;
    expect(listed).toEqual(key);
  });

  it("shows what was spent in the period of its budget", async () => {
    const { key } = await create({ budget: { limit_usd: 1 } });
    expect(key.budget).toEqual({ limit_usd: 1, period: "month" });
    spent.set(`key:${key.id} month`, 250_000_001).set(`key:${key.id} total`, 9_000_000_000);
    const spentNow = async () => {
      const list = listApiKeys.responses[200].schema.parse((await call("GET")).json());
      return list.api_keys.find(({ id }) => id === key.id)?.spent_usd;
    };
    expect(await spentNow()).toBe(0.250000001);
    await patch(key.id, { budget: { limit_usd: 20, period: "total" } });
    expect(await spentNow()).toBe(9);
  });

  it.each([
    [{ allowed_models: [] }, "invalid_request"],
    [{ budget: { limit_usd: -1 } }, "invalid_request"],
    [{ budget: { limit_usd: 0.0000000001 } }, "invalid_request"],
    [{ tier: "no-such-tier" }, "unknown_tier"],
    [{ family_id: "key_0123456789AB" }, "invalid_request"],
  ])("400: %j", async (change, code) => {
    const { key } = await create();
    expect(refusalOf(await call("POST", "", { body: { name: "test", ...change } }))).toEqual({ status: 400, code });
    expect(refusalOf(await patch(key.id, change))).toEqual({ status: 400, code });
  });
});

describe("PATCH /api/v1/api-keys/{id}", () => {
  it("200: changes what is named and nothing else; null removes a bound", async () => {
    const { key } = await create(bounds);
    const renamed = ApiKey.parse((await patch(key.id, { name: "renamed", scopes: ["chat", "chat"] })).json());
    expect(renamed).toEqual({ ...key, name: "renamed", scopes: ["chat"] });
    const removed = { allowed_models: null, budget: null, tier: null, expires_at: null };
    expect(ApiKey.parse((await patch(key.id, removed)).json())).toEqual({ ...renamed, ...removed });
    const expires_at = inDays(3);
    expect(ApiKey.parse((await patch(key.id, { expires_at })).json()).expires_at).toBe(expires_at);
    expect((await patch(key.id, {})).statusCode).toBe(400);
  });

  it("takes effect at once, in another process as well", async () => {
    const other = createKeys();
    await other.start?.();
    const { key, secret } = await create();
    for (const { authenticateApiKey } of [keys, other]) await authenticateApiKey(secret);
    const changes = [
      { allowed_models: ["only-this"] },
      { budget: { limit_usd: 3, period: "month" } },
      { tier: "small" },
      { scopes: ["models:read"] },
    ];
    for (const change of changes) {
      await patch(key.id, change);
      const here = await keys.authenticateApiKey(secret);
      await expect.poll(() => other.authenticateApiKey(secret)).toEqual(here);
    }
    const subject = `key:${key.id}`;
    const spend = [{ subject, period: "month", limitNanoUsd: 3_000_000_000, maxRequests: null }];
    const tier = { name: "small", subject };
    expect(await keys.authenticateApiKey(secret)).toMatchObject({
      scopes: new Set(["models:read"]),
      bounds: { allowedModels: ["only-this"], spend, tier },
    });
    await other.stop?.();
  });

  it("SEC-23: an expiry that was set ends the key at that moment", async () => {
    const { key, secret } = await create();
    await patch(key.id, { expires_at: inDays(1) });
    clock.advance(dayMs - 1);
    expect(await answeredBy(secret)).toMatchObject({ apiKeyId: key.id });
    clock.advance(1);
    expect(await answeredBy(secret)).toBe("api_key_expired");
    expect(refusalOf(await patch(key.id, { expires_at: null }))).toEqual({ status: 409, code: "api_key_ended" });
    expect(await answeredBy(secret)).toBe("api_key_expired");
  });

  it("400: an end that has passed; 409: a key that was revoked", async () => {
    const { key, secret } = await create();
    const passed = { expires_at: clock.now().toISOString() };
    expect(refusalOf(await patch(key.id, passed))).toEqual({ status: 400, code: "expiry_in_the_past" });
    await call("DELETE", `/${key.id}`);
    expect(refusalOf(await patch(key.id, { name: "new" }))).toEqual({ status: 409, code: "api_key_ended" });
    expect(await answeredBy(secret)).toBe("api_key_revoked");
  });

  it("404: somebody else's key and an unknown one, which changes nothing; 403: with an API key", async () => {
    const { key, secret } = await create();
    const notFound = { status: 404, code: "api_key_not_found" };
    expect(refusalOf(await patch(key.id, { name: "mine" }, bob.token))).toEqual(notFound);
    expect(refusalOf(await patch(newApiKeyParts().id, { name: "mine" }))).toEqual(notFound);
    expect(refusalOf(await patch(key.id, { scopes: ["chat"] }, secret))).toMatchObject({ status: 403 });
    const [row] = await database.rows(z.object({ name: z.string() }), "select name from api_keys where id = $1", [
      key.id,
    ]);
    expect(row).toEqual({ name: "test" });
  });
});

describe("the audit log", () => {
  it("SEC-39: tells who created, changed, rotated and revoked a key, with no secret of it", async () => {
    const { key, secret } = await create(bounds);
    await patch(key.id, { tier: null, name: "renamed" });
    const rotated = CreatedApiKey.parse((await call("POST", `/${key.id}/rotate`)).json());
    await call("DELETE", `/${rotated.key.id}`);
    await call("DELETE", `/${rotated.key.id}`);
    const entries = [...(await auditOf(key.id)), ...(await auditOf(rotated.key.id))];
    expect(entries.map(({ action, details }) => [action, JSON.parse(details)])).toEqual([
      ["api_key.created", { name: "test", scopes: key.scopes }],
      ["api_key.changed", { fields: ["name", "tier"] }],
      ["api_key.rotated", { successor: rotated.key.id, grace_seconds: 86_400 }],
      ["api_key.revoked", {}],
    ]);
    expect(new Set(entries.map(({ actor_user_id }) => actor_user_id))).toEqual(new Set([ada.userId]));
    for (const text of [secret, rotated.secret]) expect(JSON.stringify(entries)).not.toContain(text.slice(20, -6));
  });

  it("has no entry of what was refused", async () => {
    const { key } = await create();
    await patch(key.id, { name: "mine" }, bob.token);
    await patch(key.id, { tier: "no-such-tier" });
    expect((await auditOf(key.id)).map(({ action }) => action)).toEqual(["api_key.created"]);
  });
});

import { type ApiKey, CreatedApiKey, listApiKeys } from "@llm-tuner/contract/api-keys.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { AppError } from "../platform/errors.ts";
import { newApiKeyParts } from "./api-key-format.ts";
import { createKeyWorld } from "./testing/key-world.ts";

const world = await createKeyWorld();
afterAll(world.close);
const { clock, createKeys, database, keys, spent } = world;
const [ada, bob] = [await world.register(), await world.register()];
const dayMs = 86_400_000;
const later = (ms: number) => new Date(clock.now().getTime() + ms).toISOString();

beforeEach(() => database.execute("delete from api_keys"));

const create = async (body: Record<string, unknown> = {}) =>
  CreatedApiKey.parse(
    (await world.call("POST", "/api/v1/api-keys", { as: ada.token, body: { name: "test", ...body } })).json(),
  );
const rotate = (id: string, { as = ada.token, body = {} }: { as?: string; body?: unknown } = {}) =>
  world.call("POST", `/api/v1/api-keys/${id}/rotate`, { as, body });
const rotated = async (id: string, body: unknown = {}) => CreatedApiKey.parse((await rotate(id, { body })).json());
const refusalOf = (answer: Awaited<ReturnType<typeof rotate>>) => ({
  status: answer.statusCode,
  code: ApiError.parse(answer.json()).error.code,
});
const listed = async (): Promise<ApiKey[]> => {
  const answer = await world.call("GET", "/api/v1/api-keys", { as: ada.token });
  return listApiKeys.responses[200].schema.parse(answer.json()).api_keys;
};
const keyNow = async (id: string) => (await listed()).find((key) => key.id === id);
const authenticate = async (secret: string) => keys.authenticateApiKey(secret);
const answeredBy = (secret: string) =>
  authenticate(secret).then(
    ({ apiKeyId }) => apiKeyId,
    ({ code }: AppError) => code,
  );

describe("POST /api/v1/api-keys/{id}/rotate", () => {
  it("SEC-23: 201: a successor with the same settings and another secret; both work until the grace ends", async () => {
    const old = await create({
      scopes: ["chat", "usage:read"],
      allowed_models: ["ft:*"],
      budget: { limit_usd: 2, period: "month" },
      tier: "small",
      expires_at: later(90 * dayMs),
    });
    clock.advance(1000);
    const successor = await rotated(old.key.id, { grace_seconds: 3600 });
    const { id, prefix, created_at, ...settings } = successor.key;
    expect(settings).toEqual({ ...old.key, id: undefined, prefix: undefined, created_at: undefined });
    expect(created_at).toBe(clock.now().toISOString());
    expect(successor.secret).not.toBe(old.secret);
    expect(await keyNow(old.key.id)).toEqual({ ...old.key, replaced_by: id, expires_at: later(3_600_000) });
    expect(successor.secret.startsWith(prefix)).toBe(true);

    clock.advance(3_600_000 - 1);
    expect([await answeredBy(old.secret), await answeredBy(successor.secret)]).toEqual([old.key.id, id]);
    clock.advance(1);
    expect([await answeredBy(old.secret), await answeredBy(successor.secret)]).toEqual(["api_key_expired", id]);
  });

  it("leaves budget and usage with the family, from rotation to rotation", async () => {
    const first = await create({ budget: { limit_usd: 2, period: "month" } });
    const second = await rotated(first.key.id);
    const third = await rotated(second.key.id);
    expect([second.key.family_id, third.key.family_id]).toEqual([first.key.id, first.key.id]);
    spent.set(`key:${first.key.id} month`, 1_500_000_000);
    expect((await listed()).map(({ spent_usd }) => spent_usd)).toEqual([1.5, 1.5, 1.5]);
    const spendOf = async (secret: string) => (await keys.authenticateApiKey(secret)).bounds.spend;
    expect(await spendOf(third.secret)).toEqual(await spendOf(first.secret));
    expect((await rotated(third.key.id)).key.spent_usd).toBe(1.5);
  });

  it("takes a day of grace when nothing is said, and never more than the key's own end", async () => {
    const [endless, ending] = [await create(), await create({ expires_at: later(1000) })];
    await rotated(endless.key.id);
    await rotated(ending.key.id);
    expect((await keyNow(endless.key.id))?.expires_at).toBe(later(dayMs));
    expect((await keyNow(ending.key.id))?.expires_at).toBe(ending.key.expires_at);
  });

  it("revokes the old key at once without grace, in another process as well", async () => {
    const other = createKeys();
    await other.start?.();
    const old = await create();
    await other.authenticateApiKey(old.secret);
    await rotated(old.key.id, { grace_seconds: 0 });
    expect(await answeredBy(old.secret)).toBe("api_key_revoked");
    const authenticateElsewhere = async () => other.authenticateApiKey(old.secret);
    const elsewhere = () => authenticateElsewhere().catch(({ code }: AppError) => code);
    await expect.poll(elsewhere).toBe("api_key_revoked");
    await other.stop?.();
  });

  it("409: a key that was replaced cannot be rotated or changed, only revoked", async () => {
    const old = await create();
    await rotated(old.key.id);
    expect(refusalOf(await rotate(old.key.id))).toEqual({ status: 409, code: "api_key_replaced" });
    const url = `/api/v1/api-keys/${old.key.id}`;
    const longer = await world.call("PATCH", url, { as: ada.token, body: { expires_at: null } });
    expect(refusalOf(longer)).toEqual({ status: 409, code: "api_key_replaced" });
    expect((await world.call("DELETE", url, { as: ada.token })).statusCode).toBe(200);
    expect(await answeredBy(old.secret)).toBe("api_key_revoked");
  });

  it("409: one of many rotations at the same moment wins", async () => {
    const { key } = await create();
    const answers = await Promise.all(Array.from({ length: 6 }, () => rotate(key.id)));
    const statuses = answers.map(({ statusCode }) => statusCode);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409, 409, 409]);
    expect(await listed()).toHaveLength(2);
  });

  it("409: a key that is revoked or expired; 404: somebody else's and an unknown one", async () => {
    const [revoked, expired] = [await create(), await create({ expires_at: later(1000) })];
    await world.call("DELETE", `/api/v1/api-keys/${revoked.key.id}`, { as: ada.token });
    clock.advance(1000);
    for (const { key } of [revoked, expired]) {
      expect(refusalOf(await rotate(key.id))).toEqual({ status: 409, code: "api_key_ended" });
    }
    const { key } = await create();
    expect(refusalOf(await rotate(key.id, { as: bob.token }))).toEqual({ status: 404, code: "api_key_not_found" });
    expect(refusalOf(await rotate(newApiKeyParts().id))).toEqual({ status: 404, code: "api_key_not_found" });
    expect(await keyNow(key.id)).toEqual(key);
  });

  it("400: a grace that is not one of the offered", async () => {
    const { key } = await create();
    for (const grace_seconds of [1, -1, 2_592_001, "3600", null]) {
      expect((await rotate(key.id, { body: { grace_seconds } })).statusCode).toBe(400);
    }
  });

  it("is possible at the limit of keys, and makes no room for more", async () => {
    const created = [await create(), await create(), await create(), await create(), await create()];
    for (const { key } of created) expect((await rotate(key.id)).statusCode).toBe(201);
    const more = await world.call("POST", "/api/v1/api-keys", { as: ada.token, body: { name: "one more" } });
    expect(refusalOf(more)).toEqual({ status: 409, code: "api_key_limit_reached" });
  });
});

describe("the answers to a key that was replaced", () => {
  it("carry since when and until when, by RFC 9745 and RFC 8594; those to its successor do not", async () => {
    const old = await create({ scopes: ["chat"] });
    const successor = await rotated(old.key.id, { grace_seconds: 604_800 });
    const notices = {
      deprecation: `@${Math.floor(clock.now().getTime() / 1000)}`,
      sunset: new Date(clock.now().getTime() + 7 * dayMs).toUTCString(),
    };
    expect((await keys.authenticateApiKey(old.secret)).notices).toEqual(notices);
    expect((await keys.authenticateApiKey(successor.secret)).notices).toEqual({});
    const answer = await world.call("POST", "/api/auth/client-token", { as: old.secret, body: {} });
    expect(answer.statusCode).toBe(201);
    expect(answer.headers).toMatchObject(notices);
    const refused = await world.call("GET", "/api/v1/api-keys", { as: old.secret });
    expect([refused.statusCode, refused.headers["sunset"]]).toEqual([403, notices.sunset]);
  });
});

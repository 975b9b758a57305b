import { randomBytes } from "node:crypto";
import { ApiKey, CreatedApiKey, listApiKeys } from "@llm-tuner/contract/api-keys.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { AppError } from "../platform/errors.ts";
import { archiveOf } from "../platform/testing/archive.ts";
import { formatApiKey, newApiKeyParts, parseApiKey } from "./api-key-format.ts";
import { createKeyWorld } from "./testing/key-world.ts";

const world = await createKeyWorld();
afterAll(world.close);
const { app, clock, createKeys, database, keys } = world;
const dayMs = 86_400_000;
const people = { ada: await world.register(), bob: await world.register() };

beforeEach(() => database.execute("delete from api_keys"));

type Answer = Awaited<ReturnType<typeof app.inject>>;
const call = (
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path = "",
  { as = "ada", body }: { as?: string; body?: unknown } = {},
) =>
  world.call(method, `/api/v1/api-keys${path}`, {
    as: as === "ada" || as === "bob" ? people[as].token : as,
    ...(body === undefined ? {} : { body }),
  });
const refusalOf = (answer: Answer) => ({ status: answer.statusCode, code: ApiError.parse(answer.json()).error.code });
const create = async (body: Record<string, unknown> = {}, as = "ada") =>
  CreatedApiKey.parse((await call("POST", "", { as, body: { name: "test", ...body } })).json());
const revokeAll = () => database.execute("update api_keys set revoked_at = $1 where revoked_at is null", [clock.now()]);
const List = listApiKeys.responses[200].schema;

describe("POST /api/v1/api-keys", () => {
  it("SEC-23: 201: shows the secret once, and what was created", async () => {
    const answer = await call("POST", "", { body: { name: " my laptop ", scopes: ["chat", "chat"] } });
    expect(answer.statusCode).toBe(201);
    const { key, secret } = CreatedApiKey.parse(answer.json());
    expect(key).toMatchObject({
      name: "my laptop",
      scopes: ["chat"],
      expires_at: null,
      revoked_at: null,
      last_used_at: null,
    });
    expect(parseApiKey(secret)?.id).toBe(key.id);
    expect(secret.startsWith(key.prefix)).toBe(true);
    expect((await call("GET")).body).not.toContain(secret);
  });

  it("SEC-10: stores nothing that a key could be made of", async () => {
    const { secret } = await create();
    const rows = await database.rows(z.object({ text: z.string() }), "select api_keys::text as text from api_keys");
    const parts = parseApiKey(secret);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ text }) => text.includes(parts?.secret ?? secret))).toEqual([]);
  });

  it.each([
    [{ name: "" }],
    [{ name: "x".repeat(101) }],
    [{ scopes: [] }],
    [{ scopes: ["admin"] }],
    [{ expires_at: "tomorrow" }],
    [{ user_id: "user_0123456789AB" }],
  ])("400: %j", async (body) => {
    expect(refusalOf(await call("POST", "", { body: { name: "test", ...body } }))).toEqual({
      status: 400,
      code: "invalid_request",
    });
  });

  it("400: an expiry that has passed", async () => {
    const answer = await call("POST", "", { body: { name: "test", expires_at: clock.now().toISOString() } });
    expect(refusalOf(answer)).toEqual({ status: 400, code: "expiry_in_the_past" });
  });

  it("401 without credentials, 403 with an API key", async () => {
    expect((await call("POST", "", { as: "", body: { name: "test" } })).statusCode).toBe(401);
    const { secret } = await create();
    expect((await call("POST", "", { as: secret, body: { name: "test" } })).statusCode).toBe(403);
  });

  it("409: at the limit, also when many come at once; revoked and expired keys do not count", async () => {
    await create({ expires_at: new Date(clock.now().getTime() + dayMs).toISOString() });
    clock.advance(dayMs);
    const answers = await Promise.all(Array.from({ length: 8 }, () => call("POST", "", { body: { name: "test" } })));
    expect(answers.map(({ statusCode }) => String(statusCode)).toSorted()).toEqual([
      "201",
      "201",
      "201",
      "201",
      "201",
      "409",
      "409",
      "409",
    ]);
    const refused = answers.find(({ statusCode }) => statusCode === 409);
    expect(refused && refusalOf(refused).code).toBe("api_key_limit_reached");
    await create({}, "bob");
    await revokeAll();
    await create();
  });
});

describe("GET /api/v1/api-keys", () => {
  it("200: pages through one's own keys, newest first", async () => {
    const created: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      // Two keys of the same moment lie on a page's border.
      if (count % 2 === 0) clock.advance(1000);
      created.push((await create()).key.id);
    }
    await create({}, "bob");
    const listed: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: z.infer<typeof List> = List.parse(
        (await call("GET", `?limit=2${cursor && `&cursor=${cursor}`}`)).json(),
      );
      expect(page.api_keys.length).toBeLessThanOrEqual(2);
      listed.push(...page.api_keys.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(listed.toSorted()).toEqual(created.toSorted());
    expect(listed[0]).toBe(created[4]);
    expect(listed[4] === created[0] || listed[4] === created[1]).toBe(true);
  });

  it("400: a cursor of elsewhere, and a limit out of bounds", async () => {
    expect(refusalOf(await call("GET", "?cursor=abc"))).toEqual({ status: 400, code: "invalid_cursor" });
    expect(refusalOf(await call("GET", "?limit=101"))).toEqual({ status: 400, code: "invalid_request" });
  });

  it("401: without credentials", async () => {
    expect((await call("GET", "", { as: "" })).statusCode).toBe(401);
  });
});

describe("DELETE /api/v1/api-keys/{id}", () => {
  it("200: revokes at once, and once more changes nothing", async () => {
    const { key, secret } = await create();
    await keys.authenticateApiKey(secret);
    const answer = await call("DELETE", `/${key.id}`);
    expect(ApiKey.parse(answer.json()).revoked_at).toBe(clock.now().toISOString());
    await expect(async () => keys.authenticateApiKey(secret)).rejects.toMatchObject({
      status: 401,
      code: "api_key_revoked",
    });
    clock.advance(1000);
    expect((await call("DELETE", `/${key.id}`)).json()).toEqual(answer.json());
  });

  it("400 for what is no id, 401 without credentials, 404 for somebody else's key, which goes on working", async () => {
    const { key, secret } = await create();
    expect((await call("DELETE", "/nonsense")).statusCode).toBe(400);
    expect((await call("DELETE", `/${key.id}`, { as: "" })).statusCode).toBe(401);
    const notFound = { status: 404, code: "api_key_not_found" };
    expect(refusalOf(await call("DELETE", `/${key.id}`, { as: "bob" }))).toEqual(notFound);
    expect(refusalOf(await call("DELETE", `/${newApiKeyParts().id}`))).toEqual(notFound);
    await keys.authenticateApiKey(secret);
  });
});

describe("authenticateApiKey", () => {
  it("answers who calls and what the key may do, never as an administrator", async () => {
    const { key, secret } = await create({ scopes: ["chat", "usage:read"] });
    await database.execute("update users set role = 'admin' where id = $1", [people.ada.userId]);
    const spendsUnder = { subject: `key:${key.id}`, period: "total", limitNanoUsd: null, maxRequests: null };
    expect(await keys.authenticateApiKey(secret)).toEqual({
      userId: people.ada.userId,
      role: "user",
      tier: "standard",
      sessionId: null,
      apiKeyId: key.id,
      clientTokenId: null,
      scopes: new Set(["chat", "usage:read"]),
      bounds: { allowedModels: null, spend: [spendsUnder], locked: null, tier: null },
      notices: {},
    });
  });

  it("refuses typing errors, unknown keys and wrong secrets alike, also of a key that was just proved", async () => {
    const { secret } = await create();
    await keys.authenticateApiKey(secret);
    const parts = parseApiKey(secret) ?? newApiKeyParts();
    const forgeries = [
      "",
      secret.slice(0, -1),
      `${secret.slice(0, -1)}${secret.endsWith("x") ? "y" : "x"}`,
      formatApiKey(newApiKeyParts()),
      formatApiKey({ ...parts, secret: newApiKeyParts().secret }),
    ];
    for (const forgery of forgeries) {
      await expect(async () => keys.authenticateApiKey(forgery)).rejects.toMatchObject({
        status: 401,
        code: "invalid_api_key",
      });
    }
    expect(await keys.authenticateApiKey(secret)).toMatchObject({ apiKeyId: parts.id });
  });

  it("says that a key is expired or revoked only to whoever holds it", async () => {
    const { key, secret } = await create({ expires_at: new Date(clock.now().getTime() + 5000).toISOString() });
    await keys.authenticateApiKey(secret);
    clock.advance(5000);
    await expect(async () => keys.authenticateApiKey(secret)).rejects.toMatchObject({
      status: 401,
      code: "api_key_expired",
    });
    await call("DELETE", `/${key.id}`);
    await expect(async () => keys.authenticateApiKey(secret)).rejects.toMatchObject({
      status: 401,
      code: "api_key_revoked",
    });
    const guessed = formatApiKey({ id: key.id, secret: newApiKeyParts().secret });
    await expect(async () => keys.authenticateApiKey(guessed)).rejects.toMatchObject({
      status: 401,
      code: "invalid_api_key",
    });
  });

  it("SEC-23: stops and starts with its owner's account, and takes over the account's tier, at once", async () => {
    const { secret } = await create({}, "bob");
    await keys.authenticateApiKey(secret);
    const authenticate = async () => keys.authenticateApiKey(secret);
    const answered = () =>
      authenticate().then(
        ({ tier }) => tier,
        ({ code }: AppError) => code,
      );
    const change = (set: string) => database.execute(`update users set ${set} where id = $1`, [people.bob.userId]);
    await change("disabled_at = now()");
    await expect.poll(answered).toBe("api_key_revoked");
    await change("disabled_at = null, tier = 'small'");
    await expect.poll(answered).toBe("small");
  });

  it("hears of a revocation in another process at once, and of a deleted row", async () => {
    const other = createKeys();
    await other.start?.();
    const [revoked, deleted] = [await create(), await create()];
    for (const { secret } of [revoked, deleted]) await other.authenticateApiKey(secret);
    const authenticate = async (secret: string) => other.authenticateApiKey(secret);
    const codeOf = (secret: string) => authenticate(secret).catch((error: { code: string }) => error.code);
    await call("DELETE", `/${revoked.key.id}`);
    await expect.poll(() => codeOf(revoked.secret)).toBe("api_key_revoked");
    await database.execute("delete from api_keys where id = $1", [deleted.key.id]);
    await expect.poll(() => codeOf(deleted.secret)).toBe("invalid_api_key");
    await other.stop?.();
  });

  it("is worthless under another master key", async () => {
    const { secret } = await create();
    const stranger = createKeys(randomBytes(32));
    await expect(stranger.authenticateApiKey(secret)).rejects.toMatchObject({ code: "invalid_api_key" });
  });

  it("SEC-23: remembers when a key was last used, written by the time the process has stopped", async () => {
    const module = createKeys();
    await module.start?.();
    const { key, secret } = await create();
    await module.authenticateApiKey(secret);
    const usedAt = clock.now().toISOString();
    const lastUse = async () =>
      List.parse((await call("GET", "?limit=100")).json()).api_keys.find(({ id }) => id === key.id)?.last_used_at;
    expect(await lastUse()).toBeNull();
    await module.stop?.();
    expect(await lastUse()).toBe(usedAt);
  });
});

describe("all keys of a person", () => {
  it("are listed for their archive without a secret, and removed at once when the account ends", async () => {
    const { key, secret } = await create();
    const other = await create({}, "bob");
    const listed = (await archiveOf(keys, people.ada.userId)).get("api-keys.jsonl");
    expect(listed).toContain(key.id);
    expect(listed).not.toContain(secret.slice(key.prefix.length));
    expect(await keys.authenticateApiKey(secret)).toBeDefined();
    await keys.personalData?.erase(people.ada.userId);
    await expect(async () => keys.authenticateApiKey(secret)).rejects.toMatchObject({ status: 401 });
    expect(await keys.authenticateApiKey(other.secret)).toBeDefined();
  });
});

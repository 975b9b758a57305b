import { randomBytes } from "node:crypto";
import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { createClientToken } from "@llm-tuner/contract/client-tokens.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { AppError } from "../../platform/errors.ts";
import { isReadByTheClock, pageOrigin } from "../testing/key-parts.ts";
import { createKeyWorld } from "../testing/key-world.ts";

const world = await createKeyWorld();
afterAll(world.close);
const { call, clock, createKeys, database, keys } = world;
const Token = createClientToken.responses[201].schema;

/** Somebody with a session and an API key. */
async function holder(settings: Record<string, unknown> = {}) {
  const person = await world.register();
  const body = { name: "server", scopes: ["chat", "models:read", "files:write"], ...settings };
  const created = await call("POST", "/api/v1/api-keys", { as: person.token, body });
  return { ...person, ...CreatedApiKey.parse(created.json()) };
}
const ask = (as: string, body: Record<string, unknown> = {}) => call("POST", "/api/auth/client-token", { as, body });
const tokenOf = async (as: string, body: Record<string, unknown> = {}) => Token.parse((await ask(as, body)).json());
const refusalOf = (answer: Awaited<ReturnType<typeof ask>>) => ({
  status: answer.statusCode,
  code: ApiError.parse(answer.json()).error.code,
});
const check = (token: string, origin?: string) => keys.authenticateClientToken(token, origin);
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "it was accepted",
    (error: unknown) => (error instanceof AppError ? error.code : error),
  );

describe("POST /api/auth/client-token", () => {
  it("201: with an API key: a token with the rights that both have, and counters of its own", async () => {
    const { secret, key, userId } = await holder({
      allowed_models: ["ft:*", "starter"],
      budget: { limit_usd: 5 },
      tier: "small",
    });
    const locked = { model: "ft:one", system: "Be brief." };
    const made = await tokenOf(secret, { models: ["ft:one", "ft:two*"], max_requests: 3, max_spend_usd: 0.5, locked });
    expect(made.expires_at).toBe(new Date(clock.now().getTime() + 600_000).toISOString());
    const family = `key:${key.id}`;
    expect(await check(made.client_token)).toEqual({
      userId,
      role: "user",
      tier: "standard",
      sessionId: null,
      apiKeyId: key.id,
      clientTokenId: made.id,
      scopes: new Set(["chat", "models:read"]),
      bounds: {
        allowedModels: ["ft:one", "ft:two*"],
        spend: [
          { subject: family, period: "month", limitNanoUsd: 5_000_000_000, maxRequests: null },
          { subject: `client_token:${made.id}`, period: "total", limitNanoUsd: 500_000_000, maxRequests: 3 },
        ],
        locked,
        tier: { name: "small", subject: family },
      },
      notices: {},
    });
  });

  it("201: with an access token, never with the rights of an administrator", async () => {
    const { token, userId } = await holder();
    await database.execute("update users set role = 'admin' where id = $1", [userId]);
    const made = await tokenOf(token);
    const caller = await check(made.client_token);
    expect(caller).toMatchObject({ userId, role: "user", sessionId: null, apiKeyId: null, clientTokenId: made.id });
    expect(caller.bounds).toEqual({ allowedModels: null, spend: [], locked: null, tier: null });
    expect(caller.scopes).toEqual(new Set(["chat", "models:read"]));
  });

  it("has no more scopes than the key", async () => {
    const { secret } = await holder({ scopes: ["chat"] });
    expect((await check((await tokenOf(secret)).client_token)).scopes).toEqual(new Set(["chat"]));
    const { secret: other } = await holder({ scopes: ["models:read"] });
    expect(refusalOf(await ask(other))).toEqual({ status: 403, code: "insufficient_scope" });
  });

  it("403: a client token cannot make another, and opens nothing that needs a session", async () => {
    const { secret } = await holder();
    const { client_token } = await tokenOf(secret);
    expect(refusalOf(await ask(client_token))).toEqual({ status: 403, code: "client_token_not_allowed" });
    const sessions = await call("GET", "/api/v1/api-keys", { as: client_token });
    expect(refusalOf(sessions)).toEqual({ status: 403, code: "session_required" });
  });

  it.each([
    [{ models: ["*"] }, "models"],
    [{ models: ["ft:one", "other"] }, "models"],
    [{ locked: { model: "other" } }, "locked.model"],
    [{ models: ["ft:one"], locked: { model: "ft:two" } }, "locked.model"],
  ])("403: more than the key may: %j", async (body, field) => {
    const { secret } = await holder({ allowed_models: ["ft:*"] });
    const answer = await ask(secret, body);
    expect(refusalOf(answer)).toEqual({ status: 403, code: "models_beyond_credential" });
    expect(ApiError.parse(answer.json()).error.details?.places).toEqual([{ field }]);
  });

  it.each([
    { ttl_seconds: 9 },
    { ttl_seconds: 7201 },
    { max_requests: 0 },
    { max_spend_usd: -1 },
    { origin: "https://app.example.org/path" },
    { locked: { tools: [] } },
    { scopes: ["files:write"] },
  ])("400: %j", async (body) => {
    const { secret } = await holder();
    expect(refusalOf(await ask(secret, body))).toEqual({ status: 400, code: "invalid_request" });
  });

  it("400: a system prompt that no header would hold", async () => {
    const { secret } = await holder();
    const system = randomBytes(6000).toString("base64").slice(0, 8000);
    expect(refusalOf(await ask(secret, { locked: { system } }))).toEqual({
      status: 400,
      code: "client_token_too_long",
    });
  });

  it("401 without credentials", async () => {
    expect((await ask("")).statusCode).toBe(401);
  });

  it("SEC-39: is told in the audit log, without the token and without the prompt", async () => {
    const { secret, key, userId } = await holder();
    const made = await tokenOf(secret, { locked: { system: "the secret sauce" }, origin: pageOrigin });
    const rows = await database.rows(
      z.object({ action: z.string(), actor_user_id: z.string(), actor_api_key_id: z.string(), details: z.string() }),
      "select * from audit_events where target_id = $1",
      [made.id],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ action: "client_token.created", actor_user_id: userId, actor_api_key_id: key.id });
    expect(rows[0]?.details).toContain(pageOrigin);
    for (const text of ["sauce", made.client_token]) expect(JSON.stringify(rows)).not.toContain(text);
  });
});

describe("a client token", () => {
  it("ends with its time, and never after its key or session", async () => {
    const { secret, token } = await holder({ expires_at: new Date(clock.now().getTime() + 60_000).toISOString() });
    const [short, capped, ofSession] = [
      await tokenOf(secret, { ttl_seconds: 10 }),
      await tokenOf(secret, { ttl_seconds: 7200 }),
      await tokenOf(token, { ttl_seconds: 7200 }),
    ];
    const seconds = (text: string) => Math.round((new Date(text).getTime() - clock.now().getTime()) / 1000);
    expect([short, capped, ofSession].map(({ expires_at }) => seconds(expires_at))).toEqual([10, 60, 7200]);
    clock.advance(9_999);
    await check(short.client_token);
    clock.advance(1);
    expect(await codeOf(check(short.client_token))).toBe("client_token_expired");
    clock.advance(50_000);
    expect(await codeOf(check(capped.client_token))).toBe("client_token_expired");
    expect(await codeOf(check(ofSession.client_token))).toBe("it was accepted");
  });

  it("dies with its key, in every process, and follows the key's changes", async () => {
    const { secret, key, token } = await holder();
    const { client_token } = await tokenOf(secret, { models: ["ft:*"] });
    const other = createKeys();
    await other.start?.();
    await other.authenticateClientToken(client_token, undefined);
    const url = `/api/v1/api-keys/${key.id}`;
    await call("PATCH", url, { as: token, body: { allowed_models: ["ft:one", "starter"], scopes: ["models:read"] } });
    expect(await check(client_token)).toMatchObject({
      scopes: new Set(["models:read"]),
      bounds: { allowedModels: ["ft:one"] },
    });
    await call("DELETE", url, { as: token });
    expect(await codeOf(check(client_token))).toBe("client_token_revoked");
    await expect
      .poll(() => codeOf(other.authenticateClientToken(client_token, undefined)))
      .toBe("client_token_revoked");
    await other.stop?.();
  });

  it("dies with its session, as soon as that is signed out", async () => {
    const person = await holder();
    const { client_token } = await tokenOf(person.token);
    await check(client_token);
    await database.execute("update sessions set revoked_at = now(), revoke_reason = 'logout' where id = $1", [
      person.sessionId,
    ]);
    await expect.poll(() => codeOf(check(client_token))).toBe("client_token_revoked");
    expect(refusalOf(await ask(person.token))).toEqual({ status: 401, code: "client_token_revoked" });
  });

  it("dies with its owner's account, whatever it was made with", async () => {
    const person = await holder();
    const tokens = [await tokenOf(person.token), await tokenOf(person.secret)];
    await database.execute("update users set disabled_at = now() where id = $1", [person.userId]);
    for (const { client_token } of tokens) {
      await expect.poll(() => codeOf(check(client_token))).toBe("client_token_revoked");
    }
  });

  it("SEC-18: of an origin is refused to other pages and to whoever names none", async () => {
    const { secret } = await holder();
    const { client_token } = await tokenOf(secret, { origin: pageOrigin });
    expect(await codeOf(check(client_token, pageOrigin))).toBe("it was accepted");
    for (const origin of [undefined, "null", "", "https://app.example.org.evil.test", "http://app.example.org"]) {
      expect(await codeOf(check(client_token, origin))).toBe("origin_not_allowed");
    }
    const from = (origin: string) =>
      call("POST", "/api/auth/client-token", { as: client_token, body: {}, headers: { origin } });
    expect(refusalOf(await from("https://evil.test"))).toEqual({ status: 403, code: "origin_not_allowed" });
    expect(refusalOf(await from(pageOrigin))).toEqual({ status: 403, code: "client_token_not_allowed" });
    const unlisted = await ask(secret, { origin: "https://evil.test" });
    expect(refusalOf(unlisted)).toEqual({ status: 400, code: "origin_not_listed" });
    expect(unlisted.body).toContain("CORS_ORIGINS");
  });

  it("is refused alike when it is forged, cut, mistyped or of another installation", async () => {
    const { secret } = await holder();
    const { client_token } = await tokenOf(secret);
    const stranger = createKeys(randomBytes(32));
    expect(await codeOf(stranger.authenticateClientToken(client_token, undefined))).toBe("invalid_client_token");
    const middle = client_token.length >> 1;
    const flipped = client_token.charAt(middle) === "A" ? "B" : "A";
    const forgeries = [
      "lp_ct_",
      client_token.slice(0, -1),
      `${client_token}0`,
      client_token.slice(0, middle) + flipped + client_token.slice(middle + 1),
    ];
    for (const forgery of forgeries) expect(await codeOf(check(forgery))).toBe("invalid_client_token");
    expect(refusalOf(await ask(forgeries[1] ?? ""))).toEqual({ status: 401, code: "invalid_client_token" });
  });

  it("is no API key, and an API key is no client token", async () => {
    const { secret } = await holder();
    const { client_token } = await tokenOf(secret);
    expect(await codeOf((async () => keys.authenticateApiKey(client_token))())).toBe("invalid_api_key");
    expect(await codeOf(check(secret))).toBe("invalid_client_token");
  });
});

describe("a check of credentials that are known", () => {
  it("SEC-23: asks the database nothing: access token, API key and client token", async () => {
    const { secret, token } = await holder();
    const { client_token } = await tokenOf(secret);
    const ofSession = (await tokenOf(token)).client_token;
    const once = async () => {
      await world.accounts.authenticateAccessToken(token);
      await keys.authenticateApiKey(secret);
      await check(client_token);
      await check(ofSession);
    };
    await once();
    const before = world.statements().length;
    for (let round = 0; round < 200; round += 1) await once();
    const statements = world.statements().slice(before);
    expect(statements.filter((text) => !isReadByTheClock(text))).toEqual([]);
  });

  it("SEC-23: makes no write of its use before a minute has passed", async () => {
    const { secret, key } = await holder();
    for (let round = 0; round < 50; round += 1) await keys.authenticateApiKey(secret);
    const row = await database.row(
      z.object({ last_used_at: z.date().nullable() }),
      "select last_used_at from api_keys where id = $1",
      [key.id],
    );
    expect(row?.last_used_at).toBeNull();
  });
});

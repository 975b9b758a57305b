import { Jwks, Tokens, User } from "@llm-tuner/contract/accounts.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import type { Authenticator } from "../platform/http/caller.ts";
import { silentLog } from "../platform/log/log.ts";
import { createHeldMailer } from "../platform/mail/testing/held-mailer.ts";
import { createHeldQueue } from "../platform/queue/testing/held-queue.ts";
import { createMovableClock } from "../platform/testing/movable-clock.ts";
import { configOf, createTestApp } from "../platform/testing/test-app.ts";
import { testSecrets } from "../platform/testing/test-secrets.ts";
import { createTestDatabase } from "../platform/testing/test-database.ts";
import { accountsSettings } from "./accounts.config.ts";
import { createAccountsModule } from "./accounts.module.ts";
import { goodPassword, newEmail } from "./testing/account-fixture.ts";

const { database, drop } = await createTestDatabase();
const dataDir = await mkdtemp(join(tmpdir(), "llm-tuner-accounts-"));
const accounts = createAccountsModule({
  database,
  clock: createMovableClock(),
  log: silentLog,
  config: configOf(accountsSettings, { registrationsPerAddress: 20 }),
  ...testSecrets(),
  queue: createHeldQueue().queue,
  mailer: createHeldMailer().mailer,
  dataDir,
  personalData: () => [],
  publicUrl: () => "https://tuner.test",
  revokeKeysOf: async () => 0,
  tierExists: async (name) => ["standard", "team-large"].includes(name),
});
const authenticator: Authenticator = {
  authenticate: async ({ bearer }) => (bearer === undefined ? null : accounts.authenticateAccessToken(bearer)),
};
const app = await createTestApp({ modules: [accounts], authenticator, config: { authPerMinute: 1000 } });
await accounts.start?.();
afterAll(async () => {
  await app.close();
  await accounts.stop?.();
  await drop();
  await rm(dataDir, { recursive: true, force: true });
});

const post = (url: string, payload: unknown, token?: string) =>
  app.inject({
    method: "POST",
    url,
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    payload: JSON.stringify(payload),
  });
const get = (url: string, token?: string) =>
  app.inject({ method: "GET", url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });

type Answer = Awaited<ReturnType<typeof post>>;
const bodyOf = <Schema extends z.ZodType>(answer: Answer, schema: Schema) => schema.parse(answer.json());
const refusalOf = (answer: Answer) => {
  const { code, details = {} } = bodyOf(answer, ApiError).error;
  return { status: answer.statusCode, code, details };
};
const signUp = async () => {
  const email = newEmail();
  const answer = await post("/api/auth/register", { email, password: goodPassword });
  return { ...bodyOf(answer, Tokens), email };
};

describe("POST /api/auth/register", () => {
  it("201: answers tokens and the person, under both addresses, not to be cached", async () => {
    for (const path of ["/api/auth/register", "/api/v1/auth/register"]) {
      const answer = await post(path, { email: newEmail().toUpperCase(), password: goodPassword, full_name: " Ada " });
      expect(answer.statusCode).toBe(201);
      const { user } = bodyOf(answer, Tokens);
      expect(user).toMatchObject({ full_name: "Ada", email: user.email.toLowerCase() });
      expect(answer.headers["cache-control"]).toBe("no-store");
    }
  });

  it.each([
    [{ email: "not an address", password: goodPassword }, "email"],
    [{ email: "a@example.org", password: "short" }, "password"],
    [{ email: "a@example.org", password: "x".repeat(257) }, "password"],
    [{ email: "a@example.org" }, "password"],
    [{ email: "a@example.org", password: goodPassword, role: "admin" }, "role"],
  ])("400: %j names the field %s", async (body, field) => {
    expect(refusalOf(await post("/api/auth/register", body))).toMatchObject({
      status: 400,
      code: "invalid_request",
      details: { places: [{ field }] },
    });
  });

  it("400: a weak password is refused without repeating it", async () => {
    const answer = await post("/api/auth/register", { email: newEmail(), password: "password123" });
    expect(refusalOf(answer)).toMatchObject({ status: 400, code: "weak_password" });
    expect(answer.body).not.toContain("password123");
  });

  it("409: the address is taken, in whatever letters", async () => {
    const { email } = await signUp();
    const answer = await post("/api/auth/register", { email: email.toUpperCase(), password: goodPassword });
    expect(refusalOf(answer)).toMatchObject({ status: 409, code: "email_taken" });
  });
});

describe("POST /api/auth/login", () => {
  it("200: signs in", async () => {
    const { email } = await signUp();
    const answer = await post("/api/auth/login", { email, password: goodPassword });
    expect(answer.statusCode).toBe(200);
    expect(bodyOf(answer, Tokens).user.email).toBe(email);
  });

  it("400: without a password", async () => {
    expect(refusalOf(await post("/api/auth/login", { email: newEmail() }))).toMatchObject({
      status: 400,
      code: "invalid_request",
    });
  });

  it("401: unknown address and wrong password get the same bytes, but for the request's id", async () => {
    const { email } = await signUp();
    const answers = await Promise.all([
      post("/api/auth/login", { email, password: "wrong horse battery" }),
      post("/api/auth/login", { email: newEmail(), password: "wrong horse battery" }),
    ]);
    const [wrong, unknown] = answers.map((answer) => {
      const { request_id: _id, ...error } = bodyOf(answer, ApiError).error;
      const { "x-request-id": _requestId, date: _date, ...headers } = answer.headers;
      return { error, headers };
    });
    expect(wrong?.error.code).toBe("invalid_credentials");
    expect(unknown).toEqual(wrong);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401]);
  });

  it("429: says when to come again", async () => {
    const email = newEmail();
    const guess = () => post("/api/auth/login", { email, password: "wrong horse battery" });
    for (let attempt = 0; attempt < 6; attempt += 1) await guess();
    const answer = await guess();
    expect(refusalOf(answer)).toMatchObject({ status: 429, code: "too_many_sign_in_attempts" });
    expect(answer.headers["retry-after"]).toBe(String(refusalOf(answer).details.retry_after_seconds));
  });
});

describe("POST /api/auth/refresh", () => {
  it("200: rotates", async () => {
    const { refresh_token } = await signUp();
    const answer = await post("/api/auth/refresh", { refresh_token });
    expect(answer.statusCode).toBe(200);
    expect(bodyOf(answer, Tokens).refresh_token).not.toBe(refresh_token);
  });

  it.each([[{}], [{ refresh_token: 7 }], [{ refresh_token: null }], [{ refresh_token: "x".repeat(501) }], [[]]])(
    "400: %j is no request",
    async (body) => {
      expect(refusalOf(await post("/api/auth/refresh", body))).toMatchObject({ status: 400, code: "invalid_request" });
    },
  );

  it("401: a token that does not hold", async () => {
    expect(refusalOf(await post("/api/auth/refresh", { refresh_token: "AQ" }))).toMatchObject({
      status: 401,
      code: "invalid_refresh_token",
    });
  });
});

describe("GET /api/auth/me and POST /api/auth/logout", () => {
  it("200: knows who is signed in, until signing out bites at once", async () => {
    const { access_token, user, refresh_token } = await signUp();
    expect(bodyOf(await get("/api/auth/me", access_token), User)).toEqual(user);
    expect((await post("/api/auth/logout", undefined, access_token)).statusCode).toBe(200);
    expect(refusalOf(await get("/api/auth/me", access_token))).toMatchObject({
      status: 401,
      code: "invalid_access_token",
    });
    expect(refusalOf(await post("/api/auth/refresh", { refresh_token }))).toMatchObject({
      status: 401,
      code: "invalid_refresh_token",
    });
  });

  it("401: without credentials and with wrong ones", async () => {
    expect((await get("/api/auth/me")).statusCode).toBe(401);
    expect((await post("/api/auth/logout", undefined)).statusCode).toBe(401);
    const answer = await get("/api/auth/me", "x.y.z");
    expect(refusalOf(answer)).toMatchObject({ status: 401, code: "invalid_access_token" });
    expect(answer.headers["www-authenticate"]).toContain("Bearer");
  });
});

describe("GET /.well-known/jwks.json", () => {
  it("200: lists public keys, to be kept for a while", async () => {
    const answer = await get("/.well-known/jwks.json");
    expect(bodyOf(answer, Jwks).keys).toHaveLength(2);
    expect(answer.headers["cache-control"]).toBe("public, max-age=300");
    expect(answer.body).not.toContain('"d"');
  });
});

import { Readable } from "node:stream";
import { defineEndpoint } from "@llm-tuner/contract/endpoint.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { appError } from "../errors.ts";
import { createLog } from "../log/log.ts";
import type { DomainModule } from "../module.ts";
import { authenticatorOf, createTestApp, testCaller } from "../testing/test-app.ts";
import { route } from "./route.ts";

const platform = { tag: "Test", dialect: "platform", summary: "A test route", rateClass: "read" } as const;

const echo = defineEndpoint({
  ...platform,
  id: "echo",
  method: "POST",
  path: "/api/echo/{name}",
  access: "caller",
  scope: "files:write",
  params: z.strictObject({ name: z.string().max(20) }),
  query: z.strictObject({ times: z.coerce.number().int().min(1).default(1) }),
  body: z.strictObject({ text: z.string(), inner: z.strictObject({ count: z.int().max(5) }).optional() }),
  responses: { 200: { description: "Echo", schema: z.strictObject({ text: z.string(), user: z.string() }) } },
});
const open = defineEndpoint({
  ...platform,
  id: "open",
  method: "GET",
  path: "/api/open",
  access: "public",
  responses: { 200: { description: "Open", schema: z.strictObject({ caller: z.string().nullable() }) } },
});
const signedIn = defineEndpoint({
  ...platform,
  id: "signedIn",
  method: "DELETE",
  path: "/api/auth/thing",
  access: "session",
  responses: { 204: { description: "Gone" } },
});
const leaky = defineEndpoint({
  ...platform,
  id: "leaky",
  method: "GET",
  path: "/api/leaky",
  access: "public",
  responses: { 200: { description: "Leaky", schema: z.strictObject({ name: z.string() }) } },
});
const failing = defineEndpoint({
  ...platform,
  id: "failing",
  method: "GET",
  path: "/v1/failing/{how}",
  access: "public",
  dialect: "openai",
  params: z.strictObject({ how: z.string() }),
  responses: { 200: { description: "Never" } },
});
const streamed = defineEndpoint({
  ...platform,
  id: "streamed",
  method: "GET",
  path: "/api/streamed",
  access: "public",
  responses: { 200: { description: "Bytes", contentType: "application/gzip" } },
});

const module: DomainModule = {
  routes: [
    route(echo, async ({ caller, params, query, body }) => ({
      status: 200,
      body: { text: `${params.name} ${body.text.repeat(query.times)}`, user: caller.userId },
    })),
    route(open, async ({ caller }) => ({ status: 200, body: { caller: caller?.userId ?? null } })),
    route(signedIn, async () => ({ status: 204 })),
    route(leaky, async () => {
      const row = { name: "ada", password_hash: "hunter2" };
      return { status: 200, body: row };
    }),
    route(failing, async ({ params }) => {
      if (params.how === "known") {
        throw appError({
          code: "teapot",
          status: 418,
          message: "I am a teapot.",
          details: { places: [{ field: "how" }] },
        });
      }
      throw new Error("the password is hunter2");
    }),
    route(streamed, async () => ({
      status: 200,
      headers: { "content-disposition": "attachment" },
      body: Readable.from(["a", "b"]),
    })),
  ],
  workers: [],
};

const logged: string[] = [];
const authenticator = authenticatorOf({
  person: testCaller({ userId: "user_person" }),
  key: testCaller({ userId: "user_keyed", apiKeyId: "key_1", scopes: ["files:write"] }),
  poor: testCaller({ userId: "user_poor", apiKeyId: "key_2", scopes: ["chat"] }),
});
const log = createLog({ level: "debug", stream: { write: (line) => logged.push(line) } });
const app = await createTestApp({ modules: [module], authenticator, log });
afterAll(() => app.close());

const person = { authorization: "Bearer person" };
const callEcho = (options: { payload?: unknown; headers?: Record<string, string>; query?: Record<string, string> }) =>
  app.inject({
    method: "POST",
    url: "/api/echo/x",
    headers: options.headers ?? person,
    ...(options.query === undefined ? {} : { query: options.query }),
    payload: JSON.stringify(options.payload ?? { text: "hi" }),
  });
const echoJson = (payload: unknown, headers: Record<string, string> = person) =>
  callEcho({ payload, headers: { "content-type": "application/json", ...headers } });

describe("credentials and access", () => {
  it.each([
    ["a bearer token", { authorization: "Bearer person" }, "user_person"],
    ["a bearer key", { authorization: "bearer key" }, "user_keyed"],
    ["X-API-Key", { "x-api-key": "key" }, "user_keyed"],
  ])("are taken from %s", async (_name, headers, user) => {
    const answer = await echoJson({ text: "hi" }, headers);
    expect(answer.json()).toEqual({ text: "x hi", user });
  });

  it("are required, with a challenge", async () => {
    const answer = await echoJson({ text: "hi" }, {});
    expect([answer.statusCode, answer.json().error.code]).toEqual([401, "authentication_required"]);
    expect(answer.headers["www-authenticate"]).toMatch(/^Bearer realm=/);
  });

  it.each([
    ["both kinds at once", { authorization: "Bearer person", "x-api-key": "key" }, 400, "ambiguous_credentials"],
    ["another scheme", { authorization: "Basic cGVyc29u" }, 401, "invalid_credentials"],
    ["an unknown token", { authorization: "Bearer nobody" }, 401, "invalid_credentials"],
    ["a key without the scope", { "x-api-key": "poor" }, 403, "insufficient_scope"],
  ])("are refused: %s", async (_name, headers, status, code) => {
    const answer = await echoJson({ text: "hi" }, headers);
    expect([answer.statusCode, answer.json().error.code]).toEqual([status, code]);
  });

  it("of an API key do not open a route for signed-in people", async () => {
    const answer = await app.inject({ method: "DELETE", url: "/api/auth/thing", headers: { "x-api-key": "key" } });
    expect([answer.statusCode, answer.json().error.code]).toEqual([403, "session_required"]);
  });

  it("that expired do not close a public route", async () => {
    const answer = await app.inject({ url: "/api/open", headers: { authorization: "Bearer expired" } });
    expect(answer.json()).toEqual({ caller: null });
  });

  it("are checked before the body is looked at", async () => {
    const answer = await callEcho({ headers: { "content-type": "text/csv" } });
    expect(answer.statusCode).toBe(401);
  });
});

describe("a faulty request", () => {
  it("is answered with every faulty field", async () => {
    const answer = await echoJson({ text: 5, inner: { count: 9, extra: 1 }, more: true });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error).toMatchObject({
      code: "invalid_request",
      request_id: answer.headers["x-request-id"],
      details: {
        places: expect.arrayContaining(["text", "inner.count", "inner.extra", "more"].map((field) => ({ field }))),
      },
    });
  });

  it.each([
    ["no body", undefined, 400, "invalid_request"],
    ["broken JSON", '{"text": "hi",}', 400, "invalid_request"],
    ["a forbidden key", '{"text": "hi", "__proto__": {"admin": true}}', 400, "invalid_request"],
    ["too large a body", JSON.stringify({ text: "x".repeat(1_100_000) }), 413, "body_too_large"],
  ])("is told from a good one: %s", async (_name, payload, status, code) => {
    const answer = await app.inject({
      method: "POST",
      url: "/api/echo/x",
      headers: { ...person, "content-type": "application/json" },
      ...(payload === undefined ? {} : { payload }),
    });
    expect([answer.statusCode, answer.json().error.code]).toEqual([status, code]);
  });

  it("names the place where JSON breaks", async () => {
    const answer = await app.inject({
      method: "POST",
      url: "/api/echo/x",
      headers: { ...person, "content-type": "application/json" },
      payload: '{"text": hi}',
    });
    expect(answer.json().error.message).toMatch(/Unexpected token 'h'/);
  });

  it.each([
    [
      "another content type",
      {
        method: "POST" as const,
        url: "/api/echo/x",
        headers: { ...person, "content-type": "text/plain" },
        payload: "hi",
      },
      415,
    ],
    [
      "a query that is not a number",
      {
        method: "POST" as const,
        url: "/api/echo/x?times=many",
        headers: { ...person, "content-type": "application/json" },
        payload: '{"text":"a"}',
      },
      400,
    ],
    ["an unknown query field", { method: "GET" as const, url: "/api/open?debug=1" }, 400],
    [
      "too long a path part",
      {
        method: "POST" as const,
        url: `/api/echo/${"x".repeat(30)}`,
        headers: { ...person, "content-type": "application/json" },
        payload: '{"text":"a"}',
      },
      400,
    ],
    ["an address that is no URL", { method: "GET" as const, url: "/api/%zz" }, 400],
    [
      "a body where none is taken",
      {
        method: "DELETE" as const,
        url: "/api/auth/thing",
        headers: { ...person, "content-type": "application/json" },
        payload: '{"a":1}',
      },
      400,
    ],
  ])("is told from a good one: %s", async (_name, request, status) => {
    const answer = await app.inject(request);
    expect([answer.statusCode, typeof answer.json().error.code]).toEqual([status, "string"]);
  });

  it("is not one that sends an empty JSON body with DELETE", async () => {
    const answer = await app.inject({
      method: "DELETE",
      url: "/api/auth/thing",
      headers: { ...person, "content-type": "application/json" },
    });
    expect([answer.statusCode, answer.body]).toEqual([204, ""]);
  });
});

describe("an answer", () => {
  it("is withheld when it holds more than the contract says", async () => {
    const answer = await app.inject({ url: "/api/leaky" });
    expect([answer.statusCode, answer.json().error.code]).toEqual([500, "internal_error"]);
    expect(answer.body).not.toContain("hunter2");
  });

  it("to an unknown fault says nothing but a request id, and the log says the rest", async () => {
    const answer = await app.inject({ url: "/v1/failing/badly" });
    expect(answer.json()).toEqual({
      error: { message: expect.any(String), type: "server_error", param: null, code: "internal_error" },
    });
    expect(answer.body).not.toContain("hunter2");
    const line = logged.findLast(
      (text) => text.includes(String(answer.headers["x-request-id"])) && text.includes('"error"'),
    );
    expect(line).toContain("/v1/failing/:how");
  });

  it("to a known fault is in the route's dialect", async () => {
    const answer = await app.inject({ url: "/v1/failing/known" });
    expect([answer.statusCode, answer.json()]).toEqual([
      418,
      { error: { message: "I am a teapot.", type: "invalid_request_error", param: "how", code: "teapot" } },
    ]);
  });

  it("to an address that nobody answers is in the words of those who call such addresses", async () => {
    const answer = await app.inject({ method: "POST", url: "/v1/messages/unheard-of" });
    expect([answer.statusCode, answer.json()]).toEqual([
      404,
      {
        type: "error",
        error: {
          type: "not_found_error",
          message: expect.any(String),
          details: { error_code: "not_found", param: null },
        },
        request_id: answer.headers["x-request-id"],
      },
    ]);
  });

  it("may be a stream", async () => {
    const answer = await app.inject({ url: "/api/streamed" });
    expect([answer.body, answer.headers["content-type"], answer.headers["content-disposition"]]).toEqual([
      "ab",
      "application/gzip",
      "attachment",
    ]);
  });

  it.each(["/api/open", "/api/nothing", "/v1/failing/badly", "/api/%zz", "/api/streamed"])(
    "carries the security headers and a request id: %s",
    async (url) => {
      const { headers } = await app.inject({ url });
      expect(headers).toMatchObject({
        "x-request-id": expect.stringMatching(/^req_[0-9A-Za-z]{22}$/),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "content-security-policy": expect.stringContaining("frame-ancestors 'none'"),
      });
      expect(headers["content-security-policy"]).not.toMatch(/unsafe|\*/);
      expect(headers).not.toHaveProperty("strict-transport-security");
    },
  );
});

describe("other addresses and methods", () => {
  it.each([
    ["/api/nothing", { error: { code: "not_found", request_id: expect.any(String), message: expect.any(String) } }],
    [
      "/v1/nothing",
      { error: { code: "not_found", type: "invalid_request_error", param: null, message: expect.any(String) } },
    ],
  ])("unknown: %s", async (url, body) => {
    const answer = await app.inject({ url });
    expect([answer.statusCode, answer.json()]).toEqual([404, body]);
  });

  it("another method is a 405 that names the right ones", async () => {
    const answer = await app.inject({
      method: "PUT",
      url: "/api/open",
      payload: "x",
      headers: { "content-type": "text/csv" },
    });
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, "GET, HEAD"]);
  });

  it("OPTIONS names the methods and grants nothing to other origins", async () => {
    const answer = await app.inject({
      method: "OPTIONS",
      url: "/api/open",
      headers: { origin: "https://evil.example" },
    });
    expect([answer.statusCode, answer.headers.allow]).toEqual([204, "GET, HEAD, OPTIONS"]);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
  });

  it("HEAD answers like GET without a body, and not where a stream would begin", async () => {
    const head = await app.inject({ method: "HEAD", url: "/api/open" });
    expect([head.statusCode, head.body]).toEqual([200, ""]);
    expect((await app.inject({ method: "HEAD", url: "/api/streamed" })).statusCode).toBe(405);
  });

  it("account routes answer under their second prefix too", async () => {
    const answer = await app.inject({ method: "DELETE", url: "/api/v1/auth/thing", headers: person });
    expect(answer.statusCode).toBe(204);
  });
});

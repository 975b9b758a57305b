import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { METHODS } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import { pathsOf } from "@llm-tuner/contract/endpoints.ts";
import type { OutgoingHttpHeaders } from "node:http";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createComposedServer } from "./testing/composed-server.ts";

const webDirectory = await mkdtemp(join(tmpdir(), "llm-tuner-web-"));
await mkdir(join(webDirectory, "assets"));
await writeFile(join(webDirectory, "index.html"), "<!doctype html><title>client</title>");
await writeFile(join(webDirectory, "assets", "app-1a2b.js"), "run()");

const { app, database, served, close } = await createComposedServer({
  webDirectory,
  apiDocs: "callers",
  environment: { TRUSTED_PROXIES: "127.0.0.1", PUBLIC_URL: "https://tuner.example.org" },
});
const url = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
afterAll(async () => {
  await close();
  await rm(webDirectory, { recursive: true });
});

const password = "correct horse battery staple";
const payload = { email: "edge@example.org", password };
await app.inject({ method: "POST", url: "/api/auth/register", payload });
async function signIn() {
  const answer = await app.inject({ method: "POST", url: "/api/auth/login", payload });
  return { authorization: `Bearer ${Tokens.parse(answer.json()).access_token}` };
}

/** An address of the endpoint with something in the place of each parameter. */
const addressesOf = (endpoint: Endpoint): string[] =>
  pathsOf(endpoint).map((path) => path.replaceAll(/\{\w+\}/g, "nobodys"));
const addresses = [...new Set(served.flatMap(addressesOf))];

/** Those that every answer has, whatever it says and however it came about. */
const expected: Readonly<Record<string, unknown>> = {
  "content-security-policy":
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
  "cross-origin-opener-policy": "same-origin-allow-popups",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-permitted-cross-domain-policies": "none",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
};

const https = { "x-forwarded-proto": "https" };
const faultsOf = (place: string, headers: OutgoingHttpHeaders): string[] => [
  ...Object.entries(expected)
    .filter(([name, value]) => headers[name] !== value)
    .map(([name]) => `${place}: ${name} is ${String(headers[name])}`),
  ...(String(headers["x-request-id"]).startsWith("req_") ? [] : [`${place} has no request id`]),
  ...Object.keys(headers)
    .filter((name) => name === "server" || name === "x-powered-by")
    .map((name) => `${place} says ${name}`),
];

describe("the headers of safety", () => {
  it("SEC-17: stand on the answer of every route, with and without credentials", async () => {
    const faults: string[] = [];
    const statuses = new Set<number>();
    for (const endpoint of served) {
      for (const address of addressesOf(endpoint)) {
        for (const isSignedIn of [false, true]) {
          // Whichever it is, the call may end the session.
          const headers = { ...https, ...(isSignedIn ? await signIn() : {}) };
          const answer = await app.inject({ method: endpoint.method, url: address, headers });
          statuses.add(answer.statusCode);
          faults.push(...faultsOf(`${endpoint.method} ${address} ${answer.statusCode}`, answer.headers));
        }
      }
    }
    expect(faults).toEqual([]);
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404]));
  });

  it("SEC-17: stand on refusals that come before any route: 404, 405, 413, 414, 415, a malformed URL", async () => {
    const json = { "content-type": "application/json" };
    const long = JSON.stringify({ a: "x".repeat(1_100_000) });
    const calls = [
      [404, { url: "/api/nothing" }],
      [404, { url: "/v1/nothing" }],
      [405, { method: "DELETE", url: "/api/auth/login" }],
      [413, { method: "POST", url: "/api/auth/login", headers: json, payload: long }],
      [414, { url: `/api/${"x".repeat(9000)}` }],
      [415, { method: "POST", url: "/api/auth/login", headers: { "content-type": "text/plain" }, payload: "{}" }],
      [400, { url: "/api/%zz" }],
      [204, { method: "OPTIONS", url: "/api/auth/login" }],
      [400, { method: "POST", url: "/api/auth/login", headers: json, payload: "{" }],
    ] as const;
    for (const [status, call] of calls) {
      const headers = { ...https, ...("headers" in call ? call.headers : {}) };
      const answer = await app.inject({ ...call, headers });
      expect([call.url.slice(0, 40), answer.statusCode]).toEqual([call.url.slice(0, 40), status]);
      expect(faultsOf(call.url.slice(0, 40), answer.headers)).toEqual([]);
    }
  });

  it("SEC-17: stand on the pages and files of the web client", async () => {
    const page = { ...https, accept: "text/html" };
    for (const address of ["/", "/training", "/assets/app-1a2b.js", "/assets/gone.js", "/index.html"]) {
      expect(faultsOf(address, (await app.inject({ url: address, headers: page })).headers)).toEqual([]);
    }
  });

  it("SEC-17: tell a browser to stay with https only where it came by https", async () => {
    expect((await app.inject({ url: "/health" })).headers).not.toHaveProperty("strict-transport-security");
    const direct = await app.inject({ url: "/health", headers: https, remoteAddress: "192.0.2.1" });
    expect(direct.headers).not.toHaveProperty("strict-transport-security");
  });

  it("SEC-17: allow nothing inline, evaluated, foreign or framed", () => {
    const policy = String(expected["content-security-policy"]);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    for (const part of ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"])
      expect(policy).toContain(part);
  });
});

describe("methods that nobody uses", () => {
  const strange = METHODS.filter(
    (method) => !["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT"].includes(method),
  );

  /** As bytes on a socket: clients refuse to send such a method. */
  async function send(method: string, address: string): Promise<string> {
    const socket = connect(Number(url.port), url.hostname);
    socket.write(`${method} ${address} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: secret=1\r\n\r\n`);
    return text(socket);
  }

  it("SEC-43: are refused with what is allowed, at every address, and TRACE repeats nothing", async () => {
    for (const address of addresses) {
      const [head = "", body = ""] = (await send("TRACE", address)).split("\r\n\r\n");
      expect([address, head.split("\r\n")[0]]).toEqual([address, "HTTP/1.1 405 Method Not Allowed"]);
      expect([address, /\r\nallow: [A-Z, ]+/i.test(head), body.includes("secret")]).toEqual([address, true, false]);
    }
  });

  it.each(strange)("SEC-43: %s is refused at an endpoint, at a page and at a file", async (method) => {
    for (const [address, allowed] of [
      ["/api/auth/login", "POST"],
      ["/api/files/nobodys", "GET, HEAD, DELETE"],
      ["/v1/chat/completions", "POST"],
      ["/training", "GET, HEAD"],
      ["/assets/app-1a2b.js", "GET, HEAD"],
    ] as const) {
      const answer = await send(method, address);
      expect([method, address, /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1], /\r\nallow: (.*)\r/i.exec(answer)?.[1]]).toEqual([
        method,
        address,
        "405",
        allowed,
      ]);
    }
  });

  it("SEC-43: PUT is refused with what is allowed, at every address", async () => {
    for (const address of addresses) {
      const { statusCode, headers } = await app.inject({ method: "PUT", url: address });
      expect([address, statusCode, typeof headers.allow]).toEqual([address, 405, "string"]);
    }
  });
});

describe("the description of the API", () => {
  it("SEC-43: is for callers only where it is not meant for everybody", async () => {
    expect((await app.inject({ url: "/openapi.json" })).statusCode).toBe(401);
    expect((await app.inject({ url: "/openapi.json", headers: { authorization: "Bearer x" } })).statusCode).toBe(401);
    expect((await app.inject({ url: "/openapi.json", headers: await signIn() })).statusCode).toBe(200);
  });
});

describe("a refusal for want of a right", () => {
  it("is in the audit log, once however often it is repeated", async () => {
    const answer = await app.inject({
      method: "POST",
      url: "/api/auth/register",
      payload: { email: "refused@example.org", password },
    });
    const { access_token, user } = Tokens.parse(answer.json());
    const session = { authorization: `Bearer ${access_token}` };
    for (let times = 0; times < 5; times += 1) {
      expect((await app.inject({ url: "/api/admin/users", headers: session })).statusCode).toBe(403);
    }
    const Row = z.object({ target_id: z.string(), actor_user_id: z.string(), address: z.string() });
    const rows = () =>
      database.rows(Row, "SELECT * FROM audit_events WHERE action = 'access.refused' AND actor_user_id = $1", [
        user.id,
      ]);
    await expect.poll(async () => (await rows()).length).toBe(1);
    expect(await rows()).toMatchObject([{ target_id: "listUsers", address: "127.0.0.1" }]);
  });

  it("at the gateway is there too, with the key that lacks the scope", async () => {
    const answer = await app.inject({
      method: "POST",
      url: "/api/auth/register",
      payload: { email: "narrow@example.org", password },
    });
    const { access_token, user } = Tokens.parse(answer.json());
    const made = await app.inject({
      method: "POST",
      url: "/api/v1/api-keys",
      headers: { authorization: `Bearer ${access_token}` },
      payload: { name: "narrow", scopes: ["usage:read"] },
    });
    const { key, secret } = CreatedApiKey.parse(made.json());
    const headers = { "x-api-key": secret, "user-agent": "a program" };
    for (const url of ["/v1/models", "/v1/models/anything", "/v1/models"]) {
      expect((await app.inject({ url, headers })).statusCode).toBe(403);
    }
    const Row = z.object({
      target_id: z.string(),
      actor_kind: z.string(),
      actor_api_key_id: z.string(),
      address: z.string(),
      user_agent: z.string(),
    });
    const rows = () =>
      database.rows(
        Row,
        "SELECT * FROM audit_events WHERE action = 'access.refused' AND actor_user_id = $1 ORDER BY target_id",
        [user.id],
      );
    await expect.poll(async () => (await rows()).length).toBe(2);
    const who = { actor_kind: "api_key", actor_api_key_id: key.id, address: "127.0.0.1", user_agent: "a program" };
    expect(await rows()).toEqual([
      { target_id: "getServedModel", ...who },
      { target_id: "listServedModels", ...who },
    ]);
  });
});

describe("a redirect", () => {
  const payloads = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%2f/evil.example",
    "/%5cevil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/\r\nlocation: https://evil.example",
    "@evil.example",
    ".evil.example",
    "https://tuner.example.org@evil.example",
  ];
  const names = ["return_to", "next", "redirect", "redirect_uri", "redirect_url", "url", "continue", "state", "code"];

  it("SEC-19: never leads to another host, whatever parameter of whatever address says so", async () => {
    const faults: string[] = [];
    const session = await signIn();
    for (const endpoint of served.filter(({ method }) => method === "GET")) {
      for (const address of addressesOf(endpoint)) {
        for (const name of names) {
          const said = payloads.map((value) => `${name}=${encodeURIComponent(value)}`);
          for (const query of endpoint.access === "public" ? said : said.slice(0, 1)) {
            const { headers, statusCode } = await app.inject({ url: `${address}?${query}`, headers: session });
            const location = headers.location;
            if (location === undefined) continue;
            const target = new URL(location, "https://tuner.example.org");
            if (target.origin !== "https://tuner.example.org") faults.push(`${statusCode} ${address}?${query}`);
          }
        }
      }
    }
    expect(faults).toEqual([]);
  });

  it("SEC-19: is not made of an odd address of the web client either", async () => {
    for (const address of [
      "//evil.example",
      "//evil.example/..",
      "/\\evil.example",
      "/assets",
      "/assets/..//evil.example",
    ]) {
      const { headers, statusCode } = await app.inject({ url: address, headers: { accept: "text/html" } });
      expect([address, headers.location, statusCode >= 300 && statusCode < 400]).toEqual([address, undefined, false]);
    }
  });
});

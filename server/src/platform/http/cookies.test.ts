import { defineEndpoint } from "@llm-tuner/contract/endpoint.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { authenticatorOf, createTestApp, testCaller } from "../testing/test-app.ts";
import { route } from "./route.ts";

const common = { tag: "Test", dialect: "platform", summary: "A test route", rateClass: "write" } as const;
const responses = { 200: { description: "Ok", schema: z.strictObject({ user: z.string().nullable() }) } } as const;
const body = z.strictObject({ a: z.int() });

const read = defineEndpoint({ ...common, id: "read", method: "GET", path: "/api/thing", access: "session", responses });
const change = defineEndpoint({
  ...common,
  id: "change",
  method: "POST",
  path: "/api/thing",
  access: "session",
  body,
  responses,
});
const open = defineEndpoint({
  ...common,
  id: "open",
  method: "POST",
  path: "/api/open",
  access: "public",
  body,
  responses,
});

const routes = [
  route(read, async ({ caller }) => ({ status: 200, body: { user: caller.userId } })),
  route(change, async ({ caller }) => ({ status: 200, body: { user: caller.userId } })),
  route(open, async ({ caller }) => ({ status: 200, body: { user: caller?.userId ?? null } })),
];
const authenticator = authenticatorOf({ person: testCaller({ userId: "user_1" }) });
const publicUrl = "https://tuner.example.org";
const app = await createTestApp({ modules: [{ routes, workers: [] }], authenticator, config: { publicUrl } });
const local = await createTestApp({ modules: [{ routes, workers: [] }], authenticator });
afterAll(async () => {
  await app.close();
  await local.close();
});

const cookie = "__Host-llm-tuner-access=person";
const proof = { "x-session-mode": "cookie", origin: publicUrl };

async function post(headers: Record<string, string>, { url = "/api/thing", payload = '{"a":1}', server = app } = {}) {
  const answer = await server.inject({
    method: "POST",
    url,
    headers: { "content-type": "application/json", ...headers },
    payload,
  });
  return [answer.statusCode, answer.json().error?.code ?? answer.json().user];
}

describe("a call with the session's cookie", () => {
  it("SEC-16: changes something when the web client's own script sends it", async () => {
    expect(await post({ cookie, ...proof })).toEqual([200, "user_1"]);
    expect(await post({ cookie, "x-session-mode": "cookie", "sec-fetch-site": "same-origin" })).toEqual([
      200,
      "user_1",
    ]);
  });

  const forgeries: readonly (readonly [string, Record<string, string>])[] = [
    ["the header is missing", { origin: publicUrl }],
    ["the header says something else", { "x-session-mode": "bearer", origin: publicUrl }],
    ["neither Origin nor Sec-Fetch-Site says whose page calls", { "x-session-mode": "cookie" }],
    ["it comes from a sibling site", { "x-session-mode": "cookie", "sec-fetch-site": "same-site" }],
    ["it comes from another site", { "x-session-mode": "cookie", "sec-fetch-site": "cross-site" }],
    [
      "Origin and Sec-Fetch-Site disagree",
      { ...proof, origin: "https://evil.example", "sec-fetch-site": "same-origin" },
    ],
    ...[
      "null",
      "https://evil.example",
      "https://tuner.example.org.evil.example",
      "https://eviltuner.example.org",
      "https://sub.tuner.example.org",
      "http://tuner.example.org",
      "https://tuner.example.org:8443",
      "https://tuner.example.org.",
      "https://TUNER.example.org",
      "https://tuner.example.org/",
      "https://tuner.example.org https://evil.example",
    ].map((origin): [string, Record<string, string>] => [`the origin is ${origin}`, { ...proof, origin }]),
  ];
  it.each(forgeries)("SEC-16: is refused where %s", async (_name, headers) => {
    expect(await post({ cookie, ...headers })).toEqual([403, "csrf_refused"]);
  });

  it("SEC-16: says that PUBLIC_URL names the right address", async () => {
    const answer = await app.inject({ method: "POST", url: "/api/thing", headers: { cookie }, payload: { a: 1 } });
    expect(answer.json().error.details.remedy).toContain("PUBLIC_URL");
  });

  it("SEC-16: a form of a foreign page, and JSON dressed as text, are refused", async () => {
    for (const contentType of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
      const headers = { "content-type": contentType, origin: "https://evil.example" };
      expect(await post({ ...headers, cookie })).toEqual([403, "csrf_refused"]);
      expect(await post({ ...headers, cookie, ...proof })).toEqual([415, "unsupported_media_type"]);
    }
  });

  it("SEC-16: is refused with a second credential beside the cookie", async () => {
    for (const second of [{ authorization: "Bearer person" }, { "x-api-key": "person" }]) {
      expect(await post({ cookie, ...proof, ...second })).toEqual([400, "ambiguous_credentials"]);
      const read = await app.inject({ url: "/api/thing", headers: { cookie, ...second } });
      expect([read.statusCode, read.json().error.code]).toEqual([400, "ambiguous_credentials"]);
    }
  });

  it("SEC-16: only reads, when the browser merely follows a link", async () => {
    const answer = await app.inject({ url: "/api/thing", headers: { cookie, "sec-fetch-site": "none" } });
    expect([answer.statusCode, answer.json()]).toEqual([200, { user: "user_1" }]);
  });

  it("SEC-16: that asks for a session in cookies is held to the same, though it has none yet", async () => {
    const url = "/api/open";
    expect(await post({ "x-session-mode": "cookie", origin: "https://evil.example" }, { url })).toEqual([
      403,
      "csrf_refused",
    ]);
    expect(await post({ "x-session-mode": "cookie" }, { url })).toEqual([403, "csrf_refused"]);
    expect(await post(proof, { url })).toEqual([200, null]);
    expect(await post({}, { url })).toEqual([200, null]);
    expect(await post({ cookie: "__Secure-llm-tuner-refresh=AQ" }, { url })).toEqual([403, "csrf_refused"]);
  });

  it("SEC-16: under a plain name does not count where the server is reached by https", async () => {
    expect(await post({ cookie: "llm-tuner-access=person", ...proof })).toEqual([401, "authentication_required"]);
  });

  it("goes by the address of the request where PUBLIC_URL is not set", async () => {
    const headers = { cookie: "llm-tuner-access=person", host: "LAN-box:5000", "x-session-mode": "cookie" };
    expect(await post({ ...headers, origin: "http://lan-box:5000" }, { server: local })).toEqual([200, "user_1"]);
    expect(await post({ ...headers, origin: "http://lan-box" }, { server: local })).toEqual([403, "csrf_refused"]);
  });
});

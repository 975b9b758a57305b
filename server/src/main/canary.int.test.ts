import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import { pathsOf } from "@llm-tuner/contract/endpoints.ts";
import { ProviderConnection } from "@llm-tuner/contract/providers.ts";
import { afterAll, describe, expect, it } from "vitest";
import { createLog } from "../platform/log/log.ts";
import { createComposedServer } from "./testing/composed-server.ts";
import { createAdmin } from "./testing/people.ts";

const lines: string[] = [];
const log = createLog({ level: "debug", stream: { write: (line) => lines.push(line) } });
const { app, database, served, close } = await createComposedServer({ log });
const url = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
afterAll(close);

/** It looks like nothing in particular, so no shape hides it: wherever it stands in the log, it was written there. */
const canary = "Kanarienvogel4711";
const leaks = () => lines.filter((line) => line.toLowerCase().includes(canary.toLowerCase()));

const password = `${canary} horse battery staple`;
const email = "canary@example.org";
const json = { "content-type": "application/json" };
const register = (body: object) => app.inject({ method: "POST", url: "/api/auth/register", payload: body });
const registered = Tokens.parse((await register({ email, password })).json());
const session = { authorization: `Bearer ${registered.access_token}` };

const addressOf = (path: string) => path.replaceAll(/\{\w+\}/g, canary);
const bodyOfAll = {
  email: `${canary}@example.org`,
  password: canary,
  new_password: canary,
  current_password: canary,
  token: canary,
  refresh_token: canary,
  setup_token: canary,
  name: canary,
  model: canary,
  messages: [{ role: "user", content: canary }],
  prompt: canary,
  [canary]: canary,
};

async function callWithCanaries(endpoint: Endpoint, path: string): Promise<void> {
  const method = endpoint.method;
  const address = addressOf(path);
  const carriers: Record<string, string>[] = [
    { authorization: `Bearer ${canary}` },
    { authorization: canary },
    { "x-api-key": canary },
    { cookie: `llm-tuner-access=${canary}; llm-tuner-refresh=${canary}; llm-tuner-oidc=${canary}` },
    { "x-session-mode": "cookie", origin: `https://${canary}.example`, "user-agent": canary, referer: canary },
    { authorization: session.authorization, "last-event-id": canary, prefer: canary, range: canary },
  ];
  for (const headers of carriers) {
    await app.inject({ method, url: `${address}?token=${canary}&code=${canary}&state=${canary}&${canary}=1`, headers });
    if (method === "GET") continue;
    await app.inject({ method, url: address, headers: { ...headers, ...json }, payload: JSON.stringify(bodyOfAll) });
    await app.inject({ method, url: address, headers: { ...headers, ...json }, payload: `{"password": ${canary}` });
    await app.inject({ method, url: address, headers: { ...headers, "content-type": canary }, payload: canary });
  }
}

describe("the log at its most talkative", () => {
  it("SEC-38: has nothing of what was sent to any route in headers, cookies, address or body", async () => {
    const before = lines.length;
    for (const endpoint of served) for (const path of pathsOf(endpoint)) await callWithCanaries(endpoint, path);
    expect(lines.length - before).toBeGreaterThan(500);
    expect(leaks()).toEqual([]);
  });

  it("SEC-38: has nothing of the credentials of real calls", async () => {
    const login = (given: string) =>
      app.inject({ method: "POST", url: "/api/auth/login", payload: { email, password: given } });
    await login(`${canary} but wrong`);
    const tokens = Tokens.parse((await login(password)).json());
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const created = await app.inject({ method: "POST", url: "/api/v1/api-keys", headers, payload: { name: "mine" } });
    const { secret } = CreatedApiKey.parse(created.json());
    await app.inject({ url: "/v1/models", headers: { "x-api-key": secret } });
    const refreshed = await app.inject({
      method: "POST",
      url: "/api/auth/refresh",
      payload: { refresh_token: tokens.refresh_token },
    });
    await app.inject({ method: "POST", url: "/api/auth/logout", headers });
    const secrets = [secret, tokens.access_token, tokens.refresh_token, Tokens.parse(refreshed.json()).access_token];
    for (const piece of secrets) expect(lines.filter((line) => line.includes(piece.slice(-20)))).toEqual([]);
    expect(leaks()).toEqual([]);
  });

  it("SEC-38: has nothing of the key of a provider of models, also when the provider cannot be asked", async () => {
    const admin = await createAdmin({ app, database }, "admin@example.org");
    const connections = "/api/admin/providers/connections";
    const post = (path: string, payload?: object) =>
      app.inject({ method: "POST", url: path, headers: admin.session, ...(payload === undefined ? {} : { payload }) });
    const connection = { name: "provider", kind: "openai-compatible", base_url: "http://127.0.0.1:9" };
    const headers = [{ name: "X-Organization", value: canary }];
    const made = await post(connections, { ...connection, api_key: canary, headers });
    expect(made.statusCode).toBe(201);
    const { id } = ProviderConnection.parse(made.json());
    const checked = await post(`${connections}/${id}/check`);
    expect(checked.json()).toMatchObject({ ok: false, problem: "unreachable" });
    await post("/api/admin/providers/models", { connection_id: id, model: "somewhere" });
    const asked = await post("/api/v1/llm/generate", { model: "somewhere", prompt: "Hi" });
    expect(asked.statusCode).toBeGreaterThanOrEqual(500);
    for (const { body } of [made, checked, asked]) expect(body).not.toContain(canary);
    expect(lines.some((line) => line.includes("somewhere"))).toBe(true);
    expect(leaks()).toEqual([]);
  });

  it("SEC-38: has nothing of a row that the database refuses, and the client gets a request id and no more", async () => {
    await database.execute(`ALTER TABLE users ADD CONSTRAINT cage CHECK (full_name <> '${canary}')`);
    const answer = await register({ email: "other@example.org", password, full_name: canary });
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toEqual({
      error: {
        code: "internal_error",
        message: "Something went wrong on the server. The request id says which log line tells what.",
        request_id: answer.headers["x-request-id"],
      },
    });
    const told = lines.find((line) => line.includes(String(answer.headers["x-request-id"])) && line.includes("cage"));
    expect(told).toContain('"code":"23514"');
    expect(leaks()).toEqual([]);
  });

  it("SEC-38: has nothing of a request that could not be read", async () => {
    for (const request of [
      `GET /${canary} HTTP/1.1\r\nhost: x\r\n${canary}\u0001: ${canary}\r\n\r\n`,
      `${canary} ${canary}\r\n\r\n`,
      `GET /api/%zz${canary} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    ]) {
      const socket = connect(Number(url.port), url.hostname);
      socket.end(request);
      await text(socket);
    }
    expect(leaks()).toEqual([]);
  });

  it("SEC-39: has one object a line, whatever the client calls itself", async () => {
    const agent = `${"A".repeat(8000)}\u001B[2J{"level":"error"}`.replaceAll("\u001B", "\\u001b");
    await app.inject({ url: "/api/auth/me", headers: { "user-agent": agent, ...session } });
    for (const line of lines) {
      expect(line.trimEnd().split("\n")).toHaveLength(1);
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), time: expect.any(String) });
    }
  });
});

import { defineEndpoint } from "@llm-tuner/contract/endpoint.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createLog } from "../log/log.ts";
import { currentRequest } from "../request-context/request-context.ts";
import { authenticatorOf, createTestApp, testCaller } from "../testing/test-app.ts";
import { createOnceAMinute } from "../time/once-a-minute.ts";
import { route } from "./route.ts";

const common = { tag: "Test", dialect: "platform", summary: "A test route", rateClass: "read", method: "GET" } as const;
const responses = { 200: { description: "Ok", schema: z.strictObject({}) } } as const;
const listed = defineEndpoint({ ...common, id: "listed", path: "/api/listed", access: "admin", responses });
const files = defineEndpoint({
  ...common,
  id: "files",
  path: "/api/f",
  access: "caller",
  scope: "files:read",
  responses,
});
const routes = [listed, files].map((endpoint) => route(endpoint, async () => ({ status: 200, body: {} })));

const heard: unknown[] = [];
const lines: string[] = [];
const app = await createTestApp({
  modules: [{ routes, workers: [] }],
  authenticator: authenticatorOf({
    person: testCaller({ userId: "user_1" }),
    admin: { ...testCaller({ userId: "user_2", role: "admin" }), notices: { sunset: "Sat, 21 Nov 2026 00:00:00 GMT" } },
    key: testCaller({ userId: "user_1", apiKeyId: "key_1", scopes: ["chat"] }),
  }),
  log: createLog({ level: "info", stream: { write: (line) => lines.push(line) } }),
  async onRefused({ userId, apiKeyId }, { id }) {
    heard.push([userId, apiKeyId, id, currentRequest()?.caller?.userId, currentRequest()?.address]);
    throw new Error("the audit log is not there");
  },
});
afterAll(() => app.close());

const get = async (url: string, token?: string) =>
  (await app.inject({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })).statusCode;

describe("a refusal", () => {
  it("is told once a minute for each caller and endpoint, and never holds up the answer", async () => {
    for (let times = 0; times < 3; times += 1) {
      expect([await get("/api/listed", "person"), await get("/api/f", "key")]).toEqual([403, 403]);
    }
    expect(await get("/api/listed", "key")).toBe(403);
    expect(heard).toEqual([
      ["user_1", null, "listed", "user_1", "127.0.0.1"],
      ["user_1", "key_1", "files", "user_1", "127.0.0.1"],
      ["user_1", "key_1", "listed", "user_1", "127.0.0.1"],
    ]);
    expect(lines.filter((line) => line.includes("the audit log is not there"))).toHaveLength(3);
  });

  it("is not told of who is let in, nor of who proved nothing", async () => {
    heard.length = 0;
    expect([await get("/api/listed", "admin"), await get("/api/listed"), await get("/api/listed", "wrong")]).toEqual([
      200, 401, 401,
    ]);
    expect(heard).toEqual([]);
  });
});

it("every answer carries the notices of its caller", async () => {
  const answer = await app.inject({ url: "/api/listed", headers: { authorization: "Bearer admin" } });
  expect(answer.headers.sunset).toBe("Sat, 21 Nov 2026 00:00:00 GMT");
});

describe("once a minute", () => {
  it("says yes again when the minute is over, and forgets the oldest of too many", () => {
    let now = 0;
    const isFirst = createOnceAMinute(() => now, 2);
    expect([isFirst("a"), isFirst("a"), isFirst("b")]).toEqual([true, false, true]);
    now = 59_999;
    expect(isFirst("a")).toBe(false);
    now = 60_000;
    expect([isFirst("a"), isFirst("a"), isFirst("b")]).toEqual([true, false, true]);
    expect([isFirst("c"), isFirst("b"), isFirst("a")]).toEqual([true, false, true]);
  });
});

import type { IncomingMessage, ServerResponse } from "node:http";
import { createChatCompletion } from "@llm-tuner/contract/ecosystem.ts";
import { defineEndpoint } from "@llm-tuner/contract/endpoint.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestApp } from "../testing/test-app.ts";
import type { GivenToRaw } from "./raw-handler.ts";
import { route } from "./route.ts";

const open = defineEndpoint({
  id: "open",
  tag: "Test",
  dialect: "platform",
  summary: "A test route",
  rateClass: "read",
  method: "GET",
  path: "/api/open",
  access: "public",
  responses: { 200: { description: "Ok", schema: z.strictObject({}) } },
});
const raw = {
  endpoints: [createChatCompletion],
  async handle(_request: IncomingMessage, response: ServerResponse, { headers }: GivenToRaw) {
    response.writeHead(200, { ...headers, "content-type": "text/plain" }).end("raw");
  },
};
const modules = [{ routes: [route(open, async () => ({ status: 200, body: {} }))], workers: [] }];
const listed = "https://app.example.org";
const app = await createTestApp({ modules, raw, config: { corsOrigins: [listed, "http://localhost:3000"] } });
const closed = await createTestApp({ modules, raw });
const url = await app.listen({ host: "127.0.0.1", port: 0 });
afterAll(async () => {
  await app.close();
  await closed.close();
});

const granted = (headers: object) => Object.keys(headers).filter((name) => name.startsWith("access-control-"));

describe("a page of another origin", () => {
  it("SEC-18: reads the answer when its origin is listed, also of an error", async () => {
    for (const [path, status] of [
      ["/api/open", 200],
      ["/api/nothing", 404],
      ["/api/open?x=1", 400],
    ] as const) {
      const { statusCode, headers } = await app.inject({ url: path, headers: { origin: listed } });
      expect([statusCode, headers["access-control-allow-origin"], headers.vary]).toEqual([status, listed, "Origin"]);
      const exposed = String(headers["access-control-expose-headers"]).split(", ");
      // What the SDKs of OpenAI and Anthropic read, and what the gateway says of its own.
      const read = ["x-request-id", "request-id", "x-should-retry", "retry-after-ms", "x-gateway-warnings"];
      expect(exposed).toEqual(expect.arrayContaining(read));
      expect(headers).not.toHaveProperty("access-control-allow-credentials");
    }
  });

  it.each([
    "null",
    "*",
    "",
    "https://evil.example",
    "https://sub.app.example.org",
    "https://app.example.org.evil.example",
    "https://evilapp.example.org",
    "https://app.example.org:443",
    "https://app.example.org:8443",
    "http://app.example.org",
    "https://app.example.org.",
    "https://app.example.org/",
    "https://APP.example.org",
    "HTTPS://app.example.org",
    "https://app.example.org, https://evil.example",
    "https://evil.example https://app.example.org",
    "https://app.example.org%00.evil.example",
    "https://app_example.org",
    "http://localhost",
    "http://localhost:30000",
    "http://127.0.0.1:3000",
    "file://",
    "chrome-extension://app.example.org",
  ])("SEC-18: gets nothing when its origin is %j", async (origin) => {
    for (const path of ["/api/open", "/v1/chat/completions", "/api/nothing"]) {
      for (const method of ["GET", "POST", "OPTIONS"] as const) {
        const headers = { origin, "access-control-request-method": "POST" };
        const answer = await app.inject({ method, url: path, headers });
        expect([path, method, granted(answer.headers), answer.headers.vary]).toEqual([path, method, [], "Origin"]);
      }
    }
  });

  it("SEC-18: gets nothing where no origin is listed", async () => {
    const headers = { origin: listed, "access-control-request-method": "GET" };
    for (const method of ["GET", "OPTIONS"] as const) {
      expect(granted((await closed.inject({ method, url: "/api/open", headers })).headers)).toEqual([]);
    }
  });

  it.each([
    ["/api/open", "GET, HEAD"],
    ["/v1/chat/completions", "POST"],
  ])("SEC-18: may ask first what %s takes: no cookies, and no header of cookie mode", async (path, methods) => {
    const answer = await fetch(url + path, {
      method: "OPTIONS",
      headers: { origin: listed, "access-control-request-method": "POST", "access-control-request-headers": "x-evil" },
    });
    const header = (name: string) => answer.headers.get(`access-control-${name}`);
    expect([answer.status, header("allow-origin"), header("allow-methods"), header("max-age")]).toEqual([
      204,
      listed,
      methods,
      "600",
    ]);
    expect(header("allow-headers")?.split(", ")).toEqual(
      expect.arrayContaining(["authorization", "content-type", "x-api-key", "x-gateway-strict", "x-stainless-os"]),
    );
    expect(header("allow-headers")).not.toMatch(/x-evil|x-session-mode|cookie|\*/);
    expect(header("allow-credentials")).toBeNull();
  });

  it("SEC-18: reads what the gateway writes itself", async () => {
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { origin: listed },
      body: "{}",
    });
    expect([
      await answer.text(),
      answer.headers.get("access-control-allow-origin"),
      answer.headers.get("vary"),
    ]).toEqual(["raw", listed, "Origin"]);
  });
});

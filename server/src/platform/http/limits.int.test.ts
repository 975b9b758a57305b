import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createChatCompletion } from "@llm-tuner/contract/ecosystem.ts";
import { defineEndpoint } from "@llm-tuner/contract/endpoint.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestApp } from "../testing/test-app.ts";
import { requestLimits } from "./http-server.ts";
import { route } from "./route.ts";

const common = {
  tag: "Test",
  dialect: "platform",
  summary: "A test route",
  access: "public",
  rateClass: "read",
} as const;
const responses = { 200: { description: "Ok", schema: z.strictObject({}) } } as const;
const anything = z.record(z.string(), z.unknown());
const posted = defineEndpoint({
  ...common,
  id: "posted",
  method: "POST",
  path: "/api/posted",
  body: anything,
  responses,
});
const found = defineEndpoint({
  ...common,
  id: "found",
  method: "GET",
  path: "/api/found",
  query: z.strictObject({ q: z.string().optional() }),
  responses,
});
let handled = 0;
const routes = [posted, found].map((endpoint) =>
  route(endpoint, async () => {
    handled += 1;
    return { status: 200, body: {} };
  }),
);
const raw = {
  endpoints: [createChatCompletion],
  async handle(request: IncomingMessage, response: ServerResponse) {
    response.end(await text(request));
  },
};
const bodyBytes = 4096;
const app = await createTestApp({
  modules: [{ routes, workers: [] }],
  raw,
  config: { jsonBodyBytes: bodyBytes, bodyTimeoutSeconds: 0.1, headersTimeoutSeconds: 0.1, readPerMinute: 100_000 },
});
const url = await app.listen({ host: "127.0.0.1", port: 0 });
afterAll(() => app.close());

/** Everything that the server says to these bytes, until it closes the connection. */
async function exchange(request: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(request);
  return text(socket);
}
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
const get = (path: string, headers: readonly string[]) =>
  exchange(
    `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers.map((line) => `${line}\r\n`).join("")}\r\n`,
  );
const post = async (payload: string) => {
  const answer = await app.inject({
    method: "POST",
    url: "/api/posted",
    headers: { "content-type": "application/json" },
    payload,
  });
  return [answer.statusCode, answer.json().error?.code];
};
const nested = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;

describe("a request", () => {
  it("SEC-24: has a body of so many bytes and not one more", async () => {
    const bodyOf = (bytes: number) => `{"a":"${"x".repeat(bytes - 8)}"}`;
    expect(await post(bodyOf(bodyBytes))).toEqual([200, undefined]);
    expect(await post(bodyOf(bodyBytes + 1))).toEqual([413, "body_too_large"]);
    const announced = "POST /api/posted HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length:";
    expect(statusOf(await exchange(`${announced} ${bodyBytes + 1}\r\nconnection: close\r\n\r\n{`))).toBe(413);
  });

  it("SEC-24: nests so deep and not one deeper, and brackets in a text do not count", async () => {
    const before = handled;
    expect(await post(nested(64))).toEqual([200, undefined]);
    expect(await post(nested(65))).toEqual([400, "invalid_request"]);
    expect(await post(`{"a":${"[".repeat(2000)}`)).toEqual([400, "invalid_request"]);
    expect(await post(`{"a":"${"[".repeat(500)}\\"${"{".repeat(500)}"}`)).toEqual([200, undefined]);
    expect(await post(`{"a":[${"[],".repeat(500)}[]]}`)).toEqual([200, undefined]);
    expect(handled - before).toBe(3);
  });

  it("SEC-24: has so many headers and not one more", async () => {
    const lines = (count: number) => Array.from({ length: count }, (_, index) => `x-${index}: 1`);
    const own = 2;
    expect(statusOf(await get("/api/found", lines(requestLimits.headerCount - own)))).toBe(200);
    const refused = await get("/api/found", lines(requestLimits.headerCount - own + 1));
    expect([statusOf(refused), refused.includes("headers_too_large")]).toEqual([431, true]);
  });

  it("SEC-24: has headers of so many bytes", async () => {
    expect(statusOf(await get("/api/found", [`x: ${"y".repeat(requestLimits.headerBytes - 500)}`]))).toBe(200);
    const refused = await get("/api/found", [`x: ${"y".repeat(requestLimits.headerBytes)}`]);
    expect([statusOf(refused), refused.includes("headers_too_large")]).toEqual([431, true]);
  });

  it("SEC-24: has an address of so many characters and not one more", async () => {
    const address = (length: number) => `/api/found?q=${"x".repeat(length - "/api/found?q=".length)}`;
    expect(statusOf(await get(address(requestLimits.addressLength), []))).toBe(200);
    expect(statusOf(await get(address(requestLimits.addressLength + 1), []))).toBe(414);
  });

  it("SEC-24: whose headers come too slowly is cut", async () => {
    const answer = await exchange("GET /api/found HTTP/1.1\r\nhost: x\r\n");
    expect([statusOf(answer), answer.includes("request_timeout")]).toEqual([408, true]);
  });

  it("SEC-24: whose body comes too slowly is cut, also where the gateway reads it", async () => {
    const begun = (path: string) =>
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`;
    expect(statusOf(await exchange(begun("/api/posted")))).toBe(408);
    expect(await exchange(begun("/v1/chat/completions"))).toBe("");
  });

  it.each([
    ["no HTTP at all", "hello\r\n\r\n"],
    ["a forbidden character in a header", "GET / HTTP/1.1\r\nhost: x\r\na\u0000b: 1\r\n\r\n"],
    [
      "two lengths of its body",
      "POST /api/posted HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{",
    ],
    [
      "a length and chunks, by which two servers could disagree where it ends",
      "POST /api/posted HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
  ])("SEC-17: that is %s is refused like any other, with all the headers", async (_name, request) => {
    const answer = await exchange(request);
    expect(statusOf(answer)).toBe(400);
    expect(answer).toMatch(/x-request-id: req_/);
    for (const name of ["content-security-policy", "x-content-type-options", "cache-control: no-store"])
      expect(answer).toContain(name);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({ error: { code: "invalid_request" } });
  });
});

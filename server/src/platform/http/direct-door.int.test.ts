import { once } from "node:events";
import { type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { createChatCompletion } from "@llm-tuner/contract/ecosystem.ts";
import { afterAll, describe, expect, it } from "vitest";
import { currentRequest } from "../request-context/request-context.ts";
import { createTestApp } from "../testing/test-app.ts";
import type { GivenToRaw } from "./raw-handler.ts";

const path = createChatCompletion.path;
const origin = "https://app.example.org";
const raw = {
  endpoints: [createChatCompletion],
  async handle(request: IncomingMessage, response: ServerResponse, { headers, requestId }: GivenToRaw) {
    const known = currentRequest();
    const isKnown = known?.requestId === requestId && known.endpoint === createChatCompletion;
    const said = `${await text(request)} from ${known?.address} ${known?.userAgent} ${isKnown}`;
    response.writeHead(200, { ...headers, "content-type": "text/plain" }).end(said);
  },
};
const open = (trustedProxies: string[] = []) =>
  createTestApp({ modules: [], raw, config: { corsOrigins: [origin], bodyTimeoutSeconds: 0.1, trustedProxies } });
const apps = await Promise.all([open(), open(["127.0.0.1", "10.0.0.0/8"]), open(["192.0.2.1"]), open(["loopback"])]);
const urls = await Promise.all(apps.map((app) => app.listen({ host: "127.0.0.1", port: 0 })));
afterAll(() => Promise.all(apps.map((app) => app.close())));

const lasting = (headers: Headers) =>
  Object.fromEntries([...headers].filter(([name]) => !["date", "x-request-id"].includes(name)));

describe("a call that is plainly a raw endpoint's", () => {
  it("is answered as by way of the framework, with the same headers", async () => {
    const ask = async (url = "", query = "", forwarded = {}) => {
      const answer = await fetch(`${url}${path}${query}`, {
        method: "POST",
        headers: { origin, "user-agent": "tester", ...forwarded },
        body: "hello",
      });
      expect(answer.headers.get("x-request-id")).toMatch(/^req_/);
      return { said: await answer.text(), headers: lasting(answer.headers) };
    };
    const direct = await ask(urls[0]);
    expect(direct.said).toBe("hello from 127.0.0.1 tester true");
    expect(direct.headers).toMatchObject({ "cache-control": "no-store", "x-frame-options": "DENY", vary: "Origin" });
    // A query is the framework's to look at.
    expect(await ask(urls[0], "?a=1")).toEqual(direct);
    const addresses = [
      "203.0.113.9",
      "198.51.100.7, 203.0.113.9",
      "203.0.113.9,10.1.2.3 , 10.2.3.4",
      "10.9.9.9",
      "",
      "-",
    ];
    for (const url of urls) {
      for (const address of addresses) {
        for (const protocol of ["https", "http", "http, https", "https, http"]) {
          const forwarded = { "x-forwarded-for": address, "x-forwarded-proto": protocol };
          expect(await ask(url, "", forwarded)).toEqual(await ask(url, "?a=1", forwarded));
        }
      }
    }
    const behind = await ask(urls[1], "", { "x-forwarded-for": "203.0.113.9, 10.1.2.3", "x-forwarded-proto": "https" });
    expect(behind.said).toBe("hello from 203.0.113.9 tester true");
    expect(behind.headers).toHaveProperty("strict-transport-security");
  });

  it("may not have more headers than any other, and no other method", async () => {
    const headers = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x-${index}`, "1"]));
    expect((await fetch(`${urls[0]}${path}`, { method: "POST", headers, body: "{}" })).status).toBe(431);
    expect((await fetch(`${urls[0]}${path}`)).status).toBe(405);
  });

  it("must send its body in time", async () => {
    const socket = connect(Number(new URL(urls[0] ?? "").port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf`);
    const [hadError]: unknown[] = await once(socket, "close");
    expect(hadError).toBe(false);
  });

  it("is answered to its end while the server stops, and its connection closed then", async () => {
    const app = await open();
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    const call = httpRequest(`${url}${path}`, { method: "POST", headers: { "content-length": 2 } });
    call.write("a");
    await once(app.server, "request");
    const closed = app.close();
    call.end("b");
    const [answer]: IncomingMessage[] = await once(call, "response");
    expect(answer === undefined ? "" : await text(answer)).toContain("ab from");
    await closed;
  });
});

import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { defineEndpoint } from "@llm-tuner/contract/endpoint.ts";
import { createChatCompletion } from "@llm-tuner/contract/ecosystem.ts";
import type { FastifyInstance } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { authenticatorOf, createTestApp, testCaller } from "../testing/test-app.ts";
import { eventStream, type ServerSentEvent } from "./event-stream.ts";
import type { GivenToRaw } from "./raw-handler.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const common = {
  tag: "Test",
  dialect: "platform",
  summary: "A test route",
  access: "public",
  rateClass: "read",
} as const;
const ok = { 200: { description: "Ok", schema: z.strictObject({ said: z.string() }) } } as const;

const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) {
    app.server.closeAllConnections();
    await app.close();
  }
});

type AppOptions = Omit<Parameters<typeof createTestApp>[0], "modules">;

async function listen(
  routes: Route[],
  options: AppOptions = {},
): Promise<{ app: FastifyInstance; url: string; port: number }> {
  const app = await createTestApp({ modules: [{ routes, workers: [] }], ...options });
  apps.push(app);
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return { app, url, port: Number(new URL(url).port) };
}

const waiting = defineEndpoint({ ...common, id: "waiting", method: "GET", path: "/api/waiting", responses: ok });
const posted = defineEndpoint({
  ...common,
  id: "posted",
  method: "POST",
  path: "/api/posted",
  body: z.strictObject({ a: z.int() }),
  responses: ok,
});
const uploaded = defineEndpoint({
  ...common,
  id: "uploaded",
  method: "POST",
  path: "/api/uploaded",
  multipart: true,
  responses: ok,
});
const watched = defineEndpoint({
  ...common,
  id: "watched",
  method: "GET",
  path: "/api/watched",
  responses: { 200: { description: "Events", contentType: "text/event-stream" } },
});
const signedIn = defineEndpoint({
  ...common,
  id: "signedIn",
  method: "GET",
  path: "/api/mine",
  access: "session",
  responses: ok,
});
const guarded = defineEndpoint({
  ...common,
  id: "guarded",
  method: "POST",
  path: "/api/guarded",
  rateClass: "auth",
  responses: ok,
});

describe("a client that goes away", () => {
  it("aborts the handler's signal", async () => {
    const begun = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<unknown>();
    const handler = route(waiting, async ({ signal }) => {
      begun.resolve();
      await once(signal, "abort");
      aborted.resolve(signal.reason);
      throw signal.reason;
    });
    const { url } = await listen([handler]);
    const client = httpRequest(`${url}/api/waiting`).end();
    client.on("error", () => {});
    await begun.promise;
    client.destroy();
    expect(await aborted.promise).toMatchObject({ message: "the client went away" });
  });

  it("does not abort what was answered", async () => {
    let seen: AbortSignal | undefined;
    const { url } = await listen([
      route(waiting, async ({ signal }) => {
        seen = signal;
        return { status: 200, body: { said: "done" } };
      }),
    ]);
    await (await fetch(`${url}/api/waiting`)).json();
    expect(seen?.aborted).toBe(false);
  });

  it("ends the source of an event stream", async () => {
    const ended = Promise.withResolvers<void>();
    async function* source(signal: AbortSignal): AsyncGenerator<ServerSentEvent> {
      try {
        yield { data: "first" };
        await once(signal, "abort");
      } finally {
        ended.resolve();
      }
    }
    const { url } = await listen([
      route(watched, async ({ signal }) => ({ status: 200, body: eventStream(source(signal)) })),
    ]);
    const client = httpRequest(`${url}/api/watched`).end();
    client.on("error", () => {});
    const [answer] = await once(client, "response");
    await once(answer, "data");
    client.destroy();
    await expect(ended.promise).resolves.toBeUndefined();
  });
});

describe("a server that stops", () => {
  it("still gives the answers that were asked for, and takes no new questions", async () => {
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const { app, url } = await listen([
      route(waiting, async () => {
        begun.resolve();
        await go.promise;
        return { status: 200, body: { said: "done" } };
      }),
    ]);
    const answer = fetch(`${url}/api/waiting`);
    await begun.promise;
    const closed = app.close();
    await expect.poll(() => fetch(`${url}/api/waiting`).catch(() => "refused")).toBe("refused");
    go.resolve();
    expect(await (await answer).json()).toEqual({ said: "done" });
    await closed;
  });
});

describe("an event stream", () => {
  it("is sent as it comes, and ends when the server stops", async () => {
    async function* source(signal: AbortSignal): AsyncGenerator<ServerSentEvent> {
      yield { id: 7, event: "metric", data: { loss: 0.5 } };
      await once(signal, "abort");
    }
    const { app, url } = await listen([
      route(watched, async ({ signal }) => ({ status: 200, body: eventStream(source(signal)) })),
    ]);
    const answer = await fetch(`${url}/api/watched`);
    expect([
      answer.headers.get("content-type"),
      answer.headers.get("x-accel-buffering"),
      answer.headers.get("cache-control"),
    ]).toEqual(["text/event-stream", "no", "no-store"]);
    const reading = answer.text();
    await app.close();
    expect(await reading).toBe('retry: 2000\n\nid: 7\nevent: metric\ndata: {"loss":0.5}\n\n');
  });
});

describe("a body", () => {
  it("that does not arrive in time is refused, and the connection is closed", async () => {
    const { port } = await listen([route(posted, async () => ({ status: 200, body: { said: "" } }))], {
      config: { bodyTimeoutSeconds: 0.05 },
    });
    const socket = connect(port, "127.0.0.1");
    socket.write(
      "POST /api/posted HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    );
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain("request_timeout");
  });

  it("of several files comes part by part, names and bytes intact", async () => {
    const handler = route(uploaded, async ({ files }) => {
      const said: string[] = [];
      for await (const part of files()) said.push(`${part.fieldname}:${part.filename}:${await text(part.file)}`);
      return { status: 200, body: { said: said.join("|") } };
    });
    const { url } = await listen([handler]);
    const form = new FormData();
    form.append("files", new Blob(["one"]), "ä.txt");
    form.append("note", "not a file");
    form.append("files", new Blob(["two"]), "b.csv");
    const answer = await fetch(`${url}/api/uploaded`, { method: "POST", body: form });
    expect(await answer.json()).toEqual({ said: "files:ä.txt:one|files:b.csv:two" });
  });

  it.each([
    ["that is JSON", "application/json", "{}", 415],
    [
      "that is cut short",
      "multipart/form-data; boundary=x",
      '--x\r\ncontent-disposition: form-data; name="files"; filename="a"\r\n\r\nhalf',
      400,
    ],
  ])("of files %s is refused", async (_name, contentType, body, status) => {
    const handler = route(uploaded, async ({ files }) => {
      for await (const part of files()) await text(part.file);
      return { status: 200, body: { said: "" } };
    });
    const { url } = await listen([handler]);
    const answer = await fetch(`${url}/api/uploaded`, {
      method: "POST",
      body,
      headers: { "content-type": contentType },
    });
    expect(answer.status).toBe(status);
  });
});

describe("rate limits", () => {
  const authenticator = authenticatorOf({ a: testCaller({ userId: "user_a" }), b: testCaller({ userId: "user_b" }) });
  const mine = route(signedIn, async ({ caller }) => ({ status: 200, body: { said: caller.userId } }));
  const get = (app: FastifyInstance, token: string, remoteAddress = "192.0.2.1") =>
    app.inject({ url: "/api/mine", headers: { authorization: `Bearer ${token}` }, remoteAddress });

  it("count each caller alone and say when to come back", async () => {
    const { app } = await listen([mine], { authenticator, config: { readPerMinute: 2 } });
    const statuses = [];
    for (const token of ["a", "a", "b", "a"]) statuses.push((await get(app, token)).statusCode);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const refused = await get(app, "a");
    const seconds = Number(refused.headers["retry-after"]);
    expect(refused.json().error).toMatchObject({ code: "rate_limited", details: { retry_after_seconds: seconds } });
    expect(seconds).toBeGreaterThan(0);
  });

  it("stop the guessing of credentials from one network, and nobody else", async () => {
    const { app } = await listen([mine], { authenticator, config: { authPerMinute: 2 } });
    const from = async (token: string, address: string) => (await get(app, token, address)).statusCode;
    expect([await from("x", "2001:db8::1"), await from("y", "2001:db8::2"), await from("z", "2001:db8::3")]).toEqual([
      401, 401, 429,
    ]);
    expect([await from("a", "2001:db8::4"), await from("a", "2001:db8:0:1::1")]).toEqual([429, 200]);
  });

  it("believe forwarded addresses only of proxies that are named", async () => {
    const handler = route(guarded, async ({ address }) => ({ status: 200, body: { said: address } }));
    const said = async (trustedProxies: string[]) => {
      const { app } = await listen([handler], { config: { trustedProxies } });
      const answer = await app.inject({
        method: "POST",
        url: "/api/guarded",
        remoteAddress: "192.0.2.1",
        headers: { "x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https" },
      });
      return [answer.json().said, answer.headers["strict-transport-security"] !== undefined];
    };
    expect(await said([])).toEqual(["192.0.2.1", false]);
    expect(await said(["192.0.2.0/24"])).toEqual(["198.51.100.7", true]);
  });
});

describe("a raw endpoint", () => {
  it("gets the request unread, and keeps the headers that are for every answer", async () => {
    const raw = {
      endpoints: [createChatCompletion],
      async handle(request: IncomingMessage, response: ServerResponse, { headers }: GivenToRaw) {
        response.writeHead(200, { ...headers, "content-type": "text/plain" });
        response.end(`read ${await text(request)}`);
      },
    };
    const { url } = await listen([], { raw });
    const answer = await fetch(`${url}/v1/chat/completions`, { method: "POST", body: "not json at all" });
    expect([await answer.text(), answer.headers.get("x-content-type-options")]).toEqual([
      "read not json at all",
      "nosniff",
    ]);
    expect(answer.headers.get("x-request-id")).toMatch(/^req_/);
    const other = await fetch(`${url}/v1/chat/completions`);
    expect([other.status, other.headers.get("allow"), await other.json()]).toMatchObject([
      405,
      "POST",
      { error: { type: "invalid_request_error" } },
    ]);
  });

  it("that fails does not leave its client waiting", async () => {
    const raw = { endpoints: [createChatCompletion], handle: () => Promise.reject(new Error("broken")) };
    const { url } = await listen([], { raw });
    await expect(fetch(`${url}/v1/chat/completions`, { method: "POST", body: "{}" })).rejects.toThrow(/fetch failed/);
  });
});

describe("the web client", () => {
  async function withClient() {
    const webDirectory = await mkdtemp(join(tmpdir(), "web-"));
    await mkdir(join(webDirectory, "assets"));
    await writeFile(join(webDirectory, "index.html"), "<!doctype html><title>client</title>");
    await writeFile(join(webDirectory, "assets", "app-1a2b.js"), "run()");
    await writeFile(join(webDirectory, ".env"), "SECRET=1");
    const { app } = await listen([], { webDirectory });
    return { app, remove: () => rm(webDirectory, { recursive: true }) };
  }
  const page = { accept: "text/html,*/*" };

  it("gets its page at every address of its own, never kept, and its files for ever", async () => {
    const { app, remove } = await withClient();
    for (const url of ["/", "/training/llm-tune-x", "/models?sort=new"]) {
      const { statusCode, body, headers } = await app.inject({ url, headers: page });
      expect([url, statusCode, body.includes("<title>client"), headers["cache-control"]]).toEqual([
        url,
        200,
        true,
        "no-cache",
      ]);
      expect(headers["content-security-policy"]).toContain("script-src 'self'");
    }
    const file = await app.inject({ url: "/assets/app-1a2b.js" });
    expect([file.body, file.headers["cache-control"]]).toEqual(["run()", "public, max-age=31536000, immutable"]);
    await remove();
  });

  it.each(["/api/unknown", "/v1/unknown", "/assets/gone.js", "/health/unknown", "/.env", "/..%2f..%2fetc/passwd"])(
    "does not take %s for its own",
    async (url) => {
      const { app, remove } = await withClient();
      const { statusCode, body } = await app.inject({
        url,
        headers: url === "/.env" || url.includes("etc") ? {} : page,
      });
      expect([statusCode, body.includes("title"), body.includes("SECRET")]).toEqual([404, false, false]);
      await remove();
    },
  );

  it("is not sent to a program, nor for another method", async () => {
    const { app, remove } = await withClient();
    expect((await app.inject({ url: "/training", headers: { accept: "application/json" } })).statusCode).toBe(404);
    expect((await app.inject({ method: "POST", url: "/training", headers: page })).statusCode).toBe(404);
    expect((await app.inject({ method: "HEAD", url: "/training", headers: page })).statusCode).toBe(200);
    await remove();
  });
});

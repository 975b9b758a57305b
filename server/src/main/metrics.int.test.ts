import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { scopes } from "@llm-tuner/contract/endpoint.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createComposedServer } from "./testing/composed-server.ts";
import { createAdmin, createPerson } from "./testing/people.ts";

const token = "a-token-for-the-scraper";
const collected: unknown[] = [];
const waiting: (() => void)[] = [];
const collector = createServer((request, response) => {
  let text = "";
  request.on("data", (chunk: Buffer) => (text += chunk.toString()));
  request.on("end", () => {
    collected.push({ url: request.url, authorization: request.headers["authorization"], body: JSON.parse(text) });
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
    waiting.shift()?.();
  });
});
collector.listen(0, "127.0.0.1");
await once(collector, "listening");
// A TCP server's address is always an object.
const { port } = collector.address() as AddressInfo;

const server = await createComposedServer({
  environment: {
    METRICS_TOKEN: token,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20collector",
  },
});
const { app } = server;
afterAll(async () => {
  await server.close();
  collector.close();
});
const person = await createPerson(app, "person@example.org");
const admin = await createAdmin(server, "admin@example.org");

const read = (headers: Record<string, string> = {}) => app.inject({ url: "/metrics", headers });
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";

describe("the metrics", () => {
  it("are for the scraper's token and for administrators, and for nobody else", async () => {
    expect((await read({ authorization: `Bearer ${token}` })).statusCode).toBe(200);
    expect((await read(admin.session)).statusCode).toBe(200);
    const key = await person.keyWith(scopes);
    for (const headers of [{}, { authorization: `Bearer ${token}x` }, person.session, key]) {
      const refused = await read(headers);
      expect(refused.statusCode).toBe(401);
      expect(refused.body).not.toContain("gateway_");
    }
  });

  it("count what came to the gateway, by route and fault", async () => {
    await app.inject({
      method: "POST",
      url: "/v1/chat/completions",
      headers: person.session,
      payload: { model: "none" },
    });
    const answer = await read({ authorization: `Bearer ${token}` });
    expect(answer.headers["content-type"]).toContain("text/plain");
    expect(answer.body).toContain(
      'gateway_requests_total{route="POST /v1/chat/completions",status="400",fault="caller.invalid_request"} 1',
    );
    expect(answer.body).toContain("gateway_overhead_seconds_bucket");
    expect(answer.body).toContain("gateway_price_missing_total 0");
    expect(answer.body).toContain("process_cpu_seconds_total");
  });

  it("say what waits of documents, and have no sample or comment that is not in the format", async () => {
    const { body } = await read({ authorization: `Bearer ${token}` });
    expect(body).toContain('documents_open{status="pending"} 0');
    expect(body).toContain('documents_paused_jobs{reason="provider"} 0');
    const sample = /^[a-zA-Z_:][\w:]*(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)*\})? (?:[-+\d.eE]+|NaN|[-+]Inf)$/i;
    expect(body.split("\n").filter((text) => text !== "" && !text.startsWith("# ") && !sample.test(text))).toEqual([]);
  });
});

const Exported = z.object({
  url: z.literal("/v1/traces"),
  authorization: z.literal("Bearer collector"),
  body: z.object({
    resourceSpans: z.array(
      z.object({
        scopeSpans: z.array(
          z.object({ spans: z.array(z.looseObject({ name: z.string(), traceId: z.string(), kind: z.int() })) }),
        ),
      }),
    ),
  }),
});

describe("traces", () => {
  it("go to the collector, within the trace of the caller", async () => {
    await app.inject({
      method: "POST",
      url: "/v1/messages",
      headers: { ...person.session, traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
      payload: { model: "none" },
    });
    const sent = (): string[] =>
      collected
        .flatMap((one) => Exported.parse(one).body.resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans)
        .flatMap(({ spans }) => spans)
        .map((span) => `${span.name} ${span.traceId}`);
    while (!sent().includes(`POST /v1/messages ${traceId}`)) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    expect(sent()).toContain(`POST /v1/messages ${traceId}`);
  });
});

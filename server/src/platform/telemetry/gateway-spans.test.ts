import { noUsage } from "@llm-tuner/gateway/meter/usage.ts";
import type { Observation } from "@llm-tuner/gateway/telemetry/observation.ts";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { describe, expect, it } from "vitest";
import { createGatewaySpans } from "./gateway-spans.ts";

const attempt = { priceModel: "m", outcome: "completed", errorCode: null, latencyMs: 40 } as const;
const observation: Observation = {
  requestId: "req_1",
  route: "POST /v1/chat/completions",
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  status: 200,
  fault: null,
  startedAt: new Date(1_000_000),
  latencyMs: 100,
  overheadMs: 1,
  answered: {
    operation: "chat/completions",
    stream: false,
    model: "my-alias",
    provider: "gemini",
    upstreamModel: "gemini-x",
    responseModel: "gemini-x-001",
    upstreamId: "resp-1",
    maxOutputTokens: null,
    outcome: "completed",
    disconnect: null,
    usage: { ...noUsage, inputUncached: 10, inputCacheRead: 5, outputText: 3, outputReasoning: 4 },
    costNanoUsd: 42,
    attempts: [
      {
        ...attempt,
        deployment: "dep_1",
        provider: "openai",
        upstreamModel: "gpt",
        outcome: "failed",
        errorCode: "provider_overloaded",
      },
      { ...attempt, deployment: "dep_2", provider: "gemini", upstreamModel: "gemini-x" },
    ],
    firstByteMs: null,
  },
};

const spansOf = (seen: Observation) => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  createGatewaySpans(provider.getTracer("test"))(seen);
  return exporter.getFinishedSpans();
};

describe("the spans of a request", () => {
  it("are one of the server in the caller's trace, and one below it for each exchange with a provider", () => {
    const [failed, answered, server] = spansOf(observation);
    expect(server).toMatchObject({ name: "POST /v1/chat/completions", kind: SpanKind.SERVER });
    expect(server?.spanContext().traceId).toBe("4bf92f3577b34da6a3ce929d0e0e4736");
    expect(server?.parentSpanContext?.spanId).toBe("00f067aa0ba902b7");
    expect(server?.attributes).toMatchObject({ "gateway.request.id": "req_1", "gateway.original.model": "my-alias" });
    for (const child of [failed, answered]) {
      expect(child?.kind).toBe(SpanKind.CLIENT);
      expect(child?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId);
    }
    expect(failed).toMatchObject({ name: "chat gpt", status: { code: SpanStatusCode.ERROR } });
    expect(failed?.attributes["error.type"]).toBe("provider_overloaded");
  });

  it("carry what was used by the exchange that answered, in the conventions' names", () => {
    const [failed, answered] = spansOf(observation);
    expect(answered?.attributes).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "gcp.gemini",
      "gen_ai.request.model": "gemini-x",
      "gen_ai.response.model": "gemini-x-001",
      "gen_ai.usage.input_tokens": 15,
      "gen_ai.usage.output_tokens": 7,
      "gen_ai.usage.cache_read.input_tokens": 5,
      "gen_ai.usage.reasoning.output_tokens": 4,
    });
    expect(failed?.attributes).not.toHaveProperty("gen_ai.usage.input_tokens");
    expect(answered?.attributes).not.toHaveProperty("gen_ai.request.max_tokens");
  });

  it.each([
    null,
    "",
    "00-0-0-00",
    `00-${"0".repeat(32)}-${"0".repeat(16)}-01`,
    `ff-${"a".repeat(32)}-${"b".repeat(16)}-01`,
  ])("begin a trace of their own for the traceparent %j", (traceparent) => {
    const server = spansOf({ ...observation, traceparent }).at(-1);
    expect(server?.parentSpanContext).toBeUndefined();
  });

  it("are no errors where the caller was at fault", () => {
    const refused = { ...observation, answered: null, status: 401 };
    const [callers] = spansOf({ ...refused, fault: "caller.unauthenticated" });
    const [gateways] = spansOf({ ...refused, fault: "gateway.internal" });
    expect([callers?.status.code, gateways?.status.code]).toEqual([SpanStatusCode.UNSET, SpanStatusCode.ERROR]);
  });
});

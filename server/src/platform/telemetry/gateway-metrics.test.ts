import { noUsage } from "@llm-tuner/gateway/meter/usage.ts";
import type { AnsweredRequest, Observation } from "@llm-tuner/gateway/telemetry/observation.ts";
import { describe, expect, it } from "vitest";
import { createGatewayMetrics } from "./gateway-metrics.ts";

const answered: AnsweredRequest = {
  operation: "messages",
  stream: true,
  model: "my-alias",
  provider: "anthropic",
  upstreamModel: "claude-x",
  responseModel: "claude-x-1",
  upstreamId: "msg_1",
  maxOutputTokens: 100,
  outcome: "completed",
  disconnect: null,
  usage: { ...noUsage, inputUncached: 10, inputCacheRead: 5, outputText: 3, outputReasoning: 4 },
  costNanoUsd: 2_500_000_000,
  attempts: [
    {
      deployment: "dep_1",
      provider: "openai",
      priceModel: "gpt",
      upstreamModel: "gpt",
      outcome: "failed",
      errorCode: "provider_overloaded",
      latencyMs: 12,
    },
  ],
  firstByteMs: 250,
};
const observation: Observation = {
  requestId: "req_1",
  route: "POST /v1/messages",
  traceparent: null,
  status: 200,
  fault: null,
  startedAt: new Date(0),
  latencyMs: 1500,
  overheadMs: 0.4,
  answered,
};

const metricsOf = (...observations: Observation[]): string => {
  const metrics = createGatewayMetrics({ missingPrices: () => 3 });
  for (const one of observations) metrics.observe(one);
  return metrics.text();
};

describe("the metrics of a request", () => {
  it("carry the names of OpenTelemetry's conventions, input with what was cached and output with what was thought", () => {
    const text = metricsOf(observation);
    const labels = 'gen_ai_operation_name="chat",gen_ai_provider_name="anthropic",gen_ai_request_model="claude-x"';
    expect(text).toContain(`gen_ai_client_token_usage_sum{${labels},gen_ai_token_type="input"} 15`);
    expect(text).toContain(`gen_ai_client_token_usage_sum{${labels},gen_ai_token_type="output"} 7`);
    expect(text).toContain(`gen_ai_client_operation_duration_seconds_sum{${labels},error_type=""} 1.5`);
    expect(text).toContain(`gen_ai_client_operation_time_to_first_chunk_seconds_sum{${labels}} 0.25`);
  });

  it("say what it cost, what the gateway added and what was tried", () => {
    const text = metricsOf(observation, observation);
    expect(text).toContain('gateway_cost_usd_total{gen_ai_provider_name="anthropic"} 5');
    expect(text).toContain('gateway_overhead_seconds_bucket{le="0.0005",route="POST /v1/messages"} 2');
    expect(text).toContain(
      'gateway_attempts_total{gen_ai_provider_name="openai",deployment="dep_1",outcome="failed",error="provider_overloaded"} 2',
    );
    expect(text).toContain("gateway_price_missing_total 3");
  });

  it("name no model that did not answer, since its name came from the caller", () => {
    const text = metricsOf({
      ...observation,
      status: 502,
      fault: "provider.error",
      answered: { ...answered, outcome: "failed", upstreamModel: "made-up", costNanoUsd: null, attempts: [] },
    });
    expect(text).not.toContain("made-up");
    expect(text).toContain('error_type="provider.error"');
    expect(text).not.toContain("gateway_cost_usd_total{");
  });

  it("tell clients that went away by what was done", () => {
    const gone: Observation = {
      ...observation,
      status: null,
      fault: "caller.gone",
      answered: { ...answered, outcome: "aborted", disconnect: "drain" },
    };
    const text = metricsOf(gone);
    expect(text).toContain('gateway_stream_aborts_total{policy="drain"} 1');
    expect(text).toContain('gateway_requests_total{route="POST /v1/messages",status="gone",fault="caller.gone"} 1');
  });
});

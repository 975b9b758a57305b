import { inputTokensOf, outputTokensOf } from "@llm-tuner/gateway/meter/usage.ts";
import type { Observation } from "@llm-tuner/gateway/telemetry/observation.ts";
import { createCounter, createGauge, createHistogram, type Series } from "./series.ts";

/** Bounds of OpenTelemetry's GenAI conventions. */
const tokenBounds = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];
const durationBounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const overheadBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** Names of operations by the conventions; ours are paths of dialects. */
const operationNames: Readonly<Record<string, string>> = {
  "chat/completions": "chat",
  responses: "chat",
  messages: "chat",
  completions: "text_completion",
  embeddings: "embeddings",
};
export const operationName = (operation: string): string => operationNames[operation] ?? operation.replaceAll("/", "_");

/** What stands outside a request and is read when the metrics are. */
export interface GatewayGauges {
  /** Requests that were answered by a model without a price, since the process began. */
  missingPrices: () => number;
}

const modelLabels = ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model"] as const;

export interface GatewayMetrics {
  observe(observation: Observation): void;
  /** In Prometheus' text format. */
  text(): string;
}

/**
 * The gateway's metrics: OpenTelemetry's GenAI names as Prometheus writes them, and its own where those have none. A model is
 * named only when it answered, by its provider's name, so that nobody fills them with names of their own.
 */
export function createGatewayMetrics({ missingPrices }: GatewayGauges): GatewayMetrics {
  const requests = createCounter({
    name: "gateway_requests_total",
    help: "Requests to the gateway by route, status and whose fault it was.",
    labels: ["route", "status", "fault"],
  });
  const overhead = createHistogram({
    name: "gateway_overhead_seconds",
    help: "What the gateway added to a request, without waiting for the client, a starting worker or the provider.",
    labels: ["route"],
    bounds: overheadBounds,
  });
  const tokens = createHistogram({
    name: "gen_ai_client_token_usage",
    help: "Tokens of a request; input includes cached ones, output includes reasoning.",
    labels: [...modelLabels, "gen_ai_token_type"],
    bounds: tokenBounds,
  });
  const duration = createHistogram({
    name: "gen_ai_client_operation_duration_seconds",
    help: "From the arrival of a request to the end of its answer.",
    labels: [...modelLabels, "error_type"],
    bounds: durationBounds,
  });
  const firstChunk = createHistogram({
    name: "gen_ai_client_operation_time_to_first_chunk_seconds",
    help: "From the arrival of a streamed request to the first piece of its answer.",
    labels: modelLabels,
    bounds: durationBounds,
  });
  const attempts = createCounter({
    name: "gateway_attempts_total",
    help: "Exchanges with providers; a request has more than one when it is tried again or elsewhere.",
    labels: ["gen_ai_provider_name", "deployment", "outcome", "error"],
  });
  const cost = createCounter({
    name: "gateway_cost_usd_total",
    help: "What was charged, by who answered.",
    labels: ["gen_ai_provider_name"],
  });
  const aborts = createCounter({
    name: "gateway_stream_aborts_total",
    help: "Requests whose client went away, by what was done at the provider.",
    labels: ["policy"],
  });
  const missing = () =>
    createGauge(
      {
        name: "gateway_price_missing_total",
        help: "Requests answered by a model without a price, since the process began.",
        labels: [],
      },
      [{ values: [], value: missingPrices() }],
    );
  const all = (): Series[] => [requests, overhead, tokens, duration, firstChunk, attempts, cost, aborts, missing()];

  const observe = ({ route, status, fault, latencyMs, overheadMs, answered }: Observation): void => {
    const where = route ?? "none";
    requests.add([where, status === null ? "gone" : String(status), fault ?? "none"]);
    overhead.observe([where], overheadMs / 1000);
    if (answered === null) return;
    const { usage, provider } = answered;
    const model = answered.outcome === "completed" ? answered.upstreamModel : "";
    const operation = operationName(answered.operation);
    tokens.observe([operation, provider, model, "input"], inputTokensOf(usage));
    tokens.observe([operation, provider, model, "output"], outputTokensOf(usage));
    duration.observe([operation, provider, model, fault ?? ""], latencyMs / 1000);
    if (answered.stream && answered.firstByteMs !== null) {
      firstChunk.observe([operation, provider, model], answered.firstByteMs / 1000);
    }
    for (const tried of answered.attempts) {
      attempts.add([tried.provider, tried.deployment, tried.outcome, tried.errorCode ?? ""]);
    }
    if (answered.costNanoUsd !== null) cost.add([provider], answered.costNanoUsd / 1e9);
    if (answered.disconnect !== null) aborts.add([answered.disconnect]);
  };
  return {
    observe,
    text: () =>
      all()
        .map((series) => series.text())
        .join("\n\n"),
  };
}

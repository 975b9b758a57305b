import type { Observation } from "@llm-tuner/gateway/telemetry/observation.ts";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { SettingsOf } from "../config/setting.ts";
import { createGatewayMetrics, type GatewayGauges } from "./gateway-metrics.ts";
import { createGatewaySpans } from "./gateway-spans.ts";
import type { telemetrySettings } from "./telemetry.config.ts";

export interface Telemetry {
  /** Tells all that listens of a request to the gateway. */
  observe(observation: Observation): void;
  /** In Prometheus' text format. */
  metrics(): Promise<string>;
  /** Sends what traces are left. */
  close(): Promise<void>;
}

/** `name=value,name=value`, as OpenTelemetry has it; values may be percent-encoded. */
const headersOf = (text: string | undefined): Record<string, string> =>
  Object.fromEntries(
    (text ?? "")
      .split(",")
      .map((entry) => entry.trim().split("="))
      .flatMap(([name = "", ...value]) => (name === "" ? [] : [[name, decodeURIComponent(value.join("="))]])),
  );

/** Metrics of this process, and traces where a place for them is set. */
export function createTelemetry(
  config: SettingsOf<typeof telemetrySettings>,
  gauges: GatewayGauges & {
    version: string;
    /** Metrics of the domains, in Prometheus' text format. */
    domains: readonly (() => Promise<string>)[];
  },
): Telemetry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gateway = createGatewayMetrics(gauges);
  const listeners: Telemetry["observe"][] = [gateway.observe];
  let traces: TracerProvider | undefined;
  if (config.otlpEndpoint !== undefined) {
    const url = `${config.otlpEndpoint.replace(/\/$/, "")}/v1/traces`;
    const exporter = new OTLPTraceExporter({ url, headers: headersOf(config.otlpHeaders) });
    traces = new TracerProvider({
      resource: resourceFromAttributes({ "service.name": config.serviceName, "service.version": gauges.version }),
      spanProcessors: [new BatchSpanProcessor({ exporter })],
    });
    listeners.push(createGatewaySpans(traces.getTracer("llm-tuner/gateway", gauges.version)));
  }
  return {
    observe(observation) {
      for (const listener of listeners) listener(observation);
    },
    async metrics() {
      const others = await Promise.all([registry.metrics(), ...gauges.domains.map((text) => text())]);
      return `${[...others, gateway.text()].join("\n")}\n`;
    },
    close: async () => traces?.shutdown(),
  };
}

import { z } from "zod";
import { setting } from "../config/setting.ts";

export const telemetrySettings = {
  metricsToken: setting({
    env: "METRICS_TOKEN",
    description:
      "Bearer token with which a scraper reads GET /metrics; without it only signed-in administrators and their API keys may.",
    schema: z
      .string()
      .trim()
      .regex(/^[\x21-\x7e]{16,200}$/, "must be 16 to 200 printable characters without spaces")
      .optional(),
    secret: true,
  }),
  otlpEndpoint: setting({
    env: "OTEL_EXPORTER_OTLP_ENDPOINT",
    description: "Where traces are sent by OTLP over HTTP, such as http://localhost:4318; without it none are made.",
    schema: z.url({ protocol: /^https?$/ }).optional(),
  }),
  otlpHeaders: setting({
    env: "OTEL_EXPORTER_OTLP_HEADERS",
    description: "Headers of that, such as `authorization=Bearer …`, separated by commas.",
    schema: z.string().max(4000).optional(),
    secret: true,
  }),
  serviceName: setting({
    env: "OTEL_SERVICE_NAME",
    description: "Name of this server in traces.",
    schema: z.string().min(1).max(100).default("llm-tuner"),
  }),
} as const;

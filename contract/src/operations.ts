import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";

export const Health = z
  .strictObject({
    status: z.enum(["ok", "degraded"]),
    version: z.string(),
    database: z.enum(["embedded", "external"]),
    checks: z.record(z.string(), z.enum(["ok", "failing"])),
  })
  .meta({ id: "Health" });

const common = { tag: "Operations", dialect: "platform", access: "public", rateClass: "probe", method: "GET" } as const;

const alive = z.strictObject({ status: z.literal("ok") }).meta({ id: "Alive" });

export const healthLive = defineEndpoint({
  ...common,
  id: "healthLive",
  summary: "The process answers",
  path: "/health/live",
  responses: { 200: { description: "Alive", schema: alive } },
});

export const healthReady = defineEndpoint({
  ...common,
  id: "healthReady",
  summary: "The process can do its work",
  path: "/health/ready",
  responses: { 200: { description: "Ready", schema: alive } },
});

export const health = defineEndpoint({
  ...common,
  id: "health",
  summary: "Summary of what works",
  path: "/health",
  responses: { 200: { description: "Summary", schema: Health } },
});

export const openApiDocument = defineEndpoint({
  ...common,
  id: "openApiDocument",
  summary: "This document",
  path: "/openapi.json",
  responses: { 200: { description: "OpenAPI 3.1", schema: z.record(z.string(), z.unknown()) } },
});

export const metrics = defineEndpoint({
  ...common,
  id: "metrics",
  summary: "Metrics for Prometheus: for the token of METRICS_TOKEN, or an administrator",
  path: "/metrics",
  responses: {
    200: { description: "Prometheus' text format", contentType: "text/plain; version=0.0.4; charset=utf-8" },
  },
});

import { inputTokensOf, outputTokensOf } from "@llm-tuner/gateway/meter/usage.ts";
import type { AnsweredRequest, Observation } from "@llm-tuner/gateway/telemetry/observation.ts";
import {
  type Attributes,
  context,
  type Context,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from "@opentelemetry/api";
import { operationName } from "./gateway-metrics.ts";

/** W3C Trace Context, version 00: version, trace id, parent id, flags. */
const traceparentShape = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The caller's own trace goes on where it sent one. */
const parentOf = (traceparent: string | null): Context => {
  const [, traceId, spanId, flags] = traceparentShape.exec(traceparent ?? "") ?? [];
  const root = context.active();
  if (traceId === undefined || spanId === undefined || flags === undefined) return root;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return root;
  const isSampled = (Number.parseInt(flags, 16) & TraceFlags.SAMPLED) !== 0;
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(root, { traceId, spanId, traceFlags, isRemote: true });
};

/** Providers by the conventions' own names. */
const providerNames: Readonly<Record<string, string>> = { gemini: "gcp.gemini" };

const givenOnly = (attributes: Record<string, string | number | boolean | null>): Attributes =>
  Object.fromEntries(Object.entries(attributes).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));

const attributesOf = (answered: AnsweredRequest): Attributes => {
  const { usage } = answered;
  return givenOnly({
    "gen_ai.operation.name": operationName(answered.operation),
    "gen_ai.provider.name": providerNames[answered.provider] ?? answered.provider,
    "gen_ai.request.model": answered.upstreamModel,
    "gen_ai.request.max_tokens": answered.maxOutputTokens,
    "gen_ai.request.stream": answered.stream,
    "gen_ai.response.id": answered.upstreamId,
    "gen_ai.response.model": answered.responseModel,
    "gen_ai.usage.input_tokens": inputTokensOf(usage),
    "gen_ai.usage.output_tokens": outputTokensOf(usage),
    "gen_ai.usage.cache_read.input_tokens": usage.inputCacheRead,
    "gen_ai.usage.cache_creation.input_tokens": usage.inputCacheWrite5m + usage.inputCacheWrite1h,
    "gen_ai.usage.reasoning.output_tokens": usage.outputReasoning,
  });
};

/**
 * Spans of a request by OpenTelemetry's GenAI conventions: one of the server for the request, below it one of a client for each
 * exchange with a provider. They are made at the end of the request, with the times at which things were.
 */
export const createGatewaySpans =
  (tracer: Tracer) =>
  ({ requestId, route, traceparent, status, fault, startedAt, latencyMs, answered }: Observation): void => {
    const startMs = startedAt.getTime();
    const span = tracer.startSpan(
      route ?? "gateway",
      {
        kind: SpanKind.SERVER,
        startTime: startMs,
        attributes: givenOnly({
          "gateway.request.id": requestId,
          "http.response.status_code": status,
          "gateway.original.model": answered?.model ?? null,
          "gateway.cost.nano_usd": answered?.costNanoUsd ?? null,
          "error.type": fault,
        }),
      },
      parentOf(traceparent),
    );
    const below = trace.setSpan(context.active(), span);
    let attemptStartMs = startMs;
    const attempts = answered?.attempts ?? [];
    for (const [index, attempt] of attempts.entries()) {
      const isLast = index === attempts.length - 1;
      const attributes = givenOnly({
        ...(isLast && answered !== null ? attributesOf(answered) : {}),
        "gen_ai.provider.name": providerNames[attempt.provider] ?? attempt.provider,
        "gen_ai.request.model": attempt.upstreamModel,
        "gateway.deployment": attempt.deployment,
        "error.type": attempt.errorCode,
      });
      const name = `${operationName(answered?.operation ?? "")} ${attempt.upstreamModel}`;
      const child = tracer.startSpan(name, { kind: SpanKind.CLIENT, startTime: attemptStartMs, attributes }, below);
      if (attempt.outcome === "failed") child.setStatus({ code: SpanStatusCode.ERROR });
      attemptStartMs += attempt.latencyMs;
      child.end(attemptStartMs);
    }
    if (fault !== null && !fault.startsWith("caller.")) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(startMs + latencyMs);
  };

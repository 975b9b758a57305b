import { z } from "zod";
import { LockedParameters } from "./client-tokens.ts";
import { defineEndpoint } from "./endpoint.ts";
import { Timestamp } from "./paging.ts";
import { byBucket } from "./prices.ts";
import { UsageOutcome } from "./usage.ts";

/**
 * What a gateway that runs elsewhere (a serverless function, a worker at the edge) asks the platform: who calls it, whether
 * the call may be made, and what it used. Refusals of the person's own call come as a value, since the satellite's call to
 * the platform succeeded.
 */
const tokens = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const name = z.string().min(1).max(300);

const operation = z.string().min(1).max(100);

/** Headers of an answer to the person. */
const headers = z.array(z.strictObject({ name: z.string(), value: z.string() }));

/** The person's own credential, never that of the satellite. */
const presented = {
  credential: z.string().min(1).max(8000),
  origin: z.string().max(300).optional().meta({ description: "Of the page that calls, when a browser says it." }),
};

export const GatewayRefusal = z
  .strictObject({
    status: z.int().min(400).max(599),
    code: z.string(),
    type: z.string(),
    message: z.string(),
    param: z.string().nullable(),
    retryable: z.boolean(),
    retry_after_seconds: z.number().nullable(),
    headers,
  })
  .meta({ id: "GatewayRefusal" });
export type GatewayRefusal = z.infer<typeof GatewayRefusal>;

export const SatelliteCaller = z
  .strictObject({
    account: z.string().meta({ description: "Tells accounts apart, and nothing more." }),
    scopes: z.array(z.string()),
    allowed_models: z.array(z.string()).nullable(),
    locked: LockedParameters.nullable(),
    is_spend_bound: z.boolean().meta({ description: "Whether a budget counts for this credential." }),
    headers,
  })
  .meta({ id: "SatelliteCaller" });
export type SatelliteCaller = z.infer<typeof SatelliteCaller>;

const PricedRoute = z.strictObject({ provider: name, price_model: name });

export const SatelliteReservation = z.strictObject({
  ...presented,
  request_id: z.string().regex(/^req_[0-9A-Za-z]{16,40}$/),
  model: name,
  // A satellite of an earlier version does not say these three.
  operation: operation.default("unknown"),
  stream: z.boolean().default(false),
  service_tier: z.string().max(200).nullable().default(null),
  candidates: z.array(PricedRoute).min(1).max(32),
  estimated_input_tokens: tokens,
  max_output_tokens: tokens.nullable(),
  model_max_output_tokens: tokens.nullable(),
  pieces: z.strictObject({ images: tokens, video_seconds: tokens }),
  started_at: Timestamp,
});
export type SatelliteReservation = z.infer<typeof SatelliteReservation>;

/** Those of one request, which are bounded as its record is. */
const RequestCounts = z.strictObject(byBucket(tokens)).meta({ id: "SatelliteUsageCounts" });

const disconnect = z.enum(["abort", "drain"]);
const code = z
  .string()
  .regex(/^[\x20-\x7e]{0,200}$/)
  .nullable();

export const SatelliteSettlement = z.strictObject({
  reservation: z.string().min(1).max(16_000).meta({ description: "As it was granted; it says whose request this is." }),
  provider: name,
  price_model: name,
  operation,
  stream: z.boolean(),
  outcome: UsageOutcome,
  usage: z.strictObject({ counts: RequestCounts, source: z.enum(["reported", "partial", "estimated"]) }),
  disconnect: disconnect.nullable(),
  service_tier: code,
  upstream_id: code,
  attempts: z
    .array(
      z.strictObject({
        deployment: name,
        provider: name,
        price_model: name,
        upstream_model: name,
        outcome: UsageOutcome,
        error_code: code,
        latency_ms: tokens,
      }),
    )
    .max(32),
  latency_ms: tokens,
  first_byte_ms: tokens.nullable(),
  error_code: code,
});
export type SatelliteSettlement = z.infer<typeof SatelliteSettlement>;

const common = {
  tag: "Satellites",
  dialect: "platform",
  access: "caller",
  scope: "satellite",
  method: "POST",
  rateClass: "spend",
} as const;

export const authenticateForSatellite = defineEndpoint({
  ...common,
  id: "authenticateForSatellite",
  summary: "Who presented a credential to a satellite (an administrator's key only)",
  path: "/api/v1/satellite/callers",
  body: z.strictObject(presented),
  responses: {
    200: {
      description: "Who it is, or why not",
      schema: z
        .strictObject({ caller: SatelliteCaller.nullable(), refusal: GatewayRefusal.nullable() })
        .meta({ id: "SatelliteCallerAnswer" }),
    },
  },
});

export const reserveForSatellite = defineEndpoint({
  ...common,
  id: "reserveForSatellite",
  summary: "Reserve a request before a satellite asks a provider; again by the same id changes nothing",
  path: "/api/v1/satellite/reservations",
  body: SatelliteReservation,
  responses: {
    200: {
      description: "The reservation, or why not",
      schema: z
        .strictObject({
          reservation: z.string().nullable(),
          headers,
          max_output_tokens: z.int().nullable(),
          refusal: GatewayRefusal.nullable(),
        })
        .meta({ id: "SatelliteReservationAnswer" }),
    },
  },
});

export const settleForSatellite = defineEndpoint({
  ...common,
  id: "settleForSatellite",
  summary: "Settle a request of a satellite; again with the same reservation changes nothing",
  path: "/api/v1/satellite/settlements",
  body: SatelliteSettlement,
  responses: {
    200: {
      description: "It is on the bill",
      schema: z.strictObject({ cost_nano_usd: z.int().nullable() }).meta({ id: "SatelliteSettlementAnswer" }),
    },
  },
});

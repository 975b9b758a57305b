import type {
  GatewayRefusal,
  SatelliteCaller,
  SatelliteReservation,
  SatelliteSettlement,
} from "@llm-tuner/contract/satellites.ts";
import { GatewayError } from "@llm-tuner/gateway/errors.ts";
import { usageOf } from "@llm-tuner/gateway/meter/usage-counts.ts";
import type { Admission, Attempt, GatewayCaller, GatewayCredentials, Meter } from "@llm-tuner/gateway/ports.ts";
import type { AccountsModule } from "../accounts/accounts.module.ts";
import type { Caller } from "../platform/http/caller.ts";
import type { Clock } from "../platform/time/clock.ts";
import { openReservation, sealReservation } from "./sealed-reservation.ts";
import { onlyAdministratorsSatellites, reservationNotValid } from "./satellites.errors.ts";

interface Presented {
  credential: string;
  origin?: string | undefined;
}

interface ReservationAnswer {
  reservation: string | null;
  headers: { name: string; value: string }[];
  max_output_tokens: number | null;
  refusal: GatewayRefusal | null;
}

export interface SatelliteUsecases {
  authenticate: (
    satellite: Caller,
    presented: Presented,
  ) => Promise<{ caller: SatelliteCaller | null; refusal: GatewayRefusal | null }>;
  reserve: (satellite: Caller, request: SatelliteReservation) => Promise<ReservationAnswer>;
  settle: (satellite: Caller, request: SatelliteSettlement) => Promise<{ cost_nano_usd: number | null }>;
}

export interface SatelliteDependencies {
  /** Proves people's credentials and counts nothing: a request is counted when it is reserved. */
  identify: Admission["authenticate"];
  /** Proves them and counts the call. */
  admit: Admission["authenticate"];
  meter: Meter;
  standingOf: AccountsModule["standingOf"];
  /** 32 bytes, under which reservations are sealed. */
  key: Uint8Array;
  clock: Clock;
}

const dayMs = 86_400_000;
const clockToleranceMs = 300_000;

const credentialsOf = ({ credential, origin }: Presented): GatewayCredentials => ({
  bearer: credential,
  ...(origin === undefined ? {} : { origin }),
});

const listed = (headers: Readonly<Record<string, string>>): { name: string; value: string }[] =>
  Object.entries(headers).map(([name, value]) => ({ name, value }));

const refusalOf = (error: GatewayError): GatewayRefusal => ({
  status: error.status,
  code: error.code,
  type: error.type,
  message: error.message,
  param: error.param,
  retryable: error.retryable,
  retry_after_seconds: error.retryAfterSeconds ?? null,
  headers: listed(error.headers),
});

/** The refusal of a person's call; a fault of the platform's own stays one. */
const refusedOrThrow = (error: unknown): GatewayRefusal => {
  if (error instanceof GatewayError && error.status < 500) return refusalOf(error);
  throw error;
};

/** Its moment decides the price and the month, so a clock elsewhere is believed only as far as clocks differ. */
const begunAt = (startedAt: string, now: Date): Date => {
  const differenceMs = now.getTime() - Date.parse(startedAt);
  return Math.abs(differenceMs) <= clockToleranceMs ? new Date(startedAt) : now;
};

const attemptOf = (attempt: SatelliteSettlement["attempts"][number]): Attempt => ({
  deployment: attempt.deployment,
  provider: attempt.provider,
  priceModel: attempt.price_model,
  upstreamModel: attempt.upstream_model,
  outcome: attempt.outcome,
  errorCode: attempt.error_code,
  latencyMs: attempt.latency_ms,
});

const shownCaller = ({ accountId, scopes, bounds, headers }: GatewayCaller): SatelliteCaller => ({
  account: accountId,
  scopes: [...scopes],
  allowed_models: bounds.allowedModels === null ? null : [...bounds.allowedModels],
  locked: bounds.locked,
  is_spend_bound: bounds.spend.some(({ limitNanoUsd }) => limitNanoUsd !== null),
  headers: listed(headers),
});

export function createSatelliteUsecases({
  identify,
  admit,
  meter,
  standingOf,
  key,
  clock,
}: SatelliteDependencies): SatelliteUsecases {
  async function reserve(satellite: Caller, request: SatelliteReservation): Promise<ReservationAnswer> {
    const { request_id: requestId, model } = request;
    const caller = await admit(credentialsOf(request));
    const startedAt = begunAt(request.started_at, clock.now());
    const { headers = {}, maxOutputTokens = null } = await meter.reserve({
      requestId,
      caller,
      model,
      candidates: request.candidates.map(({ provider, price_model }) => ({ provider, priceModel: price_model })),
      operation: request.operation,
      stream: request.stream,
      serviceTier: request.service_tier,
      estimatedInputTokens: request.estimated_input_tokens,
      maxOutputTokens: request.max_output_tokens,
      modelMaxOutputTokens: request.model_max_output_tokens,
      pieces: { images: request.pieces.images, videoSeconds: request.pieces.video_seconds },
      startedAt,
    });
    const sealed = sealReservation(
      {
        requestId,
        satelliteId: satellite.userId,
        model,
        startedAt: startedAt.getTime(),
        caller: {
          ...caller,
          scopes: [...caller.scopes],
          // Only what a settlement looks at: the rest was held before, and may be longer than a settlement takes.
          headers: {},
          bounds: { ...caller.bounds, allowedModels: null, locked: null, spend: [...caller.bounds.spend] },
        },
      },
      key,
    );
    return { reservation: sealed, headers: listed(headers), max_output_tokens: maxOutputTokens, refusal: null };
  }

  /** A key has no administrator's rights of its own, whoever made it: what its owner is now counts. */
  async function mustBeTrusted({ userId }: Caller): Promise<void> {
    const { role } = await standingOf(userId);
    if (role !== "admin") throw onlyAdministratorsSatellites();
  }

  return {
    async authenticate(satellite, presented) {
      await mustBeTrusted(satellite);
      try {
        return { caller: shownCaller(await identify(credentialsOf(presented))), refusal: null };
      } catch (error) {
        return { caller: null, refusal: refusedOrThrow(error) };
      }
    },

    async reserve(satellite, request) {
      await mustBeTrusted(satellite);
      try {
        return await reserve(satellite, request);
      } catch (error) {
        return { reservation: null, headers: [], max_output_tokens: null, refusal: refusedOrThrow(error) };
      }
    },

    async settle(satellite, request) {
      await mustBeTrusted(satellite);
      const reserved = openReservation(request.reservation, key);
      if (reserved === null || reserved.satelliteId !== satellite.userId) throw reservationNotValid();
      if (clock.now().getTime() - reserved.startedAt > dayMs) throw reservationNotValid();
      const { caller, requestId, model, startedAt } = reserved;
      const { costNanoUsd } = await meter.settle({
        requestId,
        caller: { ...caller, scopes: new Set(caller.scopes) },
        model,
        provider: request.provider,
        priceModel: request.price_model,
        operation: request.operation,
        stream: request.stream,
        outcome: request.outcome,
        usage: { counts: usageOf(request.usage.counts), source: request.usage.source },
        disconnect: request.disconnect,
        serviceTier: request.service_tier,
        upstreamId: request.upstream_id,
        attempts: request.attempts.map(attemptOf),
        startedAt: new Date(startedAt),
        latencyMs: request.latency_ms,
        firstByteMs: request.first_byte_ms,
        errorCode: request.error_code,
      });
      return { cost_nano_usd: costNanoUsd };
    },
  };
}

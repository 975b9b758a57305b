import type { SatelliteSettlement } from "@llm-tuner/contract/satellites.ts";
import { GatewayError } from "../errors.ts";
import { countsOf } from "../meter/usage-counts.ts";
import type { Attempt, GatewayCaller, Log, Meter, PricedRoute, SettlementRequest } from "../ports.ts";
import { headersOf, type PlatformClient, refusalError } from "./platform-client.ts";
import type { Presented } from "./remote-admission.ts";

export interface RemoteMeterOptions {
  platform: Pick<PlatformClient, "reserve" | "settle">;
  presentedBy: (caller: GatewayCaller) => Presented;
  log: Log;
  /** Between two attempts to report, in milliseconds; as many attempts as there are pauses, and one. */
  pausesMs: readonly number[];
  delay: (ms: number) => Promise<void>;
}

/** What cannot be reported is kept for later calls of this instance, up to so many. */
const maxLeft = 1_000;
/** Of those a later call reports so many at most, since its client waits for its last byte meanwhile. */
const maxReportedAtOnce = 20;

/** The platform has said no for good, such as to a reservation of long ago. */
const isRefused = (error: unknown): boolean => error instanceof GatewayError && !error.retryable;

const priced = ({ provider, priceModel }: PricedRoute) => ({ provider, price_model: priceModel });

/**
 * A provider's word as the platform takes it: a settlement that is refused for the odd name of a thing would be a bill that is
 * lost. Lone surrogates and each other character that is not printable ASCII become a question mark.
 */
const wordOf = (word: string | null): string | null =>
  word === null ? null : word.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 200);

const attemptOf = (attempt: Attempt) => ({
  ...priced(attempt),
  deployment: attempt.deployment,
  upstream_model: attempt.upstreamModel,
  outcome: attempt.outcome,
  error_code: wordOf(attempt.errorCode),
  latency_ms: attempt.latencyMs,
});

const settlementOf = (reservation: string, request: SettlementRequest): SatelliteSettlement => ({
  ...priced(request),
  reservation,
  operation: request.operation,
  stream: request.stream,
  outcome: request.outcome,
  usage: { counts: countsOf(request.usage.counts), source: request.usage.source },
  disconnect: request.disconnect,
  service_tier: wordOf(request.serviceTier),
  upstream_id: wordOf(request.upstreamId),
  attempts: request.attempts.map(attemptOf),
  latency_ms: request.latencyMs,
  first_byte_ms: request.firstByteMs,
  error_code: wordOf(request.errorCode),
});

/**
 * Counts by the platform's ledger. A settlement is reported before the answer ends, again after each pause when the platform is
 * away, and after that with the next calls of this instance; by the reservation it counts once, however often it comes.
 */
export const createRemoteMeter = (options: RemoteMeterOptions): Meter => {
  const { platform, presentedBy, log, pausesMs, delay } = options;
  const reservations = new Map<string, string>();
  const left: SatelliteSettlement[] = [];

  const report = async (settlement: SatelliteSettlement): Promise<number | null> => {
    for (const pauseMs of pausesMs) {
      try {
        return (await platform.settle(settlement)).cost_nano_usd;
      } catch (error) {
        if (isRefused(error)) throw error;
        await delay(pauseMs);
      }
    }
    return (await platform.settle(settlement)).cost_nano_usd;
  };

  const keep = (settlement: SatelliteSettlement, error: unknown): void => {
    const isKept = left.length < maxLeft && !isRefused(error);
    if (isKept) left.push(settlement);
    const { reservation: _sealed, ...counts } = settlement;
    log.error({ err: error, settlement: counts, isKept }, "a settlement could not be reported");
  };

  const reportLeft = async (): Promise<void> => {
    for (let count = Math.min(left.length, maxReportedAtOnce); count > 0; count -= 1) {
      const settlement = left.shift();
      if (settlement === undefined) return;
      try {
        await platform.settle(settlement);
      } catch (error) {
        keep(settlement, error);
        // As long as the platform is away the others need not be tried.
        if (!isRefused(error)) return;
      }
    }
  };

  return {
    async reserve(request) {
      const answer = await platform.reserve({
        ...presentedBy(request.caller),
        request_id: request.requestId,
        model: request.model,
        operation: request.operation,
        stream: request.stream,
        service_tier: request.serviceTier,
        candidates: request.candidates.map(priced),
        estimated_input_tokens: request.estimatedInputTokens,
        max_output_tokens: request.maxOutputTokens,
        model_max_output_tokens: request.modelMaxOutputTokens,
        pieces: { images: request.pieces.images, video_seconds: request.pieces.videoSeconds },
        started_at: request.startedAt.toISOString(),
      });
      if (answer.refusal !== null) throw refusalError(answer.refusal);
      if (answer.reservation === null)
        throw new Error("the platform answered neither with a reservation nor a refusal");
      reservations.set(request.requestId, answer.reservation);
      return {
        headers: headersOf(answer.headers),
        ...(answer.max_output_tokens === null ? {} : { maxOutputTokens: answer.max_output_tokens }),
      };
    },
    async settle(request) {
      const reservation = reservations.get(request.requestId);
      if (reservation === undefined) throw new Error("a settlement without a reservation");
      reservations.delete(request.requestId);
      const settlement = settlementOf(reservation, request);
      try {
        const costNanoUsd = await report(settlement);
        await reportLeft();
        return { costNanoUsd };
      } catch (error) {
        keep(settlement, error);
        return { costNanoUsd: null };
      }
    },
  };
};
